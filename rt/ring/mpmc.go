package ring

import (
	"errors"
	"fmt"
)

// MPMC is a bounded queue for any number of producers and consumers, goroutines or
// processes. No goroutine waits inside Push or Pop.
//
// It is not lock-free. A producer claims a position first and fills it after;
// one that is stopped in between hides every later message from the consumers,
// and a stopped consumer makes its slot look full to the producers, so Push may
// refuse although the queue is not full, and Pop may find nothing although it is
// not empty. That is the price of one compare-and-swap an operation. On a
// real-time thread use it only where losing such a race to a preempted peer is
// acceptable; one [SPSC] for each pair of peers has no such case.
//
// An MPMC value is one member of the queue; its methods may be called by many
// goroutines.
type MPMC[T any] struct {
	header *header
	slots  mpmcSlots[T]
	enter  *uint64 // position that the next Push claims
	leave  *uint64 // position that the next Pop claims
	member *side
	epoch  uint32
}

// mpmcSlot is one message. sequence is 2p while the slot awaits the message of
// position p and 2p+1 while it holds it. (Vyukov's p and p+1 are ambiguous in a
// queue of capacity 1, where p+1 is also the next position of the slot.)
type mpmcSlot[T any] struct {
	sequence uint64
	value    T
}

// maxMembers is the number of MPMC values that can be attached to one queue.
const maxMembers = 32

// MPMCSize returns the bytes of region that an [MPMC] for at least capacity
// elements needs, or 0 when there is no such ring.
func MPMCSize[T any](capacity int) int {
	n, err := checkCapacity[T](kindMPMC, capacity)
	if err != nil {
		return 0
	}
	return int(mpmcSize[T](n))
}

// CreateMPMC makes region an empty queue for at least capacity elements, the next
// power of two, and joins it. region must hold [MPMCSize] bytes, aligned to 64, and
// T must not hold Go pointers. The content of the region is overwritten.
func CreateMPMC[T any](region []byte, capacity int) (*MPMC[T], error) {
	n, err := checkCapacity[T](kindMPMC, capacity)
	if err != nil {
		return nil, err
	}
	h, err := create[T](kindMPMC, region, n, mpmcSize[T](n), mpmcReset[T])
	if err != nil {
		return nil, err
	}
	return join[T](h, n)
}

// AttachMPMC joins the queue that [CreateMPMC] made in region, usually in another
// process; messages in it stay. A region that holds something else is refused
// with a [*LayoutError]. A queue has at most 32 members, those of dead processes
// not counted.
func AttachMPMC[T any](region []byte) (*MPMC[T], error) {
	h, n, err := attach[T](kindMPMC, region, mpmcSize[T])
	if err != nil {
		return nil, err
	}
	return join[T](h, n)
}

func join[T any](h *header, capacity uint64) (*MPMC[T], error) {
	q := mpmcView[T](h, capacity)
	for i := range mpmcMembers(h) {
		member := &mpmcMembers(h)[i]
		epoch, err := member.claim(fmt.Sprintf("member %d", i))
		if errors.Is(err, ErrHeld) {
			continue
		}
		q.member, q.epoch = member, epoch
		return q, nil
	}
	return nil, fmt.Errorf("%w: %d; close one", ErrMembers, maxMembers)
}

// Cap returns the number of elements that the queue holds.
func (q *MPMC[T]) Cap() int { return int(q.slots.mask + 1) }

// Close leaves the queue; the value must not be used any more.
func (q *MPMC[T]) Close() error {
	q.member.close(q.epoch)
	return nil
}

// CheckPeers looks whether the processes of all members still live, and answers
// [ErrAbandoned] once one has died without closing. It may have died in the
// middle of a Push or Pop, so the queue can be stuck: see [MPMC.Repair]. CheckPeers
// makes system calls: call it from an ordinary goroutine.
func (q *MPMC[T]) CheckPeers() error {
	dead := false
	members := mpmcMembers(q.header)
	for i := range members {
		dead = members[i].check() == Abandoned || dead
	}
	if dead {
		return ErrAbandoned
	}
	return nil
}

// Repair makes a queue usable again after a member died. Complete messages stay
// in order, one that was being written is lost, and one that was being read is
// delivered again, before the others. It returns how many were lost.
//
// No other member may use the queue during Repair, which returns [ErrHeld] while
// another member lives. The caller must make sure that no goroutine of this process
// is in Push or Pop.
func (q *MPMC[T]) Repair() (lost int, err error) {
	members := mpmcMembers(q.header)
	for i := range members {
		if m := &members[i]; m != q.member && m.check() == Held {
			return 0, fmt.Errorf("%w: member %d of the queue lives; close it first", ErrHeld, i)
		}
	}
	lost = q.rebuild()
	for i := range members {
		members[i].forget()
	}
	return lost, nil
}
