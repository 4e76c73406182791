package firmware

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func frameOf(r Request) []byte {
	b := make([]byte, FrameSize)
	r.Put(b)
	return b
}

// ask feeds one request and returns the one reply.
func ask(t *testing.T, d *Device, r Request) Reply {
	t.Helper()
	out := make([]byte, 2*FrameSize)
	n := d.Feed(frameOf(r), out)
	var reply Reply
	if n != FrameSize || !reply.Parse(out[:n]) {
		t.Fatalf("%+v is answered with % x", r, out[:n])
	}
	return reply
}

// The bytes of two frames, worked out by hand: CRC-8 by polynomial division.
func TestFramesOnTheWire(t *testing.T) {
	b := frameOf(Request{Head: Step, Sequence: 0x1234, Set: 0x01020304, Measured: -1})
	want := []byte{0xA5, 0x34, 0x12, 0, 0, 4, 3, 2, 1, 0xFF, 0xFF, 0xFF, 0xFF}
	if !bytes.Equal(b[:FrameSize-1], want) {
		t.Errorf("the frame is % x, want % x", b, want)
	}
	// "123456789" has the CRC-8 0xF4; leading zeros do not change it.
	if crc := checksum([]byte("\x00\x00\x00\x00123456789\x00")); crc != 0xF4 {
		t.Errorf("the checksum is %#x, want 0xf4", crc)
	}
	var r Reply
	reply := Reply{Head: Command, Sequence: 7, Command: -65536, Ticks: 0x0ABCDE, Refused: 3}
	reply.put(b)
	if !r.Parse(b) || r != reply {
		t.Errorf("% x is read as %+v", b, r)
	}
	for i := range b {
		b[i] ^= 0x10
		if r.Parse(b) {
			t.Errorf("a frame with a wrong bit in byte %d is taken", i)
		}
		b[i] ^= 0x10
	}
	if r.Parse(b[:FrameSize-1]) || r.Parse(append(b, 0)) {
		t.Error("a frame of another length is taken")
	}
	if r.Parse(frameOf(Request{Head: Step, Sequence: 7})) {
		t.Error("a frame to the device is taken for one from it")
	}
}

func TestFixedSaturates(t *testing.T) {
	for x, want := range map[float64]Q16{
		0: 0, 1: 65536, -0.5: -32768, 1e9: math.MaxInt32, -1e9: math.MinInt32, 32767.99999: math.MaxInt32,
		math.Inf(1): math.MaxInt32, math.Inf(-1): math.MinInt32, 1.5 / 65536: 2, 2.5 / 65536: 2,
	} {
		if q := Fixed(x); q != want {
			t.Errorf("Fixed(%v) = %d, want %d", x, q, want)
		}
	}
	if q := Fixed(math.NaN()); q != math.MinInt32 {
		t.Errorf("Fixed(NaN) = %d", q)
	}
	if f := Q16(-98304).Float(); f != -1.5 {
		t.Errorf("Float = %v, want -1.5", f)
	}
}

// Both forms of the device do the same for the same bytes, good and bad.
func TestPortableIsTheCFile(t *testing.T) {
	if !Native {
		t.Skip("built without cgo: the C file is not there to compare with")
	}
	r := rand.New(rand.NewPCG(1, 2))
	var d Device
	var p Portable
	for i := range 20_000 {
		in := frameOf(Request{Head: Step, Sequence: uint32(i / 3 * 2), Set: Q16(r.Uint32()) >> r.IntN(20), Measured: Q16(r.Uint32()) >> r.IntN(20)})
		switch r.IntN(8) {
		case 0:
			in[r.IntN(len(in))] ^= 1 << r.IntN(8)
		case 1:
			in = in[:r.IntN(len(in))]
		case 2:
			in = append(in, byte(r.Uint32()), byte(Step))
		case 3:
			in[0] = byte(Hello)
			in[FrameSize-1] = checksum(in)
		}
		compare(t, &d, &p, in)
	}
	one, two := make([]byte, FrameSize), make([]byte, FrameSize)
	d.Reset(one)
	p.Reset(two)
	if !bytes.Equal(one, two) {
		t.Errorf("after a reset they send % x and % x", one, two)
	}
	compare(t, &d, &p, frameOf(Request{Head: Step, Set: 65536}))
}

func compare(t *testing.T, d *Device, p *Portable, in []byte) {
	t.Helper()
	one, two := make([]byte, Room(len(in))), make([]byte, Room(len(in)))
	n, m := d.Feed(in, one), p.Feed(in, two)
	if n != m || !bytes.Equal(one[:n], two[:m]) {
		t.Fatalf("% x is answered with % x by the C file, % x by its translation", in, one[:n], two[:m])
	}
}

