package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/isolate"
)

var safeFrame = []byte("safe")

// device is the test's end of a guarded bus.
type device struct {
	t      *testing.T
	port   bus.Port
	buffer [2000]byte
}

// receive waits for a frame, for as long as a test may take.
func (d *device) receive() []byte {
	d.t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	tick := time.NewTicker(200 * time.Microsecond)
	defer tick.Stop()
	for {
		n, _, err := d.port.Receive(d.buffer[:])
		if err == nil {
			return bytes.Clone(d.buffer[:n])
		}
		if err != bus.ErrEmpty && err != bus.ErrSize {
			d.t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-limit.C:
			d.t.Fatal("no frame has arrived within a minute")
		}
	}
}

// until receives until the frame comes, and returns what came before.
func (d *device) until(frame []byte) (before [][]byte) {
	d.t.Helper()
	for {
		f := d.receive()
		if bytes.Equal(f, frame) {
			return before
		}
		before = append(before, f)
	}
}

// drain takes the frames that have arrived.
func (d *device) drain() (frames [][]byte) {
	for {
		n, _, err := d.port.Receive(d.buffer[:])
		if err != nil {
			return frames
		}
		frames = append(frames, bytes.Clone(d.buffer[:n]))
	}
}

// udpDevice receives from any source, as a drive that the guard and its controller send
// to does, and answers the last one that is not the guard.
type udpDevice struct {
	*net.UDPConn
	last *net.UDPAddr
	safe string
}

func (u *udpDevice) Send(frame []byte) error {
	_, err := u.WriteToUDP(frame, u.last)
	return err
}

func (u *udpDevice) Receive(frame []byte) (int, int64, error) {
	u.SetReadDeadline(time.Now().Add(50 * time.Microsecond))
	n, from, err := u.ReadFromUDP(frame)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, 0, bus.ErrEmpty
	}
	if err == nil && from.String() != u.safe {
		u.last = from
	}
	return n, 0, err
}

func (u *udpDevice) Dropped() uint64 { return 0 }
func (u *udpDevice) FD() int         { return -1 }

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func freeUDP(t testing.TB) string {
	c := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	defer c.Close()
	return c.LocalAddr().String()
}

// buses are the guarded buses; open returns the config's part and, when the guard runs,
// the device.
var buses = []struct {
	name string
	open func(t *testing.T, c *Config) func(g *Guard) *device
}{
	{"udp", openUDP}, {"unix", openUnix}, {"serial", openSerial}, {"memory", openMemory},
}

func openUDP(t *testing.T, c *Config) func(*Guard) *device {
	conn := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	t.Cleanup(func() { conn.Close() })
	c.SafeLocal = freeUDP(t)
	c.UDP = &bus.UDPConfig{Local: freeUDP(t), Remote: conn.LocalAddr().String()}
	return func(*Guard) *device { return &device{t: t, port: &udpDevice{UDPConn: conn, safe: c.SafeLocal}} }
}

// unixDevice receives at a path, and answers at the controller's.
type unixDevice struct {
	*net.UnixConn
	peer string
}

func (u *unixDevice) Send(frame []byte) error {
	_, err := u.WriteToUnix(frame, &net.UnixAddr{Name: u.peer, Net: "unixgram"})
	return err
}

func (u *unixDevice) Receive(frame []byte) (int, int64, error) {
	u.SetReadDeadline(time.Now().Add(50 * time.Microsecond))
	n, err := u.Read(frame)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, 0, bus.ErrEmpty
	}
	return n, 0, err
}

func (u *unixDevice) Dropped() uint64 { return 0 }
func (u *unixDevice) FD() int         { return -1 }

func openUnix(t *testing.T, c *Config) func(*Guard) *device {
	dir := t.TempDir()
	there, here := filepath.Join(dir, "drive"), filepath.Join(dir, "controller")
	conn := must[*net.UnixConn](t)(net.ListenUnixgram("unixgram", &net.UnixAddr{Name: there, Net: "unixgram"}))
	t.Cleanup(func() { conn.Close() })
	c.Unix = &bus.UnixConfig{Local: here, Remote: there}
	return func(*Guard) *device { return &device{t: t, port: &unixDevice{conn, here}} }
}

