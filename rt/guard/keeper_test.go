package guard

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/bus"
)

// rig is a keeper on a virtual clock, with a bus and a kernel that write down what
// happens.
type rig struct {
	t      *testing.T
	k      *keeper
	now    int64
	events []string
	timer  uint64 // what the timer has counted
	out    *fakePort
	last   Status
}

// fakePort is a bus that writes the sent frames down.
type fakePort struct {
	name    string
	rig     *rig
	fd      int
	err     error
	answers [][]byte
}

func (p *fakePort) Send(frame []byte) error {
	if p.err != nil {
		return p.err
	}
	p.rig.events = append(p.rig.events, fmt.Sprintf("%s sends %s", p.name, frame))
	return nil
}

func (p *fakePort) Receive(frame []byte) (int, int64, error) {
	if p.err != nil {
		return 0, 0, p.err
	}
	if len(p.answers) == 0 {
		return 0, 0, bus.ErrEmpty
	}
	n := copy(frame, p.answers[0])
	p.answers = p.answers[1:]
	return n, 0, nil
}

func (p *fakePort) Dropped() uint64 { return 0 }
func (p *fakePort) FD() int         { return p.fd }
func (p *fakePort) Close() error    { return nil }

const (
	timerFD  = 100
	epollFD  = 101
	dogFD    = 102
	wakeFD   = 103
	socketFD = 104
	busFD    = 105
)

func newRig(t *testing.T, change func(*settings)) *rig {
	r := &rig{t: t, now: 1_000_000_000}
	set := &settings{UDP: &bus.UDPConfig{}, SafeFrame: []byte("safe"), Period: time.Millisecond, Silence: 4, FirstBeat: 10 * time.Millisecond}
	if change != nil {
		change(set)
	}
	r.out = &fakePort{name: "guard", rig: r, fd: busFD}
	r.k = newKeeper(set, r.system(), r.out, func(s Status) { r.last = s })
	r.k.epoll, r.k.timer = epollFD, timerFD
	return r
}

func (r *rig) system() *system {
	note := func(format string, args ...any) { r.events = append(r.events, fmt.Sprintf(format, args...)) }
	return &system{
		now: func() int64 { return r.now },
		drain: func(fd int) uint64 {
			if fd != timerFD {
				return 1
			}
			n := r.timer
			r.timer = 0
			return n
		},
		raise:    func(fd int) { note("raise %d", fd) },
		shutdown: func(fd int) syscall.Errno { note("shutdown %d", fd); return 0 },
		feed:     func(fd int, b byte) syscall.Errno { note("feed %d %d", fd, b); return 0 },
		watch:    func(_, fd int) error { note("watch %d", fd); return nil },
		forget:   func(_, fd int) { note("forget %d", fd) },
	}
}

// session arms a controller that has a socket, or hands frames over.
func (r *rig) session() (s *session, c *Controller) {
	r.t.Helper()
	s = &session{cells: new(cells), wake: wakeFD, release: func() error { return nil }}
	g := &arming{cells: s.cells, silence: r.k.set.Silence, safe: r.k.set.SafeFrame, wake: wakeFD, release: func() error { return nil }}
	if r.k.relay {
		a, err := arena.New(arena.Config{Size: bus.MemorySize()})
		if err != nil {
			r.t.Fatal(err)
		}
		if s.hand, err = bus.NewMemory(a.Bytes()); err != nil {
			r.t.Fatal(err)
		}
		if g.hand, err = bus.AttachMemory(a.Bytes()); err != nil {
			r.t.Fatal(err)
		}
	} else {
		s.socket = &fakePort{name: "controller", rig: r, fd: socketFD}
		g.socket = s.socket
	}
	c = &Controller{sys: r.k.sys, hangUp: func() error { return nil }}
	c.now.Store(g)
	r.k.next.Store(s)
	return s, c
}

// look lets a period pass and the keeper look, twice.
func (r *rig) look() {
	for range looksAPeriod {
		r.now += int64(r.k.set.lookEvery())
		r.timer = uint64(r.k.polls)
		r.wake()
	}
}

