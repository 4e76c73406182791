package bus

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/memkit-go/memkit/rt/arena"
	"golang.org/x/sys/unix"
)

// transport makes two connected ports.
type transport struct {
	name string
	open func(t testing.TB) (a, b Port)
	most int // the longest frame
	// full says that a port whose peer does not read refuses frames at some time;
	// others drop them at the receiver.
	full bool
	// stamped says that every frame has its time of arrival; on UDP the first ones may
	// have none, because the kernel begins to stamp a little later.
	stamped bool
	// down says that a port sees that its peer has closed.
	down bool
}

func transports() []transport {
	return []transport{
		{name: "udp", open: openUDPPair, most: 1500},
		{name: "unix", stamped: true, open: openUnixPair, most: 1500, full: true, down: true},
		{name: "unixany", stamped: true, open: openUnixAny, most: 1500, full: true, down: true},
		{name: "unixpair", stamped: true, open: openSocketPair, most: 1500, full: true, down: true},
		{name: "serial", open: openPTY, most: SerialFrame, full: true, down: true},
		{name: "memory", stamped: true, open: openMemoryPair, most: MemoryFrame, full: true, down: true},
		{name: "can", open: openCANPair(false), most: 8, full: true},
		{name: "canfd", open: openCANPair(true), most: 64, full: true},
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func closing(t testing.TB, ports ...Port) {
	t.Cleanup(func() {
		for _, p := range ports {
			for range 2 {
				if err := p.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			if err := p.Send([]byte{1}); err != ErrDown {
				t.Errorf("Send after Close: %v", err)
			}
			if _, _, err := p.Receive(make([]byte, 8)); err != ErrDown {
				t.Errorf("Receive after Close: %v", err)
			}
		}
	})
}

// freeUDP returns an address on which nothing listens now.
func freeUDP(t testing.TB) string {
	c := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	defer c.Close()
	return c.LocalAddr().String()
}

func openUDPPair(t testing.TB) (a, b Port) {
	here, there := freeUDP(t), freeUDP(t)
	a = must[Port](t)(OpenUDP(UDPConfig{Local: here, Remote: there}))
	b = must[Port](t)(OpenUDP(UDPConfig{Local: there, Remote: here}))
	closing(t, a, b)
	return a, b
}

func openUnixPair(t testing.TB) (a, b Port) {
	dir := t.TempDir()
	here, there := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	first := must[Port](t)(OpenUnix(UnixConfig{Local: here, Remote: there}))
	if err := first.Send([]byte{1}); err != ErrDown {
		t.Fatalf("Send before the peer is there: %v", err)
	}
	b = must[Port](t)(OpenUnix(UnixConfig{Local: there, Remote: here}))
	closing(t, first, b)
	return first, b
}

// openUnixAny opens a controller and a device that takes frames from every socket.
func openUnixAny(t testing.TB) (a, b Port) {
	dir := t.TempDir()
	here, there := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	a = must[Port](t)(OpenUnix(UnixConfig{Local: here, Remote: there}))
	b = must[Port](t)(OpenUnix(UnixConfig{Local: there, Remote: here, AnySender: true}))
	closing(t, a, b)
	return a, b
}

// TestUnixAnySender: such a device gets a second sender's frames, also after it has
// answered the first.
func TestUnixAnySender(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	device := must[Port](t)(OpenUnix(UnixConfig{Local: path("device"), Remote: path("first"), AnySender: true}))
	first := must[Port](t)(OpenUnix(UnixConfig{Local: path("first"), Remote: path("device")}))
	second := must[Port](t)(OpenUnix(UnixConfig{Local: path("second"), Remote: path("device")}))
	closing(t, device, first, second)
	buffer := make([]byte, 8)
	for i, p := range []Port{first, second, first} {
		if err := p.Send([]byte{byte(i)}); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
		if got, _ := arrive(t, device, buffer); got[0] != byte(i) {
			t.Fatalf("frame %d is %d", i, got[0])
		}
		if err := device.Send([]byte{9}); err != nil {
			t.Fatal(err)
		}
		arrive(t, first, buffer)
	}
}

// TestMemorySendAt: a forwarded frame keeps its time.
func TestMemorySendAt(t *testing.T) {
	a, b := openMemoryPair(t)
	if err := a.(*Memory).SendAt([]byte{1}, 42); err != nil {
		t.Fatal(err)
	}
	if _, at, err := b.Receive(make([]byte, 8)); at != 42 || err != nil {
		t.Errorf("at %d, %v", at, err)
	}
}

func openSocketPair(t testing.TB) (a, b Port) {
	a, b, err := UnixPair()
	if err != nil {
		t.Fatal(err)
	}
	closing(t, a, b)
	return a, b
}

// openPTY opens both ends of a pseudo-terminal as serial lines.
func openPTY(t testing.TB) (a, b Port) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n := must[int](t)(unix.IoctlGetInt(fd, unix.TIOCGPTN))
	line := must[*Serial](t)(OpenSerial(SerialConfig{Path: "/dev/pts/" + itoa(n)}))
	if err := setRaw(fd, 115200); err != nil {
		t.Fatal(err)
	}
	a, b = &Serial{sys: &host, fd: fd}, line
	closing(t, a, b)
	return a, b
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func openMemoryPair(t testing.TB) (a, b Port) {
	memory := must[*arena.Arena](t)(arena.New(arena.Config{Size: MemorySize(), Shared: true}))
	first := must[*Memory](t)(NewMemory(memory.Bytes()))
	second := must[*Memory](t)(AttachMemory(memory.Bytes()))
	t.Cleanup(func() { memory.Close() }) // after the ports
	closing(t, first, second)
	return first, second
}

func openCANPair(fd bool) func(t testing.TB) (a, b Port) {
	return func(t testing.TB) (a, b Port) {
		k := newFakeCAN(fd)
		open := func(send, receive uint32) Port {
			return must[*CAN](t)(k.open(CANConfig{
				Interface: "can0", FD: fd, Send: CANID{Value: send}, Filters: []CANFilter{{ID: CANID{Value: receive}}},
			}))
		}
		a, b = open(0x101, 0x102), open(0x102, 0x101)
		closing(t, a, b)
		return a, b
	}
}

// frameOf returns a frame of n bytes, some of them zero.
func frameOf(r *rand.Rand, n int) []byte {
	f := make([]byte, n)
	for i := range f {
		f[i] = byte(r.IntN(256) * r.IntN(2))
	}
	return f
}

// waiting yields, and reports whether what began at a time may go on: for a minute.
func waiting(begun int64) bool {
	runtime.Gosched()
	return host.now()-begun < 60e9
}

// arrive receives one frame. Data crosses a kernel's queue at once, but for a
// terminal's, which a kernel thread moves on: it gets time by yielding.
func arrive(t testing.TB, p Port, buffer []byte) ([]byte, int64) {
	t.Helper()
	for begun := host.now(); waiting(begun); {
		n, at, err := p.Receive(buffer)
		if err == nil {
			return buffer[:n], at
		}
		if err != ErrEmpty {
			t.Fatal(err)
		}
	}
	t.Fatal("no frame has arrived")
	return nil, 0
}

// TestConformance: what every port does.
func TestConformance(t *testing.T) {
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			t.Run("frames", func(t *testing.T) { frames(t, tr) })
			t.Run("sizes", func(t *testing.T) { sizes(t, tr) })
			t.Run("full", func(t *testing.T) { full(t, tr) })
			t.Run("down", func(t *testing.T) { down(t, tr) })
			t.Run("allocations", func(t *testing.T) { allocations(t, tr) })
			t.Run("exchange", func(t *testing.T) { exchanges(t, tr) })
		})
	}
}

