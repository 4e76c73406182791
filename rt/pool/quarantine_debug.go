//go:build rtdebug

package pool

import (
	"sync"

	"github.com/memkit-go/memkit/internal/atomics"
)

// quarantine keeps the slots that were given back last to a [Shared] pool off its
// free list, first in, first out. The mutex makes a debug build blocking.
type quarantine struct {
	mutex sync.Mutex
	slots []uint32
}

// quarantined is the most slots that a quarantine keeps.
const quarantined = 16

// detain puts slot i into quarantine and the one that it replaces, if any, on
// the free list.
func (s *Shared[T]) detain(i uint32) {
	q := &s.watch.quarantine
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.slots = append(q.slots, i)
	if len(q.slots) > quarantined {
		s.discharge()
	}
}

// relieve puts a slot on the free list, if the list is empty and there is one in
// quarantine, and reports whether the list has one. Slots change places under
// the mutex only, so false means that all were in use.
func (s *Shared[T]) relieve() bool {
	q := &s.watch.quarantine
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if s.top.Load()&s.mask != 0 {
		return true
	}
	if len(q.slots) == 0 {
		return false
	}
	s.discharge()
	return true
}

// discharge moves the longest detained slot to the free list.
func (s *Shared[T]) discharge() {
	q := &s.watch.quarantine
	s.push(q.slots[0])
	q.slots = append(q.slots[:0], q.slots[1:]...)
}

// push is the end of a release's Put.
func (s *Shared[T]) push(i uint32) {
	for {
		top := s.top.Load()
		atomics.StoreRelease32(&s.link[i], uint32(top&s.mask))
		if s.top.CompareAndSwap(top, (top|s.mask)+1|uint64(i+1)) {
			return
		}
	}
}

// emptyQuarantine empties the quarantine.
func (s *Shared[T]) emptyQuarantine() {
	q := &s.watch.quarantine
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for len(q.slots) > 0 {
		s.discharge()
	}
}
