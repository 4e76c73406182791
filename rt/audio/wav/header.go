package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	riffHeader  = 12 // "RIFF", size, "WAVE"
	chunkHeader = 8  // name, size
	ds64Bytes   = 28 // sizes of 64 bits without a table
	maxFmtBytes = 1 << 10

	unknown32    = math.MaxUint32    // a size that the writer did not know or could not hold
	placeholders = unknown32 - 0xFFF // from here on a size is taken for a placeholder
)

// header is what stands before the samples.
type header struct {
	info Info
	// dataBytes is the size of the samples, −1 when it is not known.
	dataBytes int64
	// placeholder says that dataBytes may be a placeholder: fewer bytes are a whole
	// file too.
	placeholder bool
}

// readHeader reads up to the first sample. Sizes are what a stranger wrote: none is
// used to allocate memory.
func readHeader(r io.Reader) (h header, err error) {
	var riff [riffHeader]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil {
		return h, noHeader(err)
	}
	kind := string(riff[:4])
	wide := kind == "RF64" || kind == "BW64"
	switch {
	case kind == "RIFX":
		return h, formatErrorf("a big-endian WAV file (RIFX); convert it to RIFF")
	case kind != "RIFF" && !wide, string(riff[8:]) != "WAVE":
		return h, noHeader(nil)
	}
	riffBytes := binary.LittleEndian.Uint32(riff[4:])
	wideData := int64(-1)
	haveFmt := false
	// before counts the bytes that the RIFF size covers, up to the samples.
	before := int64(len("WAVE"))
	for {
		var chunk [chunkHeader]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			missing := "data"
			if !haveFmt {
				missing = "fmt "
			}
			return h, cut(err, "no %q chunk", missing)
		}
		name, size := string(chunk[:4]), binary.LittleEndian.Uint32(chunk[4:])
		before += chunkHeader
		switch {
		case name == "data" && !haveFmt:
			return h, formatErrorf("the data chunk stands before the fmt chunk")
		case name == "data":
			h.dataBytes = dataSize(size, riffBytes, before, wide, wideData)
			h.placeholder = h.dataBytes == int64(size) && isPlaceholder(size)
			h.info.Frames = -1
			if h.dataBytes >= 0 && !h.placeholder {
				h.info.Frames = h.dataBytes / int64(h.info.frameBytes())
			}
			return h, nil
		case name == "fmt " && !haveFmt:
			if h.info, err = readFmt(r, size); err != nil {
				return h, err
			}
			haveFmt = true
		case name == "ds64" && wide && size >= ds64Bytes:
			var sizes [ds64Bytes]byte
			if n, err := io.ReadFull(r, sizes[:]); err != nil {
				return h, cut(err, "cut short: chunk %q has %d of %d bytes", name, n, size)
			}
			if b := binary.LittleEndian.Uint64(sizes[8:]); b > 0 && b <= math.MaxInt64 {
				wideData = int64(b)
			}
			if err := skip(r, name, ds64Bytes, size); err != nil {
				return h, err
			}
		default:
			if err := skip(r, name, 0, size); err != nil {
				return h, err
			}
		}
		before += int64(size) + int64(size%2)
	}
}

// dataSize returns the size of the samples, −1 for unknown.
func dataSize(size, riffBytes uint32, before int64, wide bool, wideData int64) int64 {
	switch {
	case wide && size == unknown32:
		return wideData
	case size == unknown32:
		return -1
	// A writer that never came back leaves both sizes at 0, or a RIFF size that ends
	// before the samples. With a true RIFF size the data chunk is empty.
	case size == 0 && int64(riffBytes) <= before:
		return -1
	}
	return int64(size)
}

// isPlaceholder reports whether a size is one that programs write to a pipe: near
// 4 GiB by most, 0x7ffff000 by sox, 0x7fffffff and 0x80000000 by arecord.
func isPlaceholder(size uint32) bool {
	return size >= placeholders || size >= 0x7ffff000 && size <= 0x80000000
}

// readFmt reads the rest of a fmt chunk of so many bytes, with its pad byte.
func readFmt(r io.Reader, size uint32) (Info, error) {
	if size < 16 || size > maxFmtBytes {
		return Info{}, formatErrorf("a fmt chunk of %d bytes; 16 to %d can be read", size, maxFmtBytes)
	}
	var b [maxFmtBytes]byte
	if n, err := io.ReadFull(r, b[:size]); err != nil {
		return Info{}, cut(err, "cut short: chunk %q has %d of %d bytes", "fmt ", n, size)
	}
	if size%2 == 1 {
		if err := skip(r, "fmt ", size, size); err != nil {
			return Info{}, err
		}
	}
	code := binary.LittleEndian.Uint16(b[0:])
	channels, rate := int(binary.LittleEndian.Uint16(b[2:])), binary.LittleEndian.Uint32(b[4:])
	align, bits := int(binary.LittleEndian.Uint16(b[12:])), int(binary.LittleEndian.Uint16(b[14:]))
	info := Info{Rate: int(rate), Channels: channels}
	if code == codeExtensible {
		if size < 40 {
			return Info{}, formatErrorf("an extensible fmt chunk of %d bytes; it needs 40", size)
		}
		valid := int(binary.LittleEndian.Uint16(b[18:]))
		info.ChannelMask = binary.LittleEndian.Uint32(b[20:])
		if string(b[26:40]) != guidTail {
			return Info{}, formatErrorf("the unknown subformat %x; convert it to PCM or float", b[24:40])
		}
		code = binary.LittleEndian.Uint16(b[24:])
		if bits%8 != 0 || valid > bits {
			return Info{}, formatErrorf("%d valid bits in a sample of %d", valid, bits)
		}
	}
	switch {
	case channels < 1 || channels > maxChannels:
		return Info{}, formatErrorf("%d channels; 1 to %d can be read", channels, maxChannels)
	case rate < 1 || rate > maxRate:
		return Info{}, formatErrorf("a rate of %d frames a second; 1 to %d can be read", rate, maxRate)
	}
	var ok bool
	if info.Format, ok = formatOf(code, bits); !ok {
		return Info{}, formatErrorf("%s with %d bits a sample cannot be read; convert it to PCM of 8, 16, 24 or 32 bits, or to float of 32 or 64 bits", encodingName(code), bits)
	}
	if align != info.frameBytes() {
		return Info{}, formatErrorf("a frame of %d bytes; %d channels of %v take %d", align, channels, info.Format, info.frameBytes())
	}
	return info, nil
}

// guidTail is what follows the code in every subformat of Microsoft's audio.
const guidTail = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// skip reads over the rest of a chunk of which done bytes are read, and its pad
// byte.
func skip(r io.Reader, name string, done, size uint32) error {
	n, err := io.CopyN(io.Discard, r, int64(size-done)+int64(size%2))
	if err != nil && n < int64(size-done) {
		return cut(err, "cut short: chunk %q has %d of %d bytes", name, n+int64(done), size)
	}
	return nil
}

func noHeader(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return &FormatError{"no RIFF header; this is no WAV file", err}
}

// cut returns the error for a read that did not get what it needs: a file that ends
// too early, or the reader's own error.
func cut(err error, format string, args ...any) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &FormatError{fmt.Sprintf(format, args...), err}
}
