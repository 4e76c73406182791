package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
)

// file is a file in memory.
type file struct {
	data []byte
	at   int
}

func (f *file) Write(p []byte) (int, error) {
	if need := f.at + len(p); need > len(f.data) {
		f.data = append(f.data, make([]byte, need-len(f.data))...)
	}
	f.at += copy(f.data[f.at:], p)
	return len(p), nil
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		f.at = int(offset)
	case io.SeekCurrent:
		f.at += int(offset)
	case io.SeekEnd:
		f.at = len(f.data) + int(offset)
	}
	return int64(f.at), nil
}

func TestWriterStreams(t *testing.T) {
	for format := range formats {
		for _, channels := range []int{1, 2, 6} {
			want := sound(channels, 1000)
			c := WriterConfig{Rate: want.Rate, Channels: channels, Format: format}
			reference, err := Read(bytes.NewReader(encoded(t, want, format)))
			if err != nil {
				t.Fatal(err)
			}
			var seekable file
			seekable.Write([]byte("before")) // a file need not begin at 0
			var pipe bytes.Buffer
			for _, w := range []io.Writer{&seekable, &pipe} {
				s, err := NewWriter(w, c)
				if err != nil {
					t.Fatal(err)
				}
				for at := 0; at < 1000; at += 300 {
					block := make([][]float32, channels)
					for c := range block {
						block[c] = want.Channels[c][at:min(at+300, 1000)]
					}
					if err := s.WriteFrames(block); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err == nil {
					t.Error("a second Close returned nil")
				}
				if err := s.WriteFrames(want.Channels); err == nil {
					t.Error("WriteFrames after Close returned nil")
				}
			}
			seekable.Write([]byte("after"))
			data, ok := bytes.CutSuffix(seekable.data[len("before"):], []byte("after"))
			if !ok {
				t.Fatal("Close left the file at another place than its end")
			}
			if riff := binary.LittleEndian.Uint32(data[4:]); int(riff) != len(data)-8 || riff%2 != 0 {
				t.Errorf("%v: RIFF size %d in a file of %d bytes", format, riff, len(data))
			}
			for name, data := range map[string][]byte{"file": data, "pipe": pipe.Bytes()} {
				r, err := NewReader(bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				wantFrames := map[string]int64{"file": 1000, "pipe": -1}[name]
				if i := r.Info(); i.Frames != wantFrames || i.Format != format || i.Channels != channels || i.Rate != want.Rate {
					t.Errorf("%s: %v", name, i)
				}
				got, err := readBlocks(bytes.NewReader(data), 77)
				if err != nil {
					t.Fatal(err)
				}
				same(t, got, reference)
			}
		}
	}
}

// A real pipe has the method Seek, which fails.
func TestWriterToPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	want := sound(2, 500)
	written := make(chan error)
	go func() {
		defer w.Close()
		s, err := NewWriter(w, WriterConfig{Rate: want.Rate, Channels: 2})
		written <- errors.Join(err, s.WriteFrames(want.Channels), s.Close())
	}()
	read := make(chan *Sound)
	go func() {
		s, _ := Read(r)
		read <- s
	}()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	same(t, <-read, want)
}

func TestChannelMask(t *testing.T) {
	var b bytes.Buffer
	s, err := NewWriter(&b, WriterConfig{Rate: 48000, Channels: 2, Format: PCM24, ChannelMask: 0x30})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.WriteFrames(sound(2, 5).Channels), s.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	if i := r.Info(); i.ChannelMask != 0x30 || i.Format != PCM24 {
		t.Errorf("%+v", i)
	}
}

// The header of a file beyond 4 GiB, at the exact limit: RF64 with the sizes of 64
// bits, as long as the header that was reserved.
func TestHeaderBeyond4GiB(t *testing.T) {
	for _, channels := range []int{1, 3} {
		for format := range formats {
			c := WriterConfig{Rate: 96000, Channels: channels, Format: format}
			frame := int64(channels * format.bytes())
			reserved := len(appendHeader(nil, c, -1, true))
			for _, data := range []int64{0, frame, 1 << 32 / frame * frame, 1 << 33 / frame * frame} {
				for _, reserve := range []bool{false, true} {
					b := appendHeader(nil, c, data, reserve)
					if reserve && len(b) != reserved {
						t.Fatalf("a header of %d bytes where %d are reserved", len(b), reserved)
					}
					h, err := readHeader(bytes.NewReader(b))
					if err != nil || h.info.Format != format || h.info.Channels != channels {
						t.Fatalf("%v, %v", h, err)
					}
					if h.dataBytes != data && !(data == 0 && h.dataBytes == -1) {
						t.Errorf("%v, %d channels: %d bytes of data are read as %d", format, channels, data, h.dataBytes)
					}
					if wide := string(b[:4]) == "RF64"; wide != (data > math.MaxUint32-1<<13) {
						t.Errorf("%d bytes of data in a file of kind %q", data, b[:4])
					}
				}
			}
		}
	}
	// The largest data that is written as RIFF: a larger size is read as unknown.
	c := WriterConfig{Rate: 1, Channels: 1, Format: PCM8}
	last := int64(placeholders) - int64(len(appendHeader(nil, c, 0, false))-8) - 1
	for data, want := range map[int64]string{last - 1: "RIFF", last + 1: "RF64"} {
		if b := appendHeader(nil, c, data, false); string(b[:4]) != want {
			t.Errorf("%d bytes: %q, want %q", data, b[:4], want)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for want, c := range map[string]WriterConfig{
		"Rate is 0":       {Channels: 1},
		"Rate is 1000001": {Rate: 1000001, Channels: 1},
		"Channels is 0":   {Rate: 1},
		"Channels is 65":  {Rate: 1, Channels: 65},
		"Format is 6":     {Rate: 1, Channels: 1, Format: formats},
	} {
		if _, err := NewWriter(io.Discard, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	s, err := NewWriter(io.Discard, WriterConfig{Rate: 1, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	for want, src := range map[string][][]float32{"1 slices": {{1}}, "one length": {{1}, {}}} {
		if err := s.WriteFrames(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// full is a disk with room for a few bytes.
type full struct{ left int }

var errFull = errors.New("no space left on device")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestDiskFull(t *testing.T) {
	c := WriterConfig{Rate: 48000, Channels: 1, Format: PCM24}
	if _, err := NewWriter(&full{10}, c); !errors.Is(err, errFull) {
		t.Errorf("header: %v", err)
	}
	s, err := NewWriter(&full{50}, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteFrames(sound(1, 1).Channels); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.WriteFrames(sound(1, 100).Channels); !errors.Is(err, errFull) {
			t.Errorf("samples: %v", err)
		}
	}
	if err := s.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close: %v", err)
	}
	for left := range 3000 {
		if err := Write(&full{left}, sound(1, 1000), PCM24); !errors.Is(err, errFull) {
			t.Fatalf("%d bytes of room: %v", left, err)
		}
	}
}

func TestStreamsWithoutAllocation(t *testing.T) {
	for format := range formats {
		block := sound(2, 4096).Channels
		w, err := NewWriter(io.Discard, WriterConfig{Rate: 48000, Channels: 2, Format: format})
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, func() {
			if err := w.WriteFrames(block); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v: %g allocations a block written", format, n)
		}
		r, err := NewReader(bytes.NewReader(encoded(t, sound(2, 4096*30), format)))
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, func() {
			if n, err := r.ReadFrames(block); n != 4096 || err != nil {
				t.Fatal(n, err)
			}
		}); n != 0 {
			t.Errorf("%v: %g allocations a block read", format, n)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	minute := encoded(b, sound(2, 60*48000), PCM24)
	b.SetBytes(int64(len(minute)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(minute)); err != nil {
			b.Fatal(err)
		}
	}
}
