package guard

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/bus"
)

// Controller is the controlled side of a guard: the heartbeat, and the port to the
// actuator. Make one with [Connect]. Beat and the methods of [bus.Port] belong to the
// loop's goroutine; Rearm and Trip may be called from another one.
type Controller struct {
	sys    *system
	arm    func(ctx context.Context) (*arming, error)
	hangUp func() error

	mu     sync.Mutex
	closed bool
	old    []*arming // whose memory a loop may still touch
	now    atomic.Pointer[arming]
}

// arming is what a controller has of one arming.
type arming struct {
	cells   *cells
	hand    *bus.Memory // nil with a socket
	socket  bus.Port
	wake    int
	silence int
	safe    []byte
	release func() error

	// The loop's own.
	seen   uint64 // the guard's beat
	silent int
	lost   bool
}

var _ bus.Port = (*Controller)(nil)

// Beat says that the controller is alive. Call it once in every period, when what the
// period had to do has been done. From the first call on, the guard trips when the beat
// stays away for Config.Silence periods.
//
// The error is ErrTripped when the guard has driven the safe state, or ErrGuardGone when
// the guard itself has not beaten for Config.Silence calls; the safe frame has then been
// sent, where the controller has a socket, and nothing more can be sent. In both cases
// the loop should end.
//
// Cost: O(1); two system calls when the guard is found gone. Allocates: no. Blocks: no.
// Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Controller) Beat() error {
	g := c.now.Load()
	g.cells.beat.Add(1)
	if g.lost {
		return ErrGuardGone
	}
	if g.cells.reason.Load() != uint32(Armed) {
		return ErrTripped
	}
	if beat := g.cells.guard.Load(); beat != g.seen {
		g.seen, g.silent = beat, 0
		return nil
	}
	if g.silent++; g.silent < g.silence {
		return nil
	}
	g.lost = true
	if g.socket != nil {
		if len(g.safe) > 0 {
			g.socket.Send(g.safe)
		}
		c.sys.shutdown(g.socket.FD())
	}
	return ErrGuardGone
}

// Trip is why the guard has driven the safe state; its Reason is Armed when it has not.
func (c *Controller) Trip() Trip { return c.now.Load().cells.trip() }

// Rearm asks the guard to arm this controller again after a trip. It gets a new socket or
// new memory, and the frames queued in the old one are discarded. The next beat is due within
// Config.FirstBeat. Errors: [ErrBusy] when it has not tripped, [ErrGuardGone].
func (c *Controller) Rearm(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return errkind.Errorf(bus.ErrDown, "guard: Rearm after Close; connect again")
	}
	g, err := c.arm(ctx)
	if err != nil {
		return err
	}
	c.old = append(c.old, c.now.Swap(g))
	return nil
}

// Send sends a frame: on the controller's socket, or into the hand-over to the guard. It
// returns bus.ErrDown after a trip.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Controller) Send(frame []byte) error {
	g := c.now.Load()
	if g.socket != nil {
		return g.socket.Send(frame)
	}
	if g.lost || g.cells.reason.Load() != uint32(Armed) {
		return bus.ErrDown
	}
	err := g.hand.Send(frame)
	if err == nil {
		c.sys.raise(g.wake)
	}
	return err
}

// Receive takes the oldest frame that has arrived. Where the guard hands frames over,
// its time is the one that the guard's port gave, or when the guard took it.
//
// Cost: one system call at most. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Controller) Receive(frame []byte) (n int, at int64, err error) {
	g := c.now.Load()
	if g.socket != nil {
		return g.socket.Receive(frame)
	}
	return g.hand.Receive(frame)
}

// Dropped is the port's.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *Controller) Dropped() uint64 {
	if g := c.now.Load(); g.socket != nil {
		return g.socket.Dropped()
	}
	return 0
}

// FD is the controller's socket, −1 where the guard hands frames over. It is another one
// after Rearm.
func (c *Controller) FD() int {
	if g := c.now.Load(); g.socket != nil {
		return g.socket.FD()
	}
	return -1
}

// Close releases the controller in good order, when its loop has ended. The guard drives
// the safe state: the actuator is without control. A second Close returns nil.
func (c *Controller) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	err := c.hangUp()
	closed := &arming{cells: new(cells), hand: new(bus.Memory), wake: -1, release: func() error { return nil }}
	closed.cells.reason.Store(uint32(Released))
	for _, g := range append(c.old, c.now.Swap(closed)) {
		err = errors.Join(err, g.release())
	}
	return err
}