// frames: whole frames of every length arrive in order, both ways, and nothing else
// does.
func frames(t *testing.T, tr transport) {
	a, b := tr.open(t)
	r := rand.New(rand.NewPCG(1, 2))
	buffer := make([]byte, 2000)
	for _, p := range []Port{a, b} {
		if _, _, err := p.Receive(buffer); err != ErrEmpty {
			t.Fatalf("Receive from a new port: %v", err)
		}
	}
	for i := range 300 {
		from, to := a, b
		if i%2 == 1 {
			from, to = b, a
		}
		n := 1 + r.IntN(tr.most)
		if tr.name == "canfd" {
			n = padded(n)
		}
		want := frameOf(r, n)
		if err := from.Send(want); err != nil {
			t.Fatal(err)
		}
		got, at := arrive(t, to, buffer)
		if !bytes.Equal(got, want) {
			t.Fatalf("frame %d: %x, want %x", i, got, want)
		}
		if tr.stamped && at == 0 {
			t.Fatal("the frame has no time of arrival")
		}
		if now := host.now(); at != 0 && (at > now || at < now-60e9) {
			t.Fatalf("a frame arrived at %d, it is %d", at, now)
		}
	}
	for range 10 {
		for k := range 5 {
			if err := a.Send([]byte{byte(k)}); err != nil {
				t.Fatal(err)
			}
		}
		for k := range 5 {
			if got, _ := arrive(t, b, buffer); len(got) != 1 || got[0] != byte(k) {
				t.Fatalf("frame %d of five: %x", k, got)
			}
		}
	}
}