// openSerial gives the guard one end of a pair of pseudo-terminals that a goroutine
// joins, so that both ends are lines that can be opened by their path.
func openSerial(t *testing.T, c *Config) func(*Guard) *device {
	var masters [2]*os.File
	var paths [2]string
	for i := range masters {
		f, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
		if err != nil {
			t.Skipf("no pseudo-terminals here: %v", err)
		}
		raw := must[int](t)(dup(f))
		if err := unix.IoctlSetPointerInt(raw, unix.TIOCSPTLCK, 0); err != nil {
			t.Fatal(err)
		}
		paths[i] = fmt.Sprintf("/dev/pts/%d", must[int](t)(unix.IoctlGetInt(raw, unix.TIOCGPTN)))
		unix.Close(raw)
		masters[i] = f
		t.Cleanup(func() { f.Close() })
	}
	line := must[*bus.Serial](t)(bus.OpenSerial(bus.SerialConfig{Path: paths[1]}))
	t.Cleanup(func() { line.Close() })
	c.Serial = &bus.SerialConfig{Path: paths[0]}
	return func(*Guard) *device {
		go io.Copy(masters[0], masters[1])
		go io.Copy(masters[1], masters[0])
		return &device{t: t, port: line}
	}
}

func dup(f *os.File) (int, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	n := -1
	if e := raw.Control(func(fd uintptr) { n, err = unix.Dup(int(fd)) }); e != nil {
		return -1, e
	}
	return n, err
}

func openMemory(t *testing.T, c *Config) func(*Guard) *device {
	c.Memory = true
	return func(g *Guard) *device {
		m := must[*bus.Memory](t)(AttachDevice(t.Context(), g.Address()))
		return &device{t: t, port: m}
	}
}

// portable is a guard that an ordinary user can start, and that bears a loaded machine,
// which may let a controller wait for seconds.
func portable(t *testing.T) Config {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes; left out by -short")
	}
	return portableConfig()
}

func portableConfig() Config {
	return Config{Period: time.Millisecond, Silence: 10_000, FirstBeat: time.Minute, SafeFrame: safeFrame, Mode: rt.Portable}
}

func start(t *testing.T, c Config) *Guard {
	t.Helper()
	g := must[*Guard](t)(Start(t.Context(), c))
	t.Cleanup(func() { g.Close() })
	return g
}

// beating beats until stop is called.
func beating(c *Controller) (stop func() error) {
	end, ended := make(chan struct{}), make(chan error)
	go func() {
		beat := time.NewTicker(time.Millisecond)
		defer beat.Stop()
		var err error
		for {
			select {
			case <-beat.C:
				if err == nil {
					err = c.Beat()
				}
			case <-end: // perhaps before a beat has met the trip that ended it
				if err == nil {
					err = c.Beat()
				}
				ended <- err
				return
			}
		}
	}()
	return func() error {
		close(end)
		return <-ended
	}
}

// send sends a frame that the bus has room for in the end.
func send(t *testing.T, p bus.Port, frame string) {
	t.Helper()
	if err := p.Send([]byte(frame)); err != nil {
		t.Fatalf("sending %q: %v", frame, err)
	}
}

