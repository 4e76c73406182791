package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// TestFiles: files as programs write them, with the samples that they hold or the
// reason why they are refused.
func TestFiles(t *testing.T) {
	for name, c := range map[string]struct {
		want    [][]float32
		frames  int64
		refused string
	}{
		"pcm8":                  {want: [][]float32{{0.5, -0.5, 0}}, frames: 3},
		"pcm32":                 {want: [][]float32{{0.5}}, frames: 1},
		"float64":               {want: [][]float32{{0, 0}}, frames: 2},
		"ext-float32":           {want: [][]float32{{0.5, -0.5}}, frames: 2},
		"ext-pcm24":             {want: [][]float32{{0.5, -0.5}}, frames: 2},
		"data-odd-24mono-nopad": {want: [][]float32{{0.5}}, frames: 1},
		"rf64":                  {want: [][]float32{{0.5, -0.5}}, frames: 2},
		"stream-ffffffff":       {want: [][]float32{{0.5, -0.5, 0.5, -0.5}}, frames: -1},
		"stream-zero":           {want: [][]float32{{0.5, -0.5, 0.5, -0.5}}, frames: -1},
		"alaw":                  {refused: "A-law (format 6) with 8 bits"},
		"ext-adpcm-sub":         {refused: "Microsoft ADPCM (format 2) with 16 bits"},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "files", name+".wav"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Read(bytes.NewReader(data))
		if c.refused != "" {
			var format *FormatError
			if s != nil || !errors.As(err, &format) || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v, %v; want %q", name, s, err, c.refused)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, s, &Sound{Rate: s.Rate, Channels: c.want})
		r, err := NewReader(iotest.OneByteReader(bytes.NewReader(data)))
		if err != nil || r.Info().Frames != c.frames {
			t.Errorf("%s: %v, %v; want %d frames", name, r.Info(), err, c.frames)
		}
	}
}

// TestTruncated: the frames that are there, and an error that says so.
func TestTruncated(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "files", "truncated.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := Read(f)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), `cut short: chunk "data" has 3000 of 4000 bytes`) {
		t.Errorf("error %v", err)
	}
	if s == nil || s.Frames() != 750 || len(s.Channels) != 2 {
		t.Errorf("%v, want 750 frames", s)
	}
	// Within a frame, and with blocks of every size.
	want := sound(2, 10)
	whole := encoded(t, want, PCM24)
	for left := 1; left <= 60; left++ {
		for _, block := range []int{1, 7, 100} {
			s, err := readBlocks(bytes.NewReader(whole[:len(whole)-left]), block)
			if !errors.Is(err, io.ErrUnexpectedEOF) || s.Frames() != (60-left)/6 {
				t.Fatalf("%d bytes short: %v, %v", left, s, err)
			}
		}
	}
}

