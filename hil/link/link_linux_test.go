package link_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/plant"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/control"
)

// transports open both ends of each kind of port.
var transports = map[string]func(t *testing.T) (rig, device bus.Port){
	"unix pair": func(t *testing.T) (bus.Port, bus.Port) {
		a, b, err := bus.UnixPair()
		check(t, err)
		return a, b
	},
	"unix sockets": func(t *testing.T) (bus.Port, bus.Port) {
		dir, err := os.MkdirTemp("", "hil") // a socket's path is short
		check(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		one, two := filepath.Join(dir, "rig"), filepath.Join(dir, "dut")
		a, err := bus.OpenUnix(bus.UnixConfig{Local: one, Remote: two})
		check(t, err)
		b, err := bus.OpenUnix(bus.UnixConfig{Local: two, Remote: one})
		check(t, err)
		return a, b
	},
	"UDP": func(t *testing.T) (bus.Port, bus.Port) {
		for port := 40000 + os.Getpid()%10000; ; port += 2 {
			one, two := "127.0.0.1:"+itoa(port), "127.0.0.1:"+itoa(port+1)
			a, err := bus.OpenUDP(bus.UDPConfig{Local: one, Remote: two})
			if err != nil && port < 60000 {
				continue // taken
			}
			check(t, err)
			b, err := bus.OpenUDP(bus.UDPConfig{Local: two, Remote: one})
			if err != nil && port < 60000 {
				check(t, a.Close())
				continue
			}
			check(t, err)
			return a, b
		}
	},
	"pty": func(t *testing.T) (bus.Port, bus.Port) {
		a, path, err := link.OpenPTY()
		if errors.Is(err, os.ErrNotExist) {
			t.Skipf("no pseudo-terminals here: %v", err)
		}
		check(t, err)
		b, err := bus.OpenSerial(bus.SerialConfig{Path: path})
		check(t, err)
		return a, b
	},
	"memory": func(t *testing.T) (bus.Port, bus.Port) {
		region, err := arena.New(arena.Config{Size: bus.MemorySize(), Shared: true})
		check(t, err)
		t.Cleanup(func() { _ = region.Close() })
		a, err := bus.NewMemory(region.Bytes())
		check(t, err)
		b, err := bus.AttachMemory(region.Bytes())
		check(t, err)
		return a, b
	},
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// software is a PID as a device: its step, its reset, and frames of both.
type software struct {
	mu      sync.Mutex
	pid     *control.PID
	in, out [2]float64
}

func newSoftware(t testing.TB) *software {
	t.Helper()
	pid, err := control.NewPID(control.PIDConfig{Gains: control.Gains{P: 0.2, I: 4}, Period: time.Millisecond, Min: -24, Max: 24})
	check(t, err)
	return &software{pid: pid}
}

func (s *software) answer(frame, answer []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := hil.Floats{}.Decode(frame, s.in[:])
	if err != nil {
		return 0
	}
	if n != 0 {
		s.out[0] = s.pid.Update(s.in[1], s.in[0])
	}
	return hil.Floats{}.Encode(answer, n, s.out[:1])
}

func (s *software) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pid.Reset()
	return nil
}

func (s *software) Pause(bool) error { return nil }

func config(t testing.TB, l hil.Link, c hil.Control) hil.Config {
	t.Helper()
	motor, err := plant.NewDCMotor(plant.DCMotorConfig{Period: time.Millisecond, Resistance: 1, Inductance: 0.5e-3, Constant: 0.05, Inertia: 5e-5})
	check(t, err)
	return hil.Config{
		Rate: 1000, Plant: motor,
		Sensors:     []hil.Channel{{Name: "speed", Unit: "rad/s"}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "rad/s"}},
		Actuators:   []hil.Channel{{Name: "voltage", Unit: "V", Min: -24, Max: 24}},
		Connections: []hil.Connection{{Name: "dut", Link: l, Control: c}},
	}
}

// scenario has faults of every kind that acts on a link or a device.
func scenario(t testing.TB) hil.Stimulus {
	t.Helper()
	faults, err := fault.NewPlan(
		fault.Fault{Kind: fault.Drop, From: 100, For: 100, Chance: 0.3},
		fault.Fault{Kind: fault.Latency, From: 200, For: 50, Value: 2},
		fault.Fault{Kind: fault.Jitter, From: 260, For: 50, Value: 3, Direction: fault.FromDevice},
		fault.Fault{Kind: fault.Duplicate, From: 320, For: 30},
		fault.Fault{Kind: fault.Drop, From: 340, For: 20, Chance: 0.5, Direction: fault.ToDevice},
		fault.Fault{Kind: fault.Reorder, From: 345, For: 30, Chance: 0.5},
		fault.Fault{Kind: fault.Corrupt, From: 360, For: 60, Chance: 0.3},
		fault.Fault{Kind: fault.Truncate, From: 430, For: 30, Chance: 0.3, Direction: fault.FromDevice},
		fault.Fault{Kind: fault.Pause, From: 470, For: 20},
		fault.Fault{Kind: fault.Reset, From: 500, For: 3},
		fault.Fault{Kind: fault.Reset, From: 550},
		fault.Fault{Kind: fault.Clock, From: 560, For: 30, Value: -100_000},
		fault.Fault{Kind: fault.Noise, Target: "speed", From: 600, For: 100, Value: 1},
	)
	check(t, err)
	return hil.Stimulus{
		Steps: 800, Faults: faults, Seed: 3,
		Setpoints: func(t hil.Tick, v []float64) { v[0] = 100 + float64(t.Step/200)*20 },
	}
}

