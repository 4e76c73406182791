package bus

import (
	"bytes"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/rt/arena"
)

// FuzzUnstuff: what stuff writes comes back, and whatever else a line carries is
// refused or is a frame that stuff would write.
func FuzzUnstuff(f *testing.F) {
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, 260))
	f.Add([]byte{3, 1, 2, 2, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		frame := data[:min(len(data), SerialFrame)]
		var line, back [encodedFrame]byte
		n := stuff(line[:], frame)
		if n > encodedFrame || bytes.IndexByte(line[:n], 0) != n-1 {
			t.Fatalf("%x on the line", line[:n])
		}
		size, ok := unstuff(back[:], line[:n-1])
		if !ok || !bytes.Equal(back[:size], frame) {
			t.Fatalf("%x came back as %x, %v", frame, back[:size], ok)
		}
		if size, ok := unstuff(back[:], data); ok {
			if size > SerialFrame+2 {
				t.Fatalf("a frame of %d bytes", size)
			}
		}
	})
}

// TestChecksum: the check value of CRC-16/IBM-3740, and that one wrong bit is seen.
func TestChecksum(t *testing.T) {
	if got := checksum([]byte("123456789")); got != 0x29B1 {
		t.Errorf("%#x, want 0x29B1", got)
	}
	var line, back [encodedFrame]byte
	n := stuff(line[:], []byte("a frame"))
	for i := range n - 1 {
		for bit := range 8 {
			bad := line
			bad[i] ^= 1 << bit
			if _, ok := unstuff(back[:], bad[:n-1]); ok {
				t.Errorf("bit %d of byte %d is wrong and nothing sees it", bit, i)
			}
		}
	}
}

// TestSerialNoise: a receiver in the middle of noise finds the next whole frame.
func TestSerialNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var stream []byte
		for range r.IntN(2000) {
			stream = append(stream, byte(1+r.IntN(255)))
		}
		var line [encodedFrame]byte
		stream = append(stream, 0)
		n := stuff(line[:], []byte{1, 0, 2})
		stream = append(append(stream, 0, 0), line[:n]...)
		s := &Serial{sys: &system{read: func(_ int, b []byte) (int, syscall.Errno) {
			if len(stream) == 0 {
				return 0, syscall.EAGAIN
			}
			n := copy(b[:min(len(b), 1+r.IntN(400))], stream)
			stream = stream[n:]
			return n, 0
		}}}
		buffer := make([]byte, 300)
		found := false
		for range 100 {
			n, _, err := s.Receive(buffer)
			if err == nil && bytes.Equal(buffer[:n], []byte{1, 0, 2}) {
				found = true
				break
			}
			if err != nil && err != ErrEmpty && err != ErrSize {
				t.Fatal(err)
			}
		}
		if !found {
			t.Fatal("the frame after the noise was not found")
		}
	}
}

// TestSerialParts: a line with room for a few bytes at a time loses no frame that it
// took.
func TestSerialParts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var line []byte
	s := &Serial{sys: &system{write: func(_ int, b []byte) (int, syscall.Errno) {
		n := r.IntN(len(b) + 1)
		if n == 0 {
			return 0, syscall.EAGAIN
		}
		line = append(line, b[:n]...)
		return n, 0
	}}}
	var taken []byte
	for k := range 500 {
		if err := s.Send([]byte{byte(k), byte(k >> 8)}); err == nil {
			taken = append(taken, byte(k), byte(k>>8))
		} else if err != ErrFull {
			t.Fatal(err)
		}
	}
	for len(s.pending) > 0 {
		if err := s.flush(); err != nil {
			t.Fatal(err)
		}
	}
	var got []byte
	var back [encodedFrame]byte
	for len(line) > 0 {
		end := bytes.IndexByte(line, 0)
		n, ok := unstuff(back[:], line[:end])
		if !ok {
			t.Fatalf("a damaged frame on the line: %x", line[:end])
		}
		got = append(got, back[:n]...)
		line = line[end+1:]
	}
	if !bytes.Equal(got, taken) {
		t.Errorf("%d bytes taken, %d on the line", len(taken), len(got))
	}
}

// FuzzControls: whatever control messages arrive, reading them ends within them.
func FuzzControls(f *testing.F) {
	f.Add([]byte{})
	f.Add(append([]byte{20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 40, 0, 0, 0}, 7, 0, 0, 0))
	f.Add(append([]byte{64, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 37, 0, 0, 0}, make([]byte, 48)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		stamp, dropped, counted := controls(b)
		if stamp < 0 || dropped != 0 && !counted {
			t.Fatalf("%d, %d, %v", stamp, dropped, counted)
		}
	})
}

func TestControls(t *testing.T) {
	b := append([]byte{20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 40, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0},
		append([]byte{64, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 37, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 5}, make([]byte, 39)...)...)
	if stamp, dropped, counted := controls(b); stamp != 2e9+5 || dropped != 7 || !counted {
		t.Errorf("%d, %d, %v", stamp, dropped, counted)
	}
}

// TestStaleStamps: a wall clock that was set makes a stamp unknown, not wrong.
func TestStaleStamps(t *testing.T) {
	wall := int64(1e18)
	s := &system{now: func() int64 { return 5e12 }, wall: func() int64 { return wall }}
	for stamp, want := range map[int64]int64{0: 0, wall - 1000: 5e12 - 1000, wall + 1: 0, wall - 61e9: 0} {
		if got := s.monotonic(stamp); got != want {
			t.Errorf("stamp %d: %d, want %d", stamp, got, want)
		}
	}
}

// TestHostilePeer: a peer that writes anything into the shared memory makes frames
// wrong at most, and no access outside of them.
func TestHostilePeer(t *testing.T) {
	memory, err := arena.New(arena.Config{Size: MemorySize()})
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	region := memory.Bytes()
	a, err := NewMemory(region)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(9, 10))
	buffer := make([]byte, MemoryFrame)
	for range 20_000 {
		for range 1 + r.IntN(8) {
			region[r.IntN(len(region))] = byte(r.IntN(256))
		}
		if n, _, err := a.Receive(buffer); err == nil && n > MemoryFrame {
			t.Fatalf("a frame of %d bytes", n)
		}
		a.Send(buffer[:r.IntN(MemoryFrame)])
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := NewMemory(make([]byte, 10)); err == nil {
		t.Error("NewMemory took a region that is too small")
	}
	for name, err := range map[string]error{
		"Remote is empty": second(OpenUDP(UDPConfig{})),
		"another family":  second(OpenUDP(UDPConfig{Local: "[::1]:1", Remote: "127.0.0.1:1"})),
		"port 0":          second(OpenUDP(UDPConfig{Remote: "127.0.0.1:0"})),
		"no address":      second(OpenUDP(UDPConfig{Local: "here", Remote: "127.0.0.1:9"})),
		"not ours":        second(OpenUDP(UDPConfig{Local: "192.0.2.1:0", Remote: "127.0.0.1:9"})),
		"BusyPoll":        second(OpenUDP(UDPConfig{Remote: "127.0.0.1:9", BusyPoll: -1})),
		"no paths":        second(OpenUnix(UnixConfig{})),
		"a long path":     second(OpenUnix(UnixConfig{Local: "@a", Remote: string(make([]byte, 200))})),
		"no line":         second(OpenSerial(SerialConfig{})),
		"no such line":    second(OpenSerial(SerialConfig{Path: "/dev/no-such-line"})),
		"no terminal":     second(OpenSerial(SerialConfig{Path: "/dev/null"})),
		"negative speed":  second(OpenSerial(SerialConfig{Path: "/dev/null", Baud: -1})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