// TestUnknownSizes: sizes that programs leave behind when they write to a pipe.
func TestUnknownSizes(t *testing.T) {
	want := sound(1, 100)
	whole := encoded(t, want, PCM16)
	reference, err := Read(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	for name, sizes := range map[string][2]uint32{
		"most":               {0xFFFFFFFF, 0xFFFFFFFF},
		"most, less header":  {0xFFFFFFFF, 0xFFFFFFFF - 36},
		"sox":                {0x7FFFF024, 0x7FFFF000},
		"arecord":            {0x80000024, 0x80000000},
		"arecord, 32 bits":   {0x7FFFFFFF + 36, 0x7FFFFFFF},
		"zero":               {0, 0},
		"zero, header alone": {36, 0},
	} {
		data := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(data[4:], sizes[0])
		binary.LittleEndian.PutUint32(data[40:], sizes[1])
		s, err := Read(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, s, reference)
	}
	// An empty data chunk before another chunk is empty.
	empty := encoded(t, &Sound{Rate: 1, Channels: [][]float32{{}}}, PCM16)
	empty = append(empty, "LIST\x04\x00\x00\x00INFO"...)
	binary.LittleEndian.PutUint32(empty[4:], uint32(len(empty)-8))
	if s, err := Read(bytes.NewReader(empty)); err != nil || s.Frames() != 0 {
		t.Errorf("an empty data chunk: %v, %v", s, err)
	}
	// A chunk after the samples is no sample.
	data := append(bytes.Clone(whole), "LIST\x04\x00\x00\x00INFO"...)
	if s, err := Read(bytes.NewReader(data)); err != nil || s.Frames() != 100 {
		t.Errorf("a chunk after the samples: %v, %v", s, err)
	}
}

// TestRF64: the size of 64 bits counts where that of 32 bits is at its largest.
func TestRF64(t *testing.T) {
	c := WriterConfig{Rate: 48000, Channels: 1, Format: PCM16}
	head := appendHeader(nil, c, 1<<33, false)
	for _, kind := range []string{"RF64", "BW64"} {
		copy(head, kind)
		h, err := readHeader(bytes.NewReader(head))
		if err != nil || h.dataBytes != 1<<33 || h.info.Frames != 1<<32 {
			t.Errorf("%s: %+v, %v", kind, h, err)
		}
		// The part that is there is read.
		s, err := Read(bytes.NewReader(append(bytes.Clone(head), 0, 0x40)))
		if !errors.Is(err, io.ErrUnexpectedEOF) || s.Frames() != 1 || s.Channels[0][0] != 0.5 {
			t.Errorf("%s: %v, %v", kind, s, err)
		}
	}
	// A ds64 chunk means nothing in a RIFF file, and an absurd size is no size.
	copy(head, "RIFF")
	if h, err := readHeader(bytes.NewReader(head)); err != nil || h.dataBytes != -1 {
		t.Errorf("ds64 in RIFF: %+v, %v", h, err)
	}
	copy(head, "RF64")
	binary.LittleEndian.PutUint64(head[28:], 1<<63)
	if h, err := readHeader(bytes.NewReader(head)); err != nil || h.dataBytes != -1 {
		t.Errorf("a size of 2⁶³: %+v, %v", h, err)
	}
}

// TestExtensible: what the extension says of the samples counts.
func TestExtensible(t *testing.T) {
	whole := encoded(t, sound(3, 4), PCM24)
	at := bytes.Index(whole, []byte("fmt ")) + chunkHeader
	for name, c := range map[string]struct {
		offset int
		value  uint16
		want   string
	}{
		"20 valid bits":     {18, 20, ""},
		"25 valid bits":     {18, 25, "25 valid bits in a sample of 24"},
		"another GUID":      {30, 9, "the unknown subformat"},
		"a short extension": {-4, 18, "an extensible fmt chunk of 18 bytes; it needs 40"},
		"MP3 inside":        {24, 0x55, "MP3 (format 85)"},
	} {
		data := bytes.Clone(whole)
		binary.LittleEndian.PutUint16(data[at+c.offset:], c.value)
		s, err := Read(bytes.NewReader(data))
		if c.want == "" && (err != nil || s.Frames() != 4) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, %v; want %q", name, s, err, c.want)
		}
	}
}

func TestReaderRefuses(t *testing.T) {
	r, err := NewReader(bytes.NewReader(encoded(t, sound(2, 3), PCM16)))
	if err != nil {
		t.Fatal(err)
	}
	for want, dst := range map[string][][]float32{"1 slices": {{0}}, "one length": {{0}, {}}} {
		if _, err := r.ReadFrames(dst); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestReadError: the file's own error is told, with the frames before it.
func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	whole := encoded(t, sound(1, 100), Float32)
	for at := range len(whole) {
		s, err := readBlocks(io.MultiReader(bytes.NewReader(whole[:at]), iotest.ErrReader(broken)), 100)
		if !errors.Is(err, broken) {
			t.Fatalf("after %d bytes: %v, %v", at, s, err)
		}
	}
}
