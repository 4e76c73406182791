package guard

import (
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
)

// keeper is the part of the guard that runs on its loop's thread. It alone writes to the
// bus, and decides.
type keeper struct {
	set   *settings
	sys   *system
	out   bus.Port // for the safe frame; where frames are handed over, for all frames
	relay bool     // frames are handed over
	call  *SafeState
	polls int // of the timer, between two looks

	epoll, timer, dog int // descriptors; dog is −1 without a watchdog

	// Between the server and the loop.
	next    atomic.Pointer[session] // to be adopted
	adopted atomic.Pointer[session] // current
	state   atomic.Uint32           // the Reason

	// The loop's own.
	current   *session
	monitor   monitor
	ticks     uint64
	fed       int // looks until the watchdog is fed
	sent      int // looks since the safe frame was
	unplugged bool
	status    Status
	publish   func(Status)
	buffer    [bus.MemoryFrame + 16]byte
}

// framesAWake bounds the frames of one way that one wake-up forwards: all that a
// hand-over holds.
const framesAWake = 64

func newKeeper(set *settings, sys *system, out bus.Port, publish func(Status)) *keeper {
	k := &keeper{
		set: set, sys: sys, out: out, relay: !set.sockets(), call: safeStateNamed(set.SafeState),
		polls: set.polls(), epoll: -1, timer: -1, dog: -1, publish: publish,
	}
	k.status.Last.Reason = Idle
	k.state.Store(uint32(Idle))
	return k
}

// polls is how often the loop wakes between two looks: more than once where nothing says
// that an answer has arrived.
func (s *settings) polls() int {
	if s.Memory {
		return 2
	}
	return 1
}

// looksAPeriod is how often the guard looks in a period. With two a silence is found at
// most half a period after it has lasted long enough, which leaves the other half for
// wake-ups that are late.
const looksAPeriod = 2

// lookEvery is the time between two looks.
func (s *settings) lookEvery() time.Duration { return s.Period / looksAPeriod }

// step is the loop's step: something has become readable.
//
// Cost: O(128 frames) and a system call for each. Allocates: no. Blocks: no, but for the
// safe state's function. Caller: owner.
//
//rt:nonallocating
//rt:bound 128 frames
func (k *keeper) step(t *rt.Tick) error {
	k.ticks += k.sys.drain(k.timer)
	k.adopt()
	k.forward()
	if k.ticks < uint64(k.polls) {
		return nil
	}
	k.ticks = 0 // a loop that was late looks once
	if r := k.look(t.Now); r != Armed {
		k.trip(r)
		if k.call != nil {
			t.Syscall(k.callSafeState)
		}
	}
	k.feed()
	k.publish(k.status)
	return nil
}

// adopt arms the controller that the server has prepared. What the bus has received
// before is discarded.
func (k *keeper) adopt() {
	if k.next.Load() == nil {
		return
	}
	s := k.next.Swap(nil)
	if s == nil {
		return // the server has given up
	}
	if k.relay {
		for range framesAWake {
			if _, _, err := k.out.Receive(k.buffer[:]); err != nil && err != bus.ErrSize {
				break
			}
		}
		_ = k.sys.watch(k.epoll, s.wake) // without it each look still forwards
	}
	k.current = s
	k.monitor = monitor{silence: looksAPeriod * k.set.Silence, first: int(k.set.FirstBeat / k.set.lookEvery())}
	k.status.Arms++
	k.status.Last = Trip{Reason: Armed}
	k.state.Store(uint32(Armed))
	k.adopted.Store(s)
}

func (k *keeper) armed() bool { return k.status.Last.Reason == Armed }

// forward moves the frames that are handed over, both ways. After a trip it takes and
// discards them.
func (k *keeper) forward() {
	if !k.relay {
		return
	}
	s := k.current
	if s != nil {
		k.sys.drain(s.wake)
		for range framesAWake {
			n, _, err := s.hand.Receive(k.buffer[:bus.MemoryFrame])
			if err == bus.ErrSize {
				k.status.Malformed++
				continue
			}
			if err != nil {
				break
			}
			switch {
			case !k.armed():
				k.status.Discarded++
			case k.out.Send(k.buffer[:n]) != nil:
				k.status.Refused++
			default:
				k.status.Forwarded++
			}
		}
	}
	for range framesAWake {
		n, at, err := k.out.Receive(k.buffer[:])
		if err == bus.ErrSize {
			continue
		}
		if err == bus.ErrDown && !k.unplugged {
			// Its descriptor stays readable, and would wake the loop without end.
			k.unplugged = true
			k.sys.forget(k.epoll, k.out.FD())
		}
		if err != nil {
			return
		}
		if s != nil && k.armed() && n <= bus.MemoryFrame {
			if at == 0 {
				at = k.sys.now()
			}
			s.hand.SendAt(k.buffer[:n], at) // one that does not take its answers loses them
		}
	}
}

// look is one look at the controller, and returns why to trip. While it has tripped it
// repeats the safe frame.
func (k *keeper) look(now int64) Reason {
	k.status.Looks++
	s := k.current
	if s == nil {
		return Armed
	}
	s.cells.guard.Store(k.status.Looks)
	if !k.armed() {
		if k.sent++; k.sent == looksAPeriod {
			k.sendSafe()
		}
		return Armed
	}
	r := k.monitor.look(s.cells.beat.Load())
	if k.monitor.begun && k.monitor.silent == 0 {
		k.status.Last.LastBeat = now
	}
	switch {
	case s.released.Load():
		return Released
	case s.gone.Load():
		return Gone
	case k.unplugged:
		return Unplugged
	}
	return r
}

// trip revokes the controller's access to the actuator, and then sends the safe frame.
func (k *keeper) trip(r Reason) {
	s := k.current
	if s.socket != nil {
		k.sys.shutdown(s.socket.FD())
	}
	k.status.Last.Reason, k.status.Last.At = r, k.sys.now()
	k.status.Trips++
	s.cells.publish(k.status.Last)
	if line, ok := k.out.(*bus.Serial); ok {
		line.Discard()
	}
	k.sendSafe()
	k.state.Store(uint32(r))
	if k.relay {
		k.sys.forget(k.epoll, s.wake) // a controller that sends without end wakes it no more
	}
}

// sendSafe sends the safe frame, if there is one.
func (k *keeper) sendSafe() {
	k.sent = 0
	if len(k.set.SafeFrame) == 0 {
		return
	}
	if k.out.Send(k.set.SafeFrame) != nil {
		k.status.SafeFailed++
		return
	}
	k.status.SafeSent++
}

func (k *keeper) callSafeState() error {
	err := k.call.guarded(k.status.Last, k.out)
	if err != nil {
		k.status.SafeFailed++
	}
	return err
}

// feedsASecond is how often the watchdog is fed; the shortest timeout that such devices
// take is a second.
const feedsASecond = 10

// feed feeds the watchdog.
func (k *keeper) feed() {
	if k.dog < 0 {
		return
	}
	if k.fed--; k.fed <= 0 {
		k.fed = max(1, int(time.Second/feedsASecond/k.set.lookEvery()))
		k.sys.feed(k.dog, 0)
	}
}

// end is the last that the guard does, when its loop has ended: the safe state, and an
// end of the watchdog in good order.
func (k *keeper) end() {
	k.adopt()
	if k.current != nil && k.armed() {
		k.trip(Stopped)
		if k.call != nil {
			k.callSafeState()
		}
	}
	if k.dog >= 0 {
		k.sys.feed(k.dog, 'V') // the drivers' sign of an intended end
	}
	k.publish(k.status)
}