// One scenario gives one hash over every link, in lock-step.
func TestReplayOverEveryLink(t *testing.T) {
	direct := newSoftware(t)
	function, err := link.NewFunction(link.FunctionConfig{Answer: direct.answer, Reset: func() { _ = direct.Reset() }})
	check(t, err)
	rig, err := hil.New(config(t, function, function))
	check(t, err)
	want, err := rig.Run(context.Background(), scenario(t))
	check(t, err)
	if want.End != nil || want.Misses.Device == 0 {
		t.Fatal(want)
	}
	for name, open := range transports {
		t.Run(name, func(t *testing.T) {
			a, b := open(t)
			l, err := link.NewPort(a)
			check(t, err)
			dut := newSoftware(t)
			ctx, cancel := context.WithCancel(context.Background())
			served := make(chan error, 1)
			go func() { served <- link.Serve(ctx, b, dut.answer) }()
			rig, err := hil.New(config(t, l, dut))
			check(t, err)
			res, err := rig.Run(context.Background(), scenario(t))
			check(t, err)
			if res.End != nil || res.Hash != want.Hash || res.Misses != want.Misses {
				t.Errorf("%v\nwant %v", res, want)
			}
			cancel()
			if err := <-served; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			check(t, rig.Close())
			check(t, rig.Close())
			check(t, b.Close())
			if err := l.Send(hil.Tick{}, []byte{1}); err != hil.ErrDown {
				t.Errorf("a closed link sends: %v", err)
			}
			if _, err := l.Receive(hil.Tick{}, make([]byte, 10), 0); err != hil.ErrDown {
				t.Errorf("a closed link receives: %v", err)
			}
		})
	}
}

// A device that goes away in mid-run ends it with its name.
func TestDeviceThatGoesAway(t *testing.T) {
	a, b, err := bus.UnixPair()
	check(t, err)
	l, err := link.NewPort(a)
	check(t, err)
	dut := newSoftware(t)
	frames := 0
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		err := link.Serve(ctx, b, func(frame, answer []byte) int {
			if frames++; frames == 50 { // the handshake's is one of them
				cancel()
			}
			return dut.answer(frame, answer)
		})
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		ended <- errors.Join(err, b.Close())
	}()
	c := config(t, l, nil)
	c.Tasks = []hil.Task{{Every: 1000, Offset: 48, Run: func(hil.Tick, hil.Values) error { return <-ended }}}
	rig, err := hil.New(c)
	check(t, err)
	res, err := rig.Run(context.Background(), hil.Stimulus{Steps: 1000})
	check(t, err)
	var down *hil.LinkError
	if !errors.As(res.End, &down) || down.Connection != "dut" || down.Channels[0] != "voltage" || !errors.Is(res.End, hil.ErrDown) {
		t.Error(res)
	}
	if res.Steps != 49 || res.Connections[0].Unsent != 1 {
		t.Error(res, res.Connections)
	}
	check(t, rig.Close())
}

// A frame that does not fit is a damaged one.
func TestFrameThatIsTooLong(t *testing.T) {
	a, b, err := bus.UnixPair()
	check(t, err)
	l, err := link.NewPort(a)
	check(t, err)
	check(t, b.Send(make([]byte, 100)))
	check(t, b.Send(make([]byte, 3)))
	if n, err := l.Receive(hil.Tick{}, make([]byte, 10), 0); n != 0 || err != nil {
		t.Error(n, err)
	}
	if n, err := l.Receive(hil.Tick{}, make([]byte, 10), rt.Now()+1); n != 3 || err != nil {
		t.Error(n, err)
	}
	if _, err := l.Receive(hil.Tick{}, make([]byte, 10), rt.Now()+1); err != hil.ErrEmpty {
		t.Error(err)
	}
	check(t, errors.Join(l.Close(), l.Close(), b.Close()))
	if _, err := link.NewPort(nil); err == nil {
		t.Error("a link of no port")
	}
}

func TestPortAllocatesNothing(t *testing.T) {
	a, b, err := bus.UnixPair()
	check(t, err)
	l, err := link.NewPort(a)
	check(t, err)
	frame := make([]byte, 24)
	if n := testing.AllocsPerRun(100, func() {
		_ = l.Send(hil.Tick{}, frame)
		_, _, _ = b.Receive(frame)
		_ = b.Send(frame)
		_, _ = l.Receive(hil.Tick{}, frame, rt.Now()+1e6)
		_, _ = l.Receive(hil.Tick{}, frame, rt.Now()+1000)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	check(t, errors.Join(l.Close(), b.Close()))
}