// sizes: a frame that is too long is refused, and one that is too long for the
// buffer is lost alone.
func sizes(t *testing.T, tr transport) {
	a, b := tr.open(t)
	if tr.most < 1500 {
		if err := a.Send(make([]byte, tr.most+1)); err != ErrSize {
			t.Errorf("a frame that is too long: %v", err)
		}
	}
	for _, frame := range [][]byte{make([]byte, 8), {1, 2}} {
		if err := a.Send(frame); err != nil {
			t.Fatal(err)
		}
	}
	small := make([]byte, 4)
	for begun := host.now(); waiting(begun); {
		_, _, err := b.Receive(small)
		if err == ErrSize {
			break
		}
		if err != ErrEmpty {
			t.Fatalf("a frame of 8 bytes into 4: %v", err)
		}
	}
	if got, _ := arrive(t, b, small); !bytes.Equal(got, []byte{1, 2}) {
		t.Errorf("the frame after it: %x", got)
	}
}

// full: a port whose peer does not read refuses or drops frames, never waits, and
// goes on when the peer reads.
func full(t *testing.T, tr transport) {
	a, b := tr.open(t)
	frame := make([]byte, tr.most)
	for i := range frame {
		frame[i] = byte(i)
	}
	refused := false
	sent := 0
	for range 200_000 {
		err := a.Send(frame)
		if err == ErrFull {
			refused = true
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		sent++
	}
	if refused != tr.full {
		t.Errorf("refused %v after %d frames", refused, sent)
	}
	buffer := make([]byte, 2000)
	received := 0
	for idle, begun := 0, host.now(); idle < 1000 || tr.full && received < sent; {
		n, _, err := b.Receive(buffer)
		if err == ErrEmpty {
			idle++
			a.Send(frame) // pending bytes move on
			if !waiting(begun) {
				break
			}
			continue
		}
		if err != nil || !bytes.Equal(buffer[:n], frame) {
			t.Fatalf("%v, %x", err, buffer[:n])
		}
		if received++; received > sent+10_000 {
			break
		}
	}
	if tr.full && received < sent {
		t.Errorf("%d of %d frames that were taken arrived", received, sent)
	}
	if tr.name == "udp" {
		// The count comes with the next frame.
		if err := a.Send(frame); err != nil {
			t.Fatal(err)
		}
		arrive(t, b, buffer)
		if b.Dropped() == 0 {
			t.Error("the receiver dropped frames and counts none")
		}
	}
}

// down: a peer that has closed is ErrDown, after what it had sent.
func down(t *testing.T, tr transport) {
	if !tr.down {
		t.Skip("a port of this kind does not see its peer close")
	}
	a, b := tr.open(t)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 2000)
	for begun := host.now(); waiting(begun); {
		err := a.Send(make([]byte, 8))
		if err == nil {
			_, _, err = a.Receive(buffer)
		}
		if err == ErrDown {
			return
		}
		if err != nil && err != ErrEmpty {
			t.Fatalf("after the peer has closed: %v", err)
		}
	}
	t.Error("a port whose peer has closed never returned ErrDown")
}

func allocations(t *testing.T, tr transport) {
	a, b := tr.open(t)
	frame, buffer := make([]byte, 8), make([]byte, 2000)
	if n := testing.AllocsPerRun(200, func() {
		if err := a.Send(frame); err != nil {
			t.Fatal(err)
		}
		for begun := host.now(); waiting(begun); {
			if _, _, err := b.Receive(buffer); err == nil {
				return
			}
		}
		t.Fatal("no frame has arrived")
	}); n != 0 {
		t.Errorf("%g allocations a frame", n)
	}
}