func FuzzPortableIsTheCFile(f *testing.F) {
	good := frameOf(Request{Head: Step, Sequence: 1, Set: 1 << 20, Measured: -5})
	f.Add(good)
	f.Add(append(good[3:9:9], good...))
	f.Add(append(frameOf(Request{Head: Hello, Sequence: 9}), good...))
	f.Fuzz(func(t *testing.T, in []byte) {
		var d Device
		var p Portable
		compare(t, &d, &p, in)
	})
}

// The controller follows the difference equations of a PID, computed here in floats.
func TestControllerIsAPID(t *testing.T) {
	var d Device
	const kp, ki, kd = 6554. / 65536, 164. / 65536, 3277. / 65536
	var integral, previous float64
	for i := range 200 {
		measured := math.Sin(float64(i) / 9)
		const set = 2
		integral += ki * (set - measured)
		want := kp*(set-measured) + integral - kd*(measured-previous)
		previous = measured
		got := ask(t, &d, Request{Head: Step, Sequence: uint32(i + 1), Set: Fixed(set), Measured: Fixed(measured)}).Command.Float()
		// Each of the three products is rounded down, the integral's in each step.
		if math.Abs(got-want) > float64(i+4)/65536 {
			t.Fatalf("step %d commands %v, want %v", i, got, want)
		}
	}
}

// A command that is held at its limit leaves the integral alone: when the error turns,
// the command follows at once.
func TestIntegralStandsAtTheLimit(t *testing.T) {
	var d Device
	for i := range 10_000 {
		r := ask(t, &d, Request{Head: Step, Sequence: uint32(i), Set: Fixed(1000)})
		if r.Command != limit {
			t.Fatalf("step %d commands %v, want the limit", i, r.Command.Float())
		}
	}
	if r := ask(t, &d, Request{Head: Step, Sequence: 10_000, Set: Fixed(-10)}); r.Command.Float() > 0 {
		t.Errorf("with the error turned it commands %v", r.Command.Float())
	}
}

func TestRepeatedFrameIsAnsweredAgain(t *testing.T) {
	var d Device
	first := ask(t, &d, Request{Head: Step, Sequence: 5, Set: Fixed(10)})
	if again := ask(t, &d, Request{Head: Step, Sequence: 5, Set: Fixed(10)}); again != first {
		t.Errorf("the same frame is answered with %+v, then %+v", first, again)
	}
	if next := ask(t, &d, Request{Head: Step, Sequence: 6, Set: Fixed(10)}); next.Command <= first.Command {
		t.Errorf("the next step commands %v after %v: the integral does not grow", next.Command, first.Command)
	}
}

// A frame that lost its end, or has a wrong bit, has no answer, and the one after it has.
func TestDeviceFindsTheNextFrameAfterABadOne(t *testing.T) {
	good := frameOf(Request{Head: Step, Sequence: 9, Set: Fixed(1)})
	var bad [][]byte
	for cut := 1; cut < FrameSize; cut++ {
		bad = append(bad, good[:cut])
	}
	for i := 1; i < FrameSize; i++ {
		wrong := bytes.Clone(good)
		wrong[i] ^= 0x40
		bad = append(bad, wrong)
	}
	for _, begin := range bad {
		devices := map[string]interface{ Feed(in, out []byte) int }{"C": new(Device), "Go": new(Portable)}
		for name, d := range devices {
			out := make([]byte, 8*FrameSize)
			n := d.Feed(append(bytes.Clone(begin), good...), out)
			var r Reply
			if n != FrameSize || !r.Parse(out[:n]) || r.Sequence != 9 || r.Refused != 1 {
				t.Errorf("%s: % x and a good frame are answered with % x", name, begin, out[:n])
			}
		}
	}
}

func TestHelloAndReady(t *testing.T) {
	var d Device
	ask(t, &d, Request{Head: Step, Sequence: 1, Set: Fixed(10)})
	if r := ask(t, &d, Request{Head: Hello, Sequence: 77}); r.Head != Ready || r.Sequence != 77 || r.Command != Version {
		t.Errorf("hello is answered with %+v", r)
	}
	out := make([]byte, FrameSize)
	d.Reset(out)
	var r Reply
	if !r.Parse(out) || r != (Reply{Head: Ready, Command: Version}) {
		t.Errorf("after a reset it sends %+v", r)
	}
	var fresh Device
	if d != fresh {
		t.Error("a reset leaves something behind")
	}
}