func (r *rig) wake() {
	if err := r.k.step(&rt.Tick{Now: r.now}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) expect(what string, want ...string) {
	r.t.Helper()
	if !slices.Equal(r.events, want) {
		r.t.Errorf("%s: %q, want %q", what, r.events, want)
	}
	r.events = nil
}

// TestSilent: a controller whose beat stays away for Silence looks is revoked first and
// then the safe frame sent, which every later look repeats.
func TestSilent(t *testing.T) {
	r := newRig(t, nil)
	_, c := r.session()
	for range 100 {
		if err := c.Beat(); err != nil {
			t.Fatal(err)
		}
		r.look()
	}
	r.expect("a controller that beats")
	for range 3 {
		r.look()
	}
	r.expect("three looks without a beat")
	r.look()
	r.expect("the fourth", "shutdown 104", "guard sends safe")
	want := Trip{Reason: Silent, At: r.now - 5e5, LastBeat: r.now - 45e5}
	if got := c.Trip(); got != want || r.last.Last != want || want.Detection() != 4*time.Millisecond {
		t.Errorf("%v and %v, want %v", got, r.last.Last, want)
	}
	if err := c.Beat(); err != ErrTripped {
		t.Errorf("Beat after the trip: %v", err)
	}
	r.look()
	r.look()
	r.expect("two looks later", "guard sends safe", "guard sends safe")
	if s := r.last; s.Trips != 1 || s.SafeSent != 3 || s.SafeFailed != 0 || s.Looks != 212 || s.Arms != 1 {
		t.Errorf("%v", s)
	}
}

// TestBeatAnyValue: the beat is another process's: only a change counts, in whatever
// direction.
func TestBeatAnyValue(t *testing.T) {
	r := newRig(t, nil)
	s, _ := r.session()
	for i := range 50 {
		s.cells.beat.Store(uint64(i%2) * ^uint64(0))
		r.look()
	}
	r.expect("beats of any value")
}

// TestLateLook: a guard that was late by many periods has looked once.
func TestLateLook(t *testing.T) {
	r := newRig(t, nil)
	_, c := r.session()
	c.Beat()
	r.look()
	for range 3 {
		r.now += 50e6
		r.timer = 50
		r.wake()
	}
	r.expect("three late looks")
	c.Beat()
	r.look()
	for range 3 {
		r.look()
	}
	r.expect("three looks after a beat")
}

// TestFirstBeat: an armed controller has FirstBeat for its first beat.
func TestFirstBeat(t *testing.T) {
	r := newRig(t, nil)
	_, c := r.session()
	for range 9 {
		r.look()
	}
	r.expect("nine looks")
	r.look()
	r.expect("the tenth", "shutdown 104", "guard sends safe")
	if trip := c.Trip(); trip.Reason != NoFirstBeat || trip.Detection() != 0 {
		t.Errorf("%v", trip)
	}
}

// TestGone: what the server knows trips at the next look, whatever the beat says.
func TestGone(t *testing.T) {
	for _, want := range []Reason{Gone, Released, Unplugged} {
		r := newRig(t, nil)
		s, c := r.session()
		c.Beat()
		r.look()
		s.gone.Store(want == Gone)
		s.released.Store(want == Released)
		r.k.unplugged = want == Unplugged
		c.Beat()
		r.look()
		r.expect(want.String(), "shutdown 104", "guard sends safe")
		if got := r.last.Last.Reason; got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// TestIdle: a guard that has armed no controller sends nothing.
func TestIdle(t *testing.T) {
	r := newRig(t, nil)
	for range 100 {
		r.look()
	}
	r.k.end()
	r.expect("an idle guard")
	if r.last.Last.Reason != Idle {
		t.Errorf("%v", r.last)
	}
}

// TestRearm: a new session is watched anew, and the old controller's words mean nothing.
func TestRearm(t *testing.T) {
	r := newRig(t, nil)
	_, old := r.session()
	old.Beat()
	for range 6 {
		r.look()
	}
	r.events = nil
	_, c := r.session()
	for range 20 {
		old.Beat()
		if err := c.Beat(); err != nil {
			t.Fatal(err)
		}
		r.look()
	}
	r.expect("armed anew")
	for range 4 {
		old.Beat()
		r.look()
	}
	r.expect("only the old one beats", "shutdown 104", "guard sends safe")
	if r.last.Arms != 2 || r.last.Trips != 2 {
		t.Errorf("%v", r.last)
	}
}

func relayed(s *settings) { s.UDP, s.CAN = nil, &bus.CANConfig{} }

// TestForward: where the guard is the only writer it forwards both ways, and after a trip
// nothing.
func TestForward(t *testing.T) {
	r := newRig(t, relayed)
	_, c := r.session()
	r.wake()
	r.expect("armed", "watch 103")
	if err := c.Send([]byte("one")); err != nil {
		t.Fatal(err)
	}
	c.Beat()
	r.out.answers = [][]byte{[]byte("answer")}
	r.wake()
	r.expect("a frame", "raise 103", "guard sends one")
	buffer := make([]byte, 64)
	if n, _, err := c.Receive(buffer); err != nil || string(buffer[:n]) != "answer" {
		t.Errorf("%q, %v", buffer[:n], err)
	}
	r.look()
	for range 4 {
		r.look()
	}
	r.expect("silence", "guard sends safe", "forget 103")
	if err := c.Send([]byte("late")); err != bus.ErrDown {
		t.Errorf("Send after the trip: %v", err)
	}
	// A writer that was stopped before it could see the flag.
	if err := c.now.Load().hand.Send([]byte("late")); err != nil {
		t.Fatal(err)
	}
	r.out.answers = [][]byte{[]byte("answer")}
	r.look()
	r.expect("a frame after the trip", "guard sends safe")
	if _, _, err := c.Receive(buffer); err != bus.ErrEmpty {
		t.Errorf("an answer after the trip: %v", err)
	}
	if s := r.last; s.Forwarded != 1 || s.Discarded != 1 || s.Trips != 1 {
		t.Errorf("%v", s)
	}
}

// TestQueuedAtTrip: frames that were handed over before the trip, and not yet sent, are
// not sent after it; and a new session does not get the old one's answers.
func TestQueuedAtTrip(t *testing.T) {
	r := newRig(t, relayed)
	s, c := r.session()
	r.wake()
	c.Beat()
	r.look()
	r.events = nil
	s.gone.Store(true)
	r.look()
	for i := range 3 {
		c.now.Load().hand.Send([]byte{byte('a' + i)})
	}
	r.out.answers = [][]byte{[]byte("stale")}
	_, next := r.session()
	r.wake()
	r.expect("armed anew", "guard sends safe", "forget 103", "watch 103")
	if _, _, err := next.Receive(make([]byte, 64)); err != bus.ErrEmpty {
		t.Errorf("an old answer reached the new session: %v", err)
	}
}

// TestRefused: a bus that is full refuses, and is counted.
func TestRefused(t *testing.T) {
	r := newRig(t, relayed)
	_, c := r.session()
	r.wake()
	r.out.err = bus.ErrFull
	c.Send([]byte("x"))
	c.Beat()
	r.look()
	for range 4 {
		r.look()
	}
	if s := r.last; s.Refused != 1 || s.SafeFailed != 1 || s.SafeSent != 0 || s.Last.Reason != Silent {
		t.Errorf("%v", s)
	}
	r.out.err = nil
	r.look()
	if s := r.last; s.SafeSent != 1 {
		t.Errorf("the safe frame is not repeated: %v", s)
	}
}

// TestUnplugged: a bus that has gone trips, and its descriptor does not keep the loop
// awake.
func TestUnplugged(t *testing.T) {
	r := newRig(t, relayed)
	_, c := r.session()
	r.wake()
	r.events = nil
	r.out.err = bus.ErrDown
	c.Beat()
	r.wake()
	r.wake()
	r.expect("a bus that has gone", "forget 105")
	r.look()
	if r.last.Last.Reason != Unplugged || r.last.SafeFailed != 1 {
		t.Errorf("%v", r.last)
	}
}

// TestHostileFrames: a controller that writes anything into its memory does not stop the
// guard from looking, and a wake-up forwards a bounded number of frames.
func TestHostileFrames(t *testing.T) {
	r := newRig(t, relayed)
	_, c := r.session()
	r.wake()
	for range 64 {
		c.now.Load().hand.Send(make([]byte, bus.MemoryFrame))
	}
	r.out.answers = make([][]byte, 10_000)
	r.wake()
	if left := len(r.out.answers); left != 10_000-framesAWake {
		t.Errorf("%d answers are left", left)
	}
}

// park is the safe state function of TestSafeState: a name is given once in a program.
var (
	park      func(Trip, bus.Port) error
	parkState = NewSafeState("test.park", func(trip Trip, out bus.Port) error { return park(trip, out) })
)

// TestSafeState: the function is called once a trip, after the frame, with the trip; an
// error and a panic are counted.
func TestSafeState(t *testing.T) {
	var got []Trip
	fail := error(nil)
	park = func(trip Trip, out bus.Port) error {
		got = append(got, trip)
		if fail == nil {
			return out.Send([]byte("park"))
		}
		if fail.Error() == "panic" {
			panic(fail)
		}
		return fail
	}
	for _, c := range []struct {
		err    error
		failed uint64
	}{{nil, 0}, {errors.New("error"), 1}, {errors.New("panic"), 1}} {
		got, fail = nil, c.err
		r := newRig(t, func(s *settings) { s.SafeState = parkState.name })
		_, controller := r.session()
		controller.Beat()
		for range 8 {
			r.look()
		}
		if len(got) != 1 || got[0] != r.last.Last || got[0].Reason != Silent {
			t.Errorf("%v: called with %v, want once with %v", c.err, got, r.last.Last)
		}
		if r.last.SafeFailed != c.failed {
			t.Errorf("%v: %v", c.err, r.last)
		}
		if c.err == nil && r.events[2] != "guard sends park" {
			t.Errorf("%q", r.events)
		}
	}
}

// TestEnd: a guard that ends drives the safe state, and disarms its watchdog.
func TestEnd(t *testing.T) {
	r := newRig(t, nil)
	r.k.dog = dogFD
	_, c := r.session()
	c.Beat()
	r.k.end() // before the loop has adopted the session
	r.expect("the end", "shutdown 104", "guard sends safe", "feed 102 86")
	if r.last.Last.Reason != Stopped || c.Trip().Reason != Stopped {
		t.Errorf("%v", r.last)
	}
}

// TestWatchdog: it is fed ten times a second, and while the guard looks only.
func TestWatchdog(t *testing.T) {
	r := newRig(t, nil)
	r.k.dog = dogFD
	for range 1000 {
		r.look()
	}
	if len(r.events) != 10 {
		t.Errorf("fed %d times in a second", len(r.events))
	}
	r.events = nil
	for range 1000 {
		r.wake()
	}
	r.expect("wake-ups without a look")
}

// TestGuardGone: a guard that does not beat makes the controller send the safe frame
// itself, once, and shut its socket down.
func TestGuardGone(t *testing.T) {
	r := newRig(t, nil)
	_, c := r.session()
	for range 10 {
		c.Beat()
		r.look()
	}
	for range 4 { // the first finds the beat of the last look
		if err := c.Beat(); err != nil {
			t.Fatal(err)
		}
	}
	r.expect("three beats without the guard's")
	for range 3 {
		if err := c.Beat(); err != ErrGuardGone {
			t.Fatal(err)
		}
	}
	r.expect("the fourth", "controller sends safe", "shutdown 104")

	r = newRig(t, relayed)
	_, c = r.session()
	for range 5 {
		c.Beat()
	}
	r.events = nil
	if err := c.Send([]byte("x")); err != bus.ErrDown {
		t.Errorf("Send through a guard that is gone: %v", err)
	}
}

// TestClosed: a controller that is closed answers in every method.
func TestClosed(t *testing.T) {
	for _, change := range []func(*settings){nil, relayed} {
		r := newRig(t, change)
		_, c := r.session()
		for range 2 {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := c.Send([]byte("x")); err != bus.ErrDown {
			t.Errorf("Send: %v", err)
		}
		if _, _, err := c.Receive(make([]byte, 8)); err != bus.ErrDown {
			t.Errorf("Receive: %v", err)
		}
		if err := c.Beat(); err != ErrTripped || c.FD() != -1 || c.Dropped() != 0 || c.Trip().Reason != Released {
			t.Errorf("Beat: %v", err)
		}
		if err := c.Rearm(t.Context()); !errors.Is(err, bus.ErrDown) {
			t.Errorf("Rearm: %v", err)
		}
	}
}

// TestAllocates: neither side allocates, with a frame in both directions.
func TestAllocates(t *testing.T) {
	r := newRig(t, relayed)
	_, c := r.session()
	r.wake()
	r.k.sys.raise, r.out.rig = func(int) {}, &rig{events: make([]string, 0, 1000)}
	r.out.err = bus.ErrFull
	frame := []byte("frame")
	tick := new(rt.Tick)
	if n := testing.AllocsPerRun(100, func() {
		c.Beat()
		c.Send(frame)
		r.timer = 1
		r.k.step(tick)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