// exchanges: a device that answers at once is answered in every period.
func exchanges(t *testing.T, tr transport) {
	a, b := tr.open(t)
	x, err := NewExchange(ExchangeConfig{Port: a, Period: 1e6, CommandSize: 8, AnswerSize: 8})
	if err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 2000)
	clock := newTicks(1e6)
	x.now = clock.now
	for k := range 500 {
		answer, err := x.Step(clock.tick(0), []byte{0, 0, 0, 0, byte(k), 0, 0, 0})
		if err != nil {
			t.Fatal(err)
		}
		if k > 0 && (!answer.Fresh() || answer.Sequence != uint64(k) || answer.Data[4] != byte(k-1)) {
			t.Fatalf("step %d: %+v", k, answer)
		}
		command, _ := arrive(t, b, buffer)
		if err := b.Send(command); err != nil {
			t.Fatal(err)
		}
		waitReadable(t, a)
		clock.advance(1e6)
	}
	if s := x.Stats(); s.Sent != 500 || s.Answered != 499 || s.Success != 100 || s.Late+s.Lost+s.Duplicate+s.Malformed+s.Unexpected != 0 {
		t.Errorf("%v", s)
	}
}

// waitReadable waits until a frame is there, for ports whose kernel moves it on a
// thread of its own.
func waitReadable(t testing.TB, p Port) {
	t.Helper()
	if p.FD() < 0 || p.FD() >= fakeFD {
		return
	}
	fds := []unix.PollFd{{Fd: int32(p.FD()), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(fds, 60_000)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n != 1 {
			t.Fatalf("no frame became readable: %v", err)
		}
		return
	}
}

// TestSerialDiscard: what a full line has not sent is forgotten, and the next frame
// arrives whole although the one before it was cut off.
func TestSerialDiscard(t *testing.T) {
	a, b := openPTY(t)
	line := b.(*Serial)
	frame := bytes.Repeat([]byte{7}, SerialFrame)
	for range 10_000 {
		if line.Send(frame) == ErrFull {
			break
		}
	}
	line.Discard()
	want := []byte{1, 2, 3}
	for begun := host.now(); waiting(begun); {
		if err := line.Send(want); err == nil {
			break
		} else if err != ErrFull {
			t.Fatal(err)
		}
		a.Receive(make([]byte, 2000)) // a terminal keeps what it has moved on already
	}
	buffer := make([]byte, 2000)
	for range 10_000 {
		if got, _ := arrive(t, a, buffer); bytes.Equal(got, want) {
			if line.cut {
				t.Error("the next frame would begin with an end again")
			}
			return
		}
	}
	t.Error("the frame after a discard has not arrived")
}

// TestTakeSocket: a socket that another process has sent is a port; anything else is
// refused.
func TestTakeSocket(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	a, b := must[Port](t)(TakeSocket(fds[0])), must[Port](t)(TakeSocket(fds[1]))
	closing(t, a, b)
	if _, _, err := a.Receive(make([]byte, 8)); err != ErrEmpty {
		t.Fatalf("it waits, or %v", err)
	}
	if err := a.Send([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if got, _ := arrive(t, b, make([]byte, 8)); !bytes.Equal(got, []byte{1}) {
		t.Fatal(got)
	}
	stream, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stream[0])
	defer unix.Close(stream[1])
	for _, fd := range []int{stream[0], -1} {
		if p, err := TakeSocket(fd); err == nil {
			t.Errorf("descriptor %d: %v", fd, p)
		}
	}
}

// TestUDPShare: a second socket at the same address is refused, unless both share it.
func TestUDPShare(t *testing.T) {
	here, there := freeUDP(t), freeUDP(t)
	for _, share := range []bool{false, true} {
		first := must[Port](t)(OpenUDP(UDPConfig{Local: here, Remote: there, Share: share}))
		second, err := OpenUDP(UDPConfig{Local: here, Remote: there, Share: share})
		if (err == nil) != share {
			t.Errorf("share %v: %v", share, err)
		}
		if second != nil {
			second.Close()
		}
		first.Close()
	}
}