func TestCodec(t *testing.T) {
	var c Codec
	b := make([]byte, FrameSize)
	if n := c.Encode(b, 7, []float64{1.5, -2}); n != FrameSize || !bytes.Equal(b, frameOf(Request{Head: Step, Sequence: 7, Set: Fixed(-2), Measured: Fixed(1.5)})) {
		t.Errorf("a step is % x", b[:n])
	}
	if c.Encode(b, 0, []float64{1.5, -2}); Head(b[0]) != Hello {
		t.Errorf("the handshake is % x", b)
	}
	values := []float64{9}
	for i, ticks := range []uint32{70, 64, 66} {
		reply := Reply{Head: Command, Sequence: uint32(i + 1), Command: Fixed(float64(i)), Ticks: ticks}
		reply.put(b)
		if s, err := c.Decode(b, values); err != nil || s != uint32(i+1) || values[0] != float64(i) || c.Last != reply {
			t.Errorf("frame %d: number %d, value %v, %v", i, s, values[0], err)
		}
	}
	if c.Fewest != 64 || c.Most != 70 {
		t.Errorf("%d to %d ticks, want 64 to 70", c.Fewest, c.Most)
	}
	ready := Reply{Head: Ready, Sequence: 0, Command: Version}
	ready.put(b)
	if s, err := c.Decode(b, values); err != nil || s != 0 || values[0] != 2 || c.Fewest != 64 {
		t.Errorf("ready: number %d, value %v, %v", s, values[0], err)
	}
	if !Started(b) {
		t.Error("the frame of a start is not one")
	}
	b[4] ^= 1
	if _, err := c.Decode(b, values); err != ErrFrame || values[0] != 2 {
		t.Errorf("a damaged frame: %v, value %v", err, values[0])
	}
}

func TestSplit(t *testing.T) {
	reply := Reply{Head: Command, Sequence: 3, Command: 5}
	good := make([]byte, FrameSize)
	reply.put(good)
	bad := bytes.Clone(good)
	bad[8] ^= 1
	for _, c := range []struct {
		name string
		b    []byte
		want int
	}{
		{"nothing", nil, 0},
		{"a frame", good, FrameSize},
		{"a frame and more", append(bytes.Clone(good), 1, 2), FrameSize},
		{"half a frame", good[:5], 0},
		{"noise", []byte{1, 2, 3}, -3},
		{"noise and a frame", append([]byte{1, 2}, good...), -2},
		{"a damaged frame", bad, -1},
	} {
		if n := Split(c.b); n != c.want {
			t.Errorf("%s: %d, want %d", c.name, n, c.want)
		}
	}
}

// Whatever arrives, Split gives whole frames, and comes to the end.
func FuzzSplit(f *testing.F) {
	reply := Reply{Head: Command, Sequence: 3, Command: 5}
	good := make([]byte, FrameSize)
	reply.put(good)
	f.Add(good)
	f.Add(append([]byte{0x5A, 0x5B}, good...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			n := Split(b)
			switch {
			case n == 0 && len(b) < FrameSize:
				return
			case n == FrameSize:
				var r Reply
				if !r.Parse(b[:n]) {
					t.Fatalf("% x is no frame", b[:n])
				}
			case n < 0 && -n <= len(b):
				n = -n
			default:
				t.Fatalf("Split returns %d for % x", n, b)
			}
			b = b[n:]
		}
	})
}

func TestDeviceAllocatesNothing(t *testing.T) {
	var d Device
	in, out := frameOf(Request{Head: Step, Sequence: 1}), make([]byte, 2*FrameSize)
	if n := testing.AllocsPerRun(100, func() {
		r := Request{Head: Step, Sequence: 1}
		r.Put(in)
		d.Feed(in, out)
		var reply Reply
		reply.Parse(out[:FrameSize])
		d.Reset(out)
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// The image is of the sources that are here. `make firmware` writes both files.
func TestImageIsOfTheseSources(t *testing.T) {
	sum, err := os.ReadFile("pid.sum")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pid.c", "pid.h", "board.ld", "pid.elf"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(b), name); !strings.Contains(string(sum), line) {
			t.Errorf("%s has changed since the image was built; run: make firmware", name)
		}
	}
	f, err := elf.NewFile(bytes.NewReader(Image()))
	if err != nil {
		t.Fatal(err)
	}
	if f.Machine != elf.EM_ARM || len(Image()) > 2048 {
		t.Errorf("the image is for %v, %d bytes", f.Machine, len(Image()))
	}
}

func TestImageIsReproduced(t *testing.T) {
	const compiler, version = "arm-none-eabi-gcc", "12.2.1"
	if have, err := exec.Command(compiler, "-dumpversion").Output(); err != nil || strings.TrimSpace(string(have)) != version {
		t.Skipf("needs %s %s (apt-get install gcc-arm-none-eabi): have %q, %v", compiler, version, have, err)
	}
	out := filepath.Join(t.TempDir(), "pid.elf")
	if text, err := exec.Command("make", "-s", "-C", "../../..", "firmware", "FIRMWARE="+out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, image) {
		t.Errorf("make firmware builds another image than the one here: %v", err)
	}
}
