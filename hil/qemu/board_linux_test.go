package qemu

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/qemu/firmware"
	"github.com/memkit-go/memkit/rt"
)

// TestMain is also the programs that tests start instead of QEMU.
func TestMain(m *testing.M) {
	switch os.Getenv("MEMKIT_QEMU_TEST") {
	case "mute":
		io.Copy(io.Discard, os.NewFile(qmpFD, "qmp"))
		os.Exit(0)
	case "rig": // a rig that is killed while its board runs
		b, err := Start(context.Background(), Config{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(b.PID())
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// board starts QEMU for one test.
func board(t *testing.T, c Config) *Board {
	t.Helper()
	b, err := Start(t.Context(), c)
	if errors.Is(err, ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		select {
		case <-b.Ended():
		default:
			t.Error("QEMU runs on after Close")
		}
	})
	return b
}

// motor is a plant of one state, 20 rad/s per volt, time constant 30 ms.
type motor struct{ speed float64 }

func (m *motor) Step(t hil.Tick, u, y []float64) error {
	m.speed += (20*u[0] - m.speed) * float64(t.Period) / 30e6
	y[0] = m.speed
	return nil
}
func (m *motor) Save(b []byte) []byte { return hil.AppendFloats(b, m.speed) }
func (m *motor) Restore(b []byte) (err error) {
	_, err = hil.TakeFloats(b, &m.speed)
	return err
}

type device interface {
	hil.Link
	hil.Control
}

// config is a motor with its controller.
func config(d device, codec *firmware.Codec) hil.Config {
	return hil.Config{
		Watchdog:    time.Minute, // a loaded machine is no stall
		Rate:        1000,
		Plant:       &motor{},
		Sensors:     []hil.Channel{{Name: "speed", Unit: "rad/s", Min: -1000, Max: 1000}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "rad/s"}},
		Actuators:   []hil.Channel{{Name: "voltage", Unit: "V", Min: -24, Max: 24}},
		Connections: []hil.Connection{{Name: "motor", Link: d, Control: d, Codec: codec}},
	}
}

func rig(t testing.TB, d device, codec *firmware.Codec, edit func(*hil.Config)) *hil.Rig {
	t.Helper()
	c := config(d, codec)
	if edit != nil {
		edit(&c)
	}
	r, err := hil.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// stimulus has two pauses, a reset, and a reset within a pause.
func stimulus(t *testing.T) hil.Stimulus {
	t.Helper()
	plan, err := fault.NewPlan(
		fault.Fault{Kind: fault.Pause, Target: "motor", From: 60, For: 15},
		fault.Fault{Kind: fault.Reset, Target: "motor", From: 120},
		fault.Fault{Kind: fault.Pause, Target: "motor", From: 250, For: 20},
		fault.Fault{Kind: fault.Reset, Target: "motor", From: 255},
	)
	if err != nil {
		t.Fatal(err)
	}
	return hil.Stimulus{
		Steps: 400,
		Setpoints: func(t hil.Tick, v []float64) {
			v[0] = 50
			if t.Step >= 200 {
				v[0] = -120
			}
		},
		Faults: plan,
	}
}

// at does something before one step.
type at struct {
	step int64
	do   func() error
}

func (*at) Bind(*hil.Site) error { return nil }
func (a *at) Begin(t hil.Tick) error {
	if t.Step == a.step {
		return a.do()
	}
	return nil
}
func (*at) Sensors(hil.Tick, []float64)   {}
func (*at) Actuators(hil.Tick, []float64) {}
func (*at) End(hil.Tick)                  {}

// TestReplay runs one scenario with its pauses and resets over every link, at several
// speeds, on the emulated board and on the host: each run has the same hash.
func TestReplay(t *testing.T) {
	devices := []struct {
		name   string
		make   func(t *testing.T) device
		speeds []float64
	}{
		{"function", inProcess, []float64{0, 20}},
		{"host", host, []float64{0, 20}},
		{"board", func(t *testing.T) device { return board(t, Config{}) }, []float64{0, 4}},
		{"board by instructions", func(t *testing.T) device { return board(t, Config{InstructionTime: 128}) }, []float64{0}},
	}
	hashes := map[uint64]string{}
	for _, d := range devices {
		t.Run(d.name, func(t *testing.T) {
			under := d.make(t)
			for _, speed := range d.speeds {
				r := rig(t, under, new(firmware.Codec), func(c *hil.Config) { c.Speed = speed; c.Loop.Mode = rt.Portable })
				for range 2 {
					result, err := r.Run(t.Context(), stimulus(t))
					if err != nil {
						t.Fatal(err)
					}
					if result.Steps != 400 || result.Misses.Device != 35 || result.Misses.Rig != 0 {
						t.Errorf("speed %v: %v, want 400 steps and 35 misses of the device, in its pauses", speed, result)
					}
					hashes[result.Hash] += fmt.Sprintf(" %s at speed %v;", d.name, speed)
				}
			}
		})
	}
	if len(hashes) != 1 {
		t.Errorf("the hashes differ: %v", hashes)
	}
}

func inProcess(t *testing.T) device {
	var d firmware.Device
	f, err := link.NewFunction(link.FunctionConfig{
		Answer: d.Feed,
		Reset:  func() { d = firmware.Device{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func host(t *testing.T) device {
	h, err := firmware.NewHost(firmware.HostConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// With a clock that counts instructions, the controller takes the same number of
// cycles in each step of each run.
func TestInstructionTimeIsExact(t *testing.T) {
	var ticks []uint32
	for range 2 {
		var codec firmware.Codec
		s := stimulus(t)
		s.Faults = nil
		s.Setpoints = func(_ hil.Tick, v []float64) { v[0] = 10 } // within the limits: one path through the code
		if result, err := rig(t, board(t, Config{InstructionTime: 128}), &codec, nil).Run(t.Context(), s); err != nil || result.Misses != (hil.Misses{}) {
			t.Fatal(result, err)
		}
		ticks = append(ticks, codec.Fewest, codec.Most)
	}
	if ticks[0] != ticks[2] || ticks[1] != ticks[3] || ticks[0] == 0 {
		t.Errorf("the controller took %d to %d ticks in one run and %d to %d in the next", ticks[0], ticks[1], ticks[2], ticks[3])
	}
	t.Logf("%d to %d ticks", ticks[0], ticks[1])
}

func TestKilledInMidRun(t *testing.T) {
	b := board(t, Config{})
	s := stimulus(t)
	s.Faults = &at{100, func() error {
		unix.Kill(b.PID(), unix.SIGKILL)
		<-b.Ended()
		return nil
	}}
	result, err := rig(t, b, new(firmware.Codec), nil).Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var down *hil.LinkError
	if !errors.As(result.End, &down) || down.At.Step != 100 || down.Channels[0] != "voltage" {
		t.Errorf("%v: nothing says that the device has gone at step 100", result)
	}
	var ended *EndedError
	if err := b.Err(); !errors.As(err, &ended) || ended.Status != "signal: killed" || b.State() != Ended {
		t.Errorf("the board's error is %v, its state %v", err, b.State())
	}
	for _, err := range []error{b.Pause(true), b.Reset()} {
		if !errors.As(err, &ended) {
			t.Errorf("a command to QEMU that has ended: %v", err)
		}
	}
}

// A QEMU that is stopped by a signal stalls the run, which names the channel; it can
// still be ended.
func TestStoppedInMidRun(t *testing.T) {
	var b *Board
	var stall *hil.StallError
	var result *hil.Result
	var err error
	for watchdog := time.Second; ; watchdog *= 4 {
		b = board(t, Config{})
		b.c.Limit = 50 * time.Millisecond // of commands: the start took longer
		s := stimulus(t)
		s.Faults = &at{100, func() error { return unix.Kill(b.PID(), unix.SIGSTOP) }}
		r := rig(t, b, new(firmware.Codec), func(c *hil.Config) { c.Watchdog = watchdog })
		if result, err = r.Run(t.Context(), s); err != nil || !stalledEarly(result, watchdog) {
			break
		}
	}
	if err != nil || !errors.As(result.End, &stall) || stall.Channels[0] != "voltage" || stall.At.Step != 100 {
		t.Errorf("the run: %v, %v", result, err)
	}
	if err := b.Reset(); !errors.Is(err, ErrNoAnswer) || !strings.Contains(err.Error(), "stopped by a signal") || b.State() != Stopped {
		t.Errorf("a command to a stopped QEMU: %v", err)
	}
}

// stalledEarly says that a busy machine has kept QEMU for longer than a short watchdog
// before anything happened to it at step 100.
func stalledEarly(r *hil.Result, watchdog time.Duration) bool {
	var stall *hil.StallError
	return watchdog < time.Minute && errors.As(r.End, &stall) && stall.At.Step < 100
}

// What happens to QEMU in mid-run is a verdict with a name.
func TestVerdicts(t *testing.T) {
	for signal, want := range map[unix.Signal]string{unix.SIGKILL: "link down", unix.SIGSTOP: "stalled"} {
		var report *hil.Report
		for watchdog := time.Second; ; watchdog *= 4 {
			b := board(t, Config{})
			s := stimulus(t)
			s.Faults = &at{100, func() error {
				defer func() {
					if signal == unix.SIGKILL {
						<-b.Ended()
					}
				}()
				return unix.Kill(b.PID(), signal)
			}}
			var err error
			report, err = hil.Scenario{
				Name: "motor", Stimulus: s, Checks: []hil.Check{hil.NoMisses("REQ-1")},
				Rig: func() (hil.Config, error) {
					c := config(b, new(firmware.Codec))
					if signal == unix.SIGSTOP {
						c.Watchdog = watchdog
					}
					return c, nil
				},
			}.Evaluate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !stalledEarly(report.Result, watchdog) {
				break
			}
		}
		if v := report.Verdicts[0]; report.Outcome() != hil.Fail || v.Name != want || !strings.Contains(v.Why, "motor") || !strings.Contains(v.Why, "voltage") {
			t.Errorf("QEMU gets %v: %v", signal, report.Verdicts)
		}
	}
}

// spin is an image whose first instruction jumps to itself.
func spin() []byte {
	const code = 64
	b := make([]byte, 84+code)
	copy(b, "\x7fELF\x01\x01\x01") // 32 bits, little-endian
	le := binary.LittleEndian
	for at, v := range map[int]uint16{16: 2 /* executable */, 18: 40 /* ARM */, 40: 52, 42: 32, 44: 1} {
		le.PutUint16(b[at:], v)
	}
	le.PutUint32(b[20:], 1)
	le.PutUint32(b[28:], 52) // the program header
	for i, v := range []uint32{1 /* load */, 84, 0, 0, code, code, 5, 4} {
		le.PutUint32(b[52+4*i:], v)
	}
	le.PutUint32(b[84:], 0x20001000) // stack
	le.PutUint32(b[88:], 0x41)       // start: address 0x40, Thumb
	le.PutUint16(b[84+0x3C:], 0xBF00)
	b = append(b, 0xFE, 0xE7) // at 0x40: b .
	le.PutUint32(b[52+16:], code+2)
	le.PutUint32(b[52+20:], code+2)
	return b
}

func TestFirmwareInAnEndlessLoop(t *testing.T) {
	b := board(t, Config{Image: spin(), Started: firmware.Started})
	r := rig(t, b, new(firmware.Codec), func(c *hil.Config) { c.Ready = 20 * time.Millisecond })
	if _, err := r.Run(t.Context(), stimulus(t)); !errors.Is(err, hil.ErrNotReady) || !strings.Contains(err.Error(), "connection motor") {
		t.Errorf("the run: %v", err)
	}
	// The limit of commands is short, unless a busy machine keeps QEMU itself longer.
	for b.c.Limit = 100 * time.Millisecond; ; b.c.Limit *= 10 {
		err := b.Reset()
		if errors.Is(err, ErrNoAnswer) && b.c.Limit < time.Minute {
			continue
		}
		if !errors.Is(err, ErrNotStarted) || b.State() != Running {
			t.Errorf("a reset: %v; state %v", err, b.State())
		}
		return
	}
}

func TestFirmwareOfOnesOwnNeedsNoAnnouncement(t *testing.T) {
	b := board(t, Config{Image: spin()})
	if err := errors.Join(b.Reset(), b.Pause(true), b.Pause(true), b.Reset()); err != nil {
		t.Error(err)
	}
	if b.State() != Paused {
		t.Errorf("state %v", b.State())
	}
	if err := b.Pause(false); err != nil || b.State() != Running {
		t.Errorf("%v, state %v", err, b.State())
	}
}

func TestQEMUThatRefuses(t *testing.T) {
	b := board(t, Config{})
	var refused *CommandError
	if err := b.answer("dance", b.monitor.do("dance", time.Minute)); !errors.As(err, &refused) || refused.Class != "CommandNotFound" {
		t.Errorf("an unknown command: %v", err)
	}
	if errors.Join(b.Close(), b.Close(), b.Err()) != nil {
		t.Error("closing twice is an error")
	}
	if b.Pause(true) != ErrClosed || b.Reset() != ErrClosed {
		t.Error("a closed board takes commands")
	}
	if _, err := b.Receive(hil.Tick{}, make([]byte, 20), 0); err != hil.ErrDown {
		t.Errorf("a closed board: %v", err)
	}

	_, err := Start(t.Context(), Config{Machine: "toaster"})
	var ended *EndedError
	if !errors.As(err, &ended) || !strings.Contains(err.Error(), "unsupported machine") {
		t.Errorf("an unknown machine: %v", err)
	}
}

func TestQEMUThatDoesNotAnswer(t *testing.T) {
	t.Setenv("MEMKIT_QEMU_TEST", "mute")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{Program: program, Limit: 20 * time.Millisecond})
	if !errors.Is(err, ErrNoAnswer) {
		t.Errorf("a mute program: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Config{Program: program}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, Config{Program: program}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a context that ends: %v", err)
	}
}

func TestNoQEMU(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Start(t.Context(), Config{}); !errors.Is(err, ErrNotInstalled) || !errors.Is(err, exec.ErrNotFound) || !strings.Contains(err.Error(), "apt-get install qemu-system-arm") {
		t.Errorf("without QEMU: %v", err)
	}
	if _, err := Start(t.Context(), Config{Program: "/nonexistent/qemu"}); !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "/nonexistent/qemu") {
		t.Errorf("with a Program that is not there: %v", err)
	}
	if _, err := Start(t.Context(), Config{Program: "/dev/null"}); err == nil {
		t.Error("/dev/null is started")
	}
}

// QEMU ends with a rig that is killed.
func TestNoOrphan(t *testing.T) {
	if _, err := exec.LookPath(defaultProgram); err != nil {
		t.Skip(ErrNotInstalled)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "MEMKIT_QEMU_TEST=rig")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(text, err)
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Skip("pidfd_open: ", err)
	}
	defer unix.Close(fd)
	cmd.Process.Kill()
	cmd.Wait()
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 5000); n != 1 {
		t.Errorf("QEMU, process %d, runs on without its rig: %v", pid, err)
		unix.Kill(pid, unix.SIGKILL)
	}
}

// A burst that is longer than the UART's FIFO and the firmware's ring loses no frame.
func TestBurst(t *testing.T) {
	burst(t, started(t), 1)
}

// started is a board that takes frames: those that come before its firmware has started
// are lost.
func started(t *testing.T) *Board {
	t.Helper()
	b := board(t, Config{})
	if err := b.Reset(); err != nil {
		t.Fatal(err)
	}
	return b
}

// A thousand bursts, in which each byte's interrupt meets the main loop elsewhere.
func TestSoakBursts(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("a thousand bursts take long; MEMKIT_SOAK=1 (make soak) runs them")
	}
	b := started(t)
	for i := range 1000 {
		burst(t, b, uint32(i*64+1))
	}
}

// burst sends 64 frames at once and receives their answers, in order.
func burst(t *testing.T, b *Board, first uint32) {
	t.Helper()
	const frames = 64
	frame, answer := make([]byte, firmware.FrameSize), make([]byte, firmware.FrameSize)
	for i := range uint32(frames) {
		r := firmware.Request{Head: firmware.Step, Sequence: first + i}
		r.Put(frame)
		if err := b.Send(hil.Tick{}, frame); err != nil {
			t.Fatal(err)
		}
	}
	var r firmware.Reply
	for i := range uint32(frames) {
		if _, err := b.Receive(hil.Tick{}, answer, rt.Now()+int64(10*time.Second)); err != nil {
			t.Fatalf("answer %d of the burst from %d: %v; the board is %v", i, first, err, b.State())
		}
		switch {
		case !r.Parse(answer) || r.Refused != 0:
			t.Fatalf("answer %d is % x", i, answer)
		case r.Sequence != first+i:
			t.Fatalf("answer %d is to %d", i, r.Sequence)
		}
	}
	if b.Lost() != 0 {
		t.Errorf("%d frames were lost", b.Lost())
	}
}

func TestExchangeAllocatesNothing(t *testing.T) {
	b := started(t)
	frame, answer := make([]byte, firmware.FrameSize), make([]byte, firmware.FrameSize)
	sequence := uint32(0)
	if n := testing.AllocsPerRun(50, func() {
		sequence++
		r := firmware.Request{Head: firmware.Step, Sequence: sequence}
		r.Put(frame)
		if b.Send(hil.Tick{}, frame) != nil {
			t.Fatal("send")
		}
		if _, err := b.Receive(hil.Tick{}, answer, rt.Now()+int64(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations an exchange", n)
	}
}

func TestPolicy(t *testing.T) {
	b, err := Start(t.Context(), Config{Policy: rt.FIFO(10)})
	var refused *rt.PrivilegeError
	if errors.Is(err, ErrNotInstalled) || errors.As(err, &refused) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	attr, err := unix.SchedGetAttr(b.PID(), 0)
	if err != nil || attr.Policy != unix.SCHED_FIFO || attr.Priority != 10 {
		t.Errorf("QEMU runs under %+v, %v", attr, err)
	}
}