// TestProcess: on every bus, frames cross both ways; a silent controller is revoked and
// the device gets the safe frame and nothing after it but that; armed anew, frames cross
// again; and a guard that is stopped leaves the device in the safe state.
func TestProcess(t *testing.T) {
	t.Parallel()
	for _, b := range buses {
		t.Run(b.name, func(t *testing.T) {
			config := portable(t)
			config.Silence = 50
			open := b.open(t, &config)
			g := start(t, config)
			d := open(g)
			c := must[*Controller](t)(Connect(t.Context(), g.Address()))
			if _, err := Connect(t.Context(), g.Address()); !errors.Is(err, ErrBusy) {
				t.Errorf("a second controller: %v", err)
			}
			if err := c.Rearm(t.Context()); !errors.Is(err, ErrBusy) {
				t.Errorf("Rearm of an armed controller: %v", err)
			}
			exchange(t, c, d, "one")
			c.Beat()
			d.until(safeFrame)
			if err := c.Send([]byte("late")); err != bus.ErrDown {
				t.Errorf("Send after the trip: %v", err)
			}
			if err := c.Beat(); err != ErrTripped {
				t.Errorf("Beat after the trip: %v", err)
			}
			if trip := c.Trip(); trip.Reason != Silent || trip.Detection() < 25*time.Millisecond {
				t.Errorf("%v", trip)
			}
			d.until(safeFrame) // it is repeated
			if err := c.Rearm(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, f := range d.drain() {
				if !bytes.Equal(f, safeFrame) {
					t.Errorf("%q after the trip", f)
				}
			}
			exchange(t, c, d, "two")
			stop := make(chan error, 1)
			go func() { stop <- g.Stop(context.Background()) }()
			d.until(safeFrame)
			if err := <-stop; err != nil {
				t.Error(err)
			}
			if err := c.Send([]byte("late")); err != bus.ErrDown {
				t.Errorf("Send after the guard's end: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if s := g.Status(); s.Arms != 2 || s.Trips != 2 || s.Last.Reason != Stopped || s.SafeSent < 3 {
				t.Errorf("%v", s)
			}
		})
	}
}

// exchange sends a command, with a beat, and gets an answer to it.
func exchange(t *testing.T, c *Controller, d *device, command string) {
	t.Helper()
	send(t, c, command)
	for {
		if f := d.receive(); string(f) == command {
			break
		} else if !bytes.Equal(f, safeFrame) { // of before it was armed
			t.Fatalf("%q, want %q", f, command)
		}
	}
	send(t, d.port, "to "+command)
	answers := &device{t: t, port: c}
	if got := answers.receive(); string(got) != "to "+command {
		t.Fatalf("%q, want the answer to %q", got, command)
	}
}

// guarded is a controller in a process of its own: it sends a frame and beats in each
// period of an ordinary ticker.
var guarded = isolate.Entry("guard.test.plain", func(child *isolate.Child) error {
	c, err := Connect(child.Context(), child.Args[0])
	if err != nil {
		return err
	}
	beat := time.NewTicker(time.Millisecond)
	defer beat.Stop()
	for {
		if err := c.Send([]byte("run")); err != nil {
			return err
		}
		if err := c.Beat(); err != nil {
			return err
		}
		select {
		case <-beat.C:
		case <-child.Context().Done():
			return c.Close()
		}
	}
})

func startController(t *testing.T, g *Guard) *isolate.Isolate {
	t.Helper()
	i := must[*isolate.Isolate](t)(isolate.Start(t.Context(), guarded, isolate.Config{
		Args: []string{g.Address()}, Heartbeat: -1, FirstBeat: -1, Stderr: io.Discard,
		Process: rt.ProcessConfig{Keep: rt.KeepAffinity | rt.KeepMemory | rt.KeepLatency},
	}))
	t.Cleanup(func() { i.Close() })
	return i
}

// TestDeaths: a controller that is killed, stopped, or ends in good order, and a guard
// that is killed.
func TestDeaths(t *testing.T) {
	t.Parallel()
	t.Run("controller killed", func(t *testing.T) {
		t.Parallel()
		config := portable(t)
		open := openUDP(t, &config)
		g := start(t, config)
		d := open(g)
		i := startController(t, g)
		d.until([]byte("run"))
		unix.Kill(i.PID(), unix.SIGKILL)
		d.until(safeFrame)
		if s := g.Status(); s.Last.Reason != Gone && s.Last.Reason != Armed {
			t.Errorf("%v", s)
		}
		// The next one takes over.
		i = startController(t, g)
		d.until([]byte("run"))
		if err := i.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		d.until(safeFrame)
	})
	t.Run("controller stopped", func(t *testing.T) {
		t.Parallel()
		config := portable(t)
		config.Silence = 100
		open := openUDP(t, &config)
		g := start(t, config)
		d := open(g)
		i := startController(t, g)
		d.until([]byte("run"))
		d.receive() // so it has beaten; the safe frame where the machine held it up
		unix.Kill(i.PID(), unix.SIGSTOP)
		d.until(safeFrame)
		d.drain()
		unix.Kill(i.PID(), unix.SIGCONT)
		i.Wait() // it ends, because it can send no more
		for _, f := range d.drain() {
			if !bytes.Equal(f, safeFrame) {
				t.Errorf("%q after the trip", f)
			}
		}
	})
	t.Run("guard killed", func(t *testing.T) {
		t.Parallel()
		config := portable(t)
		config.Silence = 3000 // the controller's beats that find the guard gone
		died := make(chan isolate.Failure, 1)
		config.Died = func(f isolate.Failure) { died <- f }
		open := openUDP(t, &config)
		g := start(t, config)
		d := open(g)
		i := startController(t, g)
		d.until([]byte("run"))
		d.until([]byte("run"))
		unix.Kill(g.PID(), unix.SIGKILL)
		<-died
		d.until(safeFrame) // the controller's own
		err := i.Wait()
		if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(ErrGuardGone.Error(), "guard: ")) {
			t.Errorf("the controller ended with %v", err)
		}
		if f := d.drain(); len(f) != 0 {
			t.Errorf("%q after the controller's safe frame", f)
		}
		if _, err := Connect(t.Context(), g.Address()); !errors.Is(err, ErrGuardGone) {
			t.Errorf("Connect: %v", err)
		}
	})
	t.Run("both killed", func(t *testing.T) {
		t.Parallel()
		config := portable(t)
		open := openUDP(t, &config)
		g := start(t, config)
		d := open(g)
		i := startController(t, g)
		d.until([]byte("run"))
		unix.Kill(g.PID(), unix.SIGKILL)
		unix.Kill(i.PID(), unix.SIGKILL)
		i.Wait()
		<-g.Done()
		d.drain()
		if f := d.drain(); len(f) != 0 { // now its own watchdog must act
			t.Errorf("%q from the dead", f)
		}
	})
}

// TestUnpluggedLine: a serial line that is unplugged trips, and says so.
func TestUnpluggedLine(t *testing.T) {
	t.Parallel()
	config := portable(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	defer master.Close()
	fd := must[int](t)(dup(master))
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	config.Serial = &bus.SerialConfig{Path: fmt.Sprintf("/dev/pts/%d", must[int](t)(unix.IoctlGetInt(fd, unix.TIOCGPTN)))}
	unix.Close(fd)
	g := start(t, config)
	c := must[*Controller](t)(Connect(t.Context(), g.Address()))
	stop := beating(c)
	master.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 60_000 {
		if c.Trip().Reason != Armed {
			break
		}
		<-tick.C
	}
	if r := c.Trip().Reason; r != Unplugged {
		t.Errorf("%v", r)
	}
	if err := stop(); err != ErrTripped {
		t.Errorf("Beat: %v", err)
	}
	c.Close()
}

// orphanRole makes this test program one that starts a guard and a controller, and waits.
const orphanRole = "MEMKIT_GUARD_TEST_ORPHAN"

func init() { orphan = playOrphan }

func playOrphan(remote string) int {
	c := portableConfig()
	c.UDP = &bus.UDPConfig{Remote: remote}
	g, err := Start(context.Background(), c)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	controller, err := Connect(context.Background(), g.Address())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	controller.Send([]byte("run"))
	for range time.Tick(time.Millisecond) {
		controller.Beat()
	}
	return 0
}

// TestOrphan: the process that started the guard, and is the controller, is killed: the
// guard drives the safe state.
func TestOrphan(t *testing.T) {
	t.Parallel()
	conn := must[*net.UDPConn](t)(net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	defer conn.Close()
	d := &device{t: t, port: &udpDevice{UDPConn: conn}}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), orphanRole+"="+conn.LocalAddr().String())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.until([]byte("run"))
	cmd.Process.Kill()
	cmd.Wait()
	d.until(safeFrame)
}

// TestStartErrors: what cannot be opened is named when the guard starts.
func TestStartErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
		is     error
	}{
		{"no such line", func(c *Config) { c.Serial = &bus.SerialConfig{Path: "/dev/no-such-line"} }, "serial line /dev/no-such-line", nil},
		{"no such CAN", func(c *Config) { c.CAN = &bus.CANConfig{Interface: "nocan0"} }, "CAN", nil},
		{"address of another machine", func(c *Config) { c.UDP = &bus.UDPConfig{Remote: "127.0.0.1:9"}; c.SafeLocal = "192.0.2.1:9" }, "192.0.2.1:9", nil},
		{"no watchdog", func(c *Config) { c.Memory = true; c.Watchdog = "/dev/no-such-watchdog" }, "/dev/no-such-watchdog", ErrNoWatchdog},
	} {
		config := portable(t)
		config.Stderr = io.Discard
		c.change(&config)
		g, err := Start(t.Context(), config)
		if err == nil {
			g.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestWatchdogFile: a watchdog is fed and disarmed in the end; a file stands for it.
func TestWatchdogFile(t *testing.T) {
	t.Parallel()
	config := portable(t)
	openMemory(t, &config)
	config.Watchdog = filepath.Join(t.TempDir(), "watchdog")
	if err := os.WriteFile(config.Watchdog, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	g := start(t, config)
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for range 60_000 {
		if g.Status().Looks > 0 {
			break
		}
		<-again.C
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	fed, err := os.ReadFile(config.Watchdog)
	if err != nil || len(fed) < 2 || fed[0] != 0 || fed[len(fed)-1] != 'V' {
		t.Errorf("%q, %v", fed, err)
	}
}

// TestHostileClients: packets that no controller sends end their connection, and no
// more; too many connections are refused.
func TestHostileClients(t *testing.T) {
	t.Parallel()
	config := portable(t)
	open := openMemory(t, &config)
	g := start(t, config)
	dialRaw := func() *net.UnixConn {
		return must[*net.UnixConn](t)(net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: g.Address(), Net: "unixpacket"}))
	}
	for _, p := range []string{"{", `{"Op":"reboot"}`, `{"Op":"arm","More":1}`, `{"Op":"arm"}{"Op":"arm"}`, strings.Repeat("x", mostMessage+1)} {
		c := dialRaw()
		c.Write([]byte(p))
		c.SetReadDeadline(time.Now().Add(time.Minute))
		if n, err := c.Read(make([]byte, 100)); n != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%.20q: an answer of %d bytes, %v", p, n, err)
		}
		c.Close()
	}
	var many []*net.UnixConn
	for range 3 * mostClients {
		many = append(many, dialRaw())
	}
	for _, c := range many {
		c.Close()
	}
	var c *Controller
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for range 60_000 { // until those that have hung up are gone
		var err error
		if c, err = Connect(t.Context(), g.Address()); err == nil {
			break
		}
		<-again.C
	}
	d := open(g)
	exchange(t, c, d, "one")
	c.Close()
}
