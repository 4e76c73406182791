package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/isolate"
)

// run is the guard's process.
func run(c *isolate.Child) (err error) {
	var set settings
	if len(c.Args) != 1 || json.Unmarshal([]byte(c.Args[0]), &set) != nil {
		return errors.New("guard: settings from the parent cannot be read")
	}
	status, err := statuses.Writer(c)
	if err != nil {
		return err
	}
	p := &process{set: &set}
	defer func() { err = errors.Join(err, p.close()) }()
	if err := p.open(status.Store); err != nil {
		return err
	}
	cpu := rt.AnyCPU
	if set.CPU >= 0 {
		cpu = rt.OnCPU(set.CPU)
	}
	loop, err := c.NewLoop(rt.LoopConfig{
		Name: "guard", Period: set.Period, Mode: set.Mode, Policy: set.Policy, CPU: cpu,
		Trigger: rt.Readable(p.keeper.epoll, 0),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	served := make(chan struct{})
	go func() {
		defer close(served)
		p.server.serve()
	}()
	go func() {
		<-c.Context().Done()
		if errors.Is(context.Cause(c.Context()), isolate.ErrOrphaned) {
			p.awaitController()
		}
		cancel()
	}()
	err = loop.Run(ctx, p.keeper.step)
	p.keeper.end()
	p.server.stop()
	<-served
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// orphanWait is how long a guard whose parent is gone lets the controller bring things
// to rest: half a second less than rt/isolate leaves to both.
const orphanWait = 1500 * time.Millisecond

// awaitController waits until no controller is armed.
func (p *process) awaitController() {
	for end := time.Now().Add(orphanWait); p.keeper.state.Load() == uint32(Armed) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// process is all that the guard's process has open.
type process struct {
	set    *settings
	keeper *keeper
	server *server
	device *arena.Arena // of the memory bus
	undo   []func() error
}

func (p *process) later(f func() error) { p.undo = append(p.undo, f) }

func (p *process) close() (err error) {
	for i := len(p.undo) - 1; i >= 0; i-- {
		err = errors.Join(err, p.undo[i]())
	}
	p.undo = nil
	return err
}

// open opens the bus to the actuator and the descriptors that wake the loop.
func (p *process) open(publish func(Status)) error {
	if p.set.SafeState != "" && safeStateNamed(p.set.SafeState) == nil {
		return configError("Config.SafeState", p.set.SafeState, "the guard's process knows no such safe state", "call NewSafeState at package level, so that it runs there too")
	}
	out, err := p.openOut()
	if err != nil {
		return err
	}
	p.later(out.Close)
	k := newKeeper(p.set, &host, out, publish)
	p.keeper = k
	if k.epoll, err = p.descriptor(unix.EpollCreate1(unix.EPOLL_CLOEXEC)); err != nil {
		return fmt.Errorf("guard: epoll: %w", err)
	}
	if k.timer, err = p.descriptor(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)); err != nil {
		return fmt.Errorf("guard: timerfd: %w", err)
	}
	every := unix.NsecToTimespec(int64(p.set.lookEvery()) / int64(k.polls))
	if err := unix.TimerfdSettime(k.timer, 0, &unix.ItimerSpec{Interval: every, Value: every}, nil); err != nil {
		return fmt.Errorf("guard: timerfd: %w", err)
	}
	wakers := []int{k.timer}
	if k.relay && out.FD() >= 0 {
		wakers = append(wakers, out.FD())
	}
	for _, fd := range wakers {
		if err := host.watch(k.epoll, fd); err != nil {
			return fmt.Errorf("guard: epoll: %w", err)
		}
	}
	if p.set.Watchdog != "" {
		if k.dog, err = p.descriptor(unix.Open(p.set.Watchdog, unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)); err != nil {
			return fmt.Errorf("%w: Config.Watchdog is %s: %w; load its driver, or leave it empty", ErrNoWatchdog, p.set.Watchdog, err)
		}
	}
	p.server, err = newServer(p.set.Address, k, p.newSession, p.device)
	if err != nil {
		return err
	}
	p.later(p.server.close)
	return nil
}

// descriptor keeps fd to be closed.
func (p *process) descriptor(fd int, err error) (int, error) {
	if err != nil {
		return -1, err
	}
	p.later(func() error { return unix.Close(fd) })
	return fd, nil
}

// openOut opens what the safe frame is sent on; where frames are handed over, that is
// the bus itself.
func (p *process) openOut() (bus.Port, error) {
	s := p.set
	switch {
	case s.UDP != nil:
		return bus.OpenUDP(bus.UDPConfig{Local: s.SafeLocal, Remote: s.UDP.Remote})
	case s.Unix != nil:
		local := s.SafeLocal
		if local == "" {
			local = s.Unix.Local + ".safe"
		}
		return bus.OpenUnix(bus.UnixConfig{Local: local, Remote: s.Unix.Remote})
	case s.Serial != nil:
		return bus.OpenSerial(*s.Serial)
	case s.CAN != nil:
		return bus.OpenCAN(*s.CAN)
	}
	a, err := arena.New(arena.Config{Size: bus.MemorySize(), Name: "guard bus", Shared: true, NoLock: true})
	if err != nil {
		return nil, errkind.Wrapf(err, "arena", "guard: memory of the bus")
	}
	p.later(a.Close)
	p.device = a
	return bus.NewMemory(a.Bytes())
}

// newSession prepares an arming: memory, and a socket for the controller or an eventfd
// by which it wakes the loop. The files are for the controller.
func (p *process) newSession(before *session) (s *session, files []int, err error) {
	a, err := arena.New(arena.Config{Size: sessionBytes(), Name: "guard session", Shared: true, NoLock: true})
	if err != nil {
		return nil, nil, errkind.Wrapf(err, "arena", "guard: memory of a session")
	}
	s = &session{cells: cellsAt(a.Bytes()), wake: -1}
	undo := []func() error{a.Close}
	s.release = func() (err error) {
		for _, f := range undo {
			err = errors.Join(err, f())
		}
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if p.set.sockets() {
		if before != nil && before.socket != nil {
			// The address must be free of the old socket, also while a stopped process
			// holds it: a socket without a peer does not get the device's datagrams.
			disconnect(before.socket.FD())
		}
		if s.socket, err = p.openSocket(before); err != nil {
			return nil, nil, err
		}
		undo = append(undo, s.socket.Close)
		return s, []int{a.FD(), s.socket.FD()}, nil
	}
	if s.hand, err = bus.NewMemory(a.Bytes()[cellBytes:]); err != nil {
		return nil, nil, err
	}
	if s.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, nil, fmt.Errorf("guard: eventfd: %w", err)
	}
	undo = append(undo, func() error { return unix.Close(s.wake) })
	return s, []int{a.FD(), s.wake}, nil
}

// openSocket opens the socket that the controller gets.
func (p *process) openSocket(before *session) (bus.Port, error) {
	if p.set.UDP != nil {
		c := *p.set.UDP
		c.Share = true
		return bus.OpenUDP(c)
	}
	if before != nil && before.socket != nil {
		before.socket.Close() // and its file
	}
	port, err := bus.OpenUnix(*p.set.Unix)
	if err != nil {
		return nil, err
	}
	if err := unix.Connect(port.FD(), &unix.SockaddrUnix{Name: p.set.Unix.Remote}); err != nil {
		return nil, errors.Join(fmt.Errorf("guard: the device at %s: %w; start it before the controller is armed", p.set.Unix.Remote, err), port.Close())
	}
	return port, nil
}
