package async

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/debug"
)

// items are a fixed number of slots and the goroutines that wait for one: what
// pools and frames are made of.
//
// One free slot at a time is open: the one that was released last. Its release and
// its next acquire are one compare-and-swap each, of its state; front tells which slot
// it is. Front is a hint that is stored plainly. When two releases open a slot at one
// time, front forgets one, which search finds. Further free slots form a stack
// (Treiber, Systems Programming: Coping with Parallelism, 1986), whose top carries a
// count of its changes, so that a slot that left and came back is told from one that
// stayed.
//
// Waiters stand in a queue under mu. No wake-up is lost:
//
//	a waiter enters the queue (waiting > 0), then looks for a slot again, then parks;
//	a release frees its slot, then looks at waiting, then wakes.
//
// Whichever comes second sees the other's first step.
type items struct {
	top     atomics.Uint64 // changes (32 bits) | index+1 of the first free slot, 0 for none
	_       [56]byte
	waiting uint64 // length of the queue | closedMark; loaded by anyone, stored under mu
	front   uint64 // index+1 of the slot that was opened last, or 0
	slots   []slot
	window  time.Duration // Window, except in tests
	// onRelease and onEvict, when set, are called with a slot that no handle names.
	onRelease, onEvict func(*slot)

	mu     sync.Mutex
	passes uint64 // through lock, counted when an explorer runs
	queue  waitQueue
	idle   list[slot, *slot] // evictable slots, least recently used first
	closed bool
	// acquiredAt is by slot, in debug builds.
	acquiredAt []debug.Site
	gone       int // slots released after Close

	waits, cancelled, refused, evicted uint64
	longest                            time.Duration
}

// closedMark in waiting takes every release to the slow path.
const closedMark = 1 << 32

func (p *items) init(n int) {
	p.window = Window
	p.slots = make([]slot, n)
	for i := range p.slots {
		s := &p.slots[i]
		s.items, s.index = p, uint32(i)
		s.link = uint64(i + 2)
	}
	p.slots[n-1].link = 0
	p.top.Store(1)
	if debug.Enabled {
		p.acquiredAt = make([]debug.Site, n)
	}
}

// lock locks mu. To an explorer of orders the whole section is one step: within it,
// at most one word that is read without the lock changes.
func (p *items) lock() {
	if atomics.Explored {
		atomics.Add(&p.passes, 1)
	}
	p.mu.Lock()
}

// take takes the open slot or one from the stack, and returns it with the state of
// its handle, or nil.
func (p *items) take() (*slot, uint64) {
	if f := atomics.Load(&p.front); f != 0 {
		s := &p.slots[f-1]
		if state := atomics.Load(&s.state); state&stateMask == open && s.claim(state) {
			return s, state - open + held
		}
	}
	if s := p.pop(); s != nil {
		return s, s.hold()
	}
	return nil, 0
}

// search is take that also finds open slots that front forgot. It looks at each slot.
func (p *items) search() (*slot, uint64) {
	s, state := p.take()
	for i := 0; s == nil && i < len(p.slots); i++ {
		x := &p.slots[i]
		if now := atomics.Load(&x.state); now&stateMask == open && x.claim(now) {
			s, state = x, now-open+held
		}
	}
	return s, state
}

// open frees a held slot as the open one, unless there is one or a goroutine waits,
// and reports whether it did. The handle must be current.
func (p *items) open(s *slot, state uint64) bool {
	if atomics.Load(&p.waiting) != 0 {
		return false
	}
	if f := atomics.Load(&p.front); f != 0 && f != uint64(s.index+1) && atomics.Load(&p.slots[f-1].state)&stateMask == open {
		return false
	}
	if !atomics.CompareAndSwap(&s.state, state, state&^stateMask+generation|open) {
		return false
	}
	atomics.StoreRelease(&p.front, uint64(s.index+1))
	if atomics.Load(&p.waiting) != 0 {
		p.wake()
	}
	return true
}

// pop takes a slot from the stack, or returns nil.
func (p *items) pop() *slot {
	for {
		top := p.top.Load()
		i := uint32(top)
		if i == 0 {
			return nil
		}
		s := &p.slots[i-1]
		if p.top.CompareAndSwap(top, (top>>32+1)<<32|atomics.Load(&s.link)) {
			return s
		}
	}
}

// push returns a slot to the stack.
func (p *items) push(s *slot) {
	for {
		top := p.top.Load()
		atomics.StoreRelease(&s.link, uint64(uint32(top)))
		if p.top.CompareAndSwap(top, (top>>32+1)<<32|uint64(s.index+1)) {
			return
		}
	}
}

// put takes a slot back whose handle has ended.
func (p *items) put(s *slot) {
	if atomics.Load(&p.waiting) != 0 && p.handOver(s) {
		return
	}
	p.push(s)
	if atomics.Load(&p.waiting) != 0 {
		p.wake()
	}
}

// handOver gives the slot to the first waiter if that has waited for Window, and
// reports whether the slot is dealt with.
//
//go:noinline
func (p *items) handOver(s *slot) bool {
	p.lock()
	defer p.mu.Unlock()
	if p.closed {
		p.gone++
		return true
	}
	w := p.queue.first
	if w == nil || time.Since(w.since) < p.window {
		return false
	}
	w.slot = s
	p.dequeue(w)
	w.granted = true
	w.signal()
	return true
}

// dequeue removes a waiter. Within the lock, waiting is the one shared word that
// this changes.
func (p *items) dequeue(w *waiter) {
	p.queue.remove(w)
	atomic.StoreUint64(&p.waiting, p.waiting-1)
}

// wake tells the first waiter that has not been told to look at the stack.
//
//go:noinline
func (p *items) wake() {
	p.lock()
	defer p.mu.Unlock()
	for w := p.queue.first; w != nil; w = w.next {
		if !w.woken {
			w.woken = true
			w.signal()
			return
		}
	}
}

// enqueue appends a waiter. It fails when the items are closed.
func (p *items) enqueue() (*waiter, error) {
	p.lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	w := p.queue.pushTimed()
	p.waits++
	atomic.StoreUint64(&p.waiting, p.waiting+1)
	return w, nil
}

// leave ends the wait of a waiter that found a slot on the stack. A slot that was
// granted meanwhile is passed on.
func (p *items) leave(w *waiter) {
	p.lock()
	var granted *slot
	if w.granted {
		granted = w.slot
	} else {
		p.dequeue(w)
	}
	p.longest = max(p.longest, time.Since(w.since))
	p.queue.recycle(w)
	p.mu.Unlock()
	if granted != nil {
		p.put(granted)
	}
	if atomics.Load(&p.waiting) != 0 && uint32(p.top.Load()) != 0 {
		p.wake() // more than one slot came back
	}
}

// granted ends the wait of a waiter that was signalled, and returns its slot. It
// returns nil when the waiter is to look at the stack again.
func (p *items) granted(w *waiter) (*slot, error) {
	p.lock()
	defer p.mu.Unlock()
	if !w.granted {
		w.woken = false
		return nil, nil
	}
	s, err := w.slot, w.err
	p.longest = max(p.longest, time.Since(w.since))
	p.queue.recycle(w)
	return s, err
}

// abandon ends the wait of a waiter whose time is over. A slot meant for it goes
// to others.
func (p *items) abandon(w *waiter) {
	p.lock()
	p.cancelled++
	s, woken := w.slot, w.woken
	if !w.granted {
		p.dequeue(w)
	}
	p.queue.recycle(w)
	p.mu.Unlock()
	if s != nil {
		p.put(s)
	} else if woken {
		p.wake()
	}
}

// wait is acquire for a caller that found the stack empty. It waits no longer than
// limit if limit > 0.
func (p *items) wait(ctx context.Context, limit time.Duration) (*slot, uint64, error) {
	w, err := p.enqueue()
	if err != nil {
		return nil, 0, err
	}
	start := w.since
	for {
		if s, state := p.search(); s != nil {
			p.leave(w)
			return s, state, nil
		}
		left := time.Duration(0)
		if limit > 0 {
			left = max(1, limit-time.Since(start))
		}
		if err := w.park(ctx, left); err != nil {
			p.abandon(w)
			return nil, 0, err
		}
		if s, err := p.granted(w); err != nil {
			return nil, 0, err
		} else if s != nil {
			return s, s.hold(), nil
		}
	}
}

// close refuses all who wait and who come later, and returns how many slots are
// held.
func (p *items) close() (heldSlots int, err error) {
	p.lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, ErrClosed
	}
	p.closed = true
	p.queue.fail(ErrClosed)
	atomic.StoreUint64(&p.waiting, closedMark)
	for i := range p.slots {
		if now := atomics.Load(&p.slots[i].state) & stateMask; now == held || now == idle {
			heldSlots++
		}
	}
	for { // so that no fast path succeeds
		s, state := p.search()
		if s == nil {
			break
		}
		s.end(state)
		p.gone++
	}
	return heldSlots, nil
}

// setIdle makes a held slot evictable.
func (p *items) setIdle(s *slot, state uint64) bool {
	p.lock()
	ok := atomics.CompareAndSwap(&s.state, state, state&^stateMask|idle)
	if ok {
		p.idle.push(s)
	}
	p.mu.Unlock()
	if ok && atomics.Load(&p.waiting) != 0 {
		if s := p.evict(); s != nil {
			p.put(s)
		}
	}
	return ok
}

// pin makes an idle slot held again.
func (p *items) pin(s *slot, state uint64) bool {
	p.lock()
	defer p.mu.Unlock()
	ok := atomics.CompareAndSwap(&s.state, state&^stateMask|idle, state)
	if ok {
		p.idle.remove(s)
	}
	return ok
}

// endIdle ends the handle of an idle slot.
func (p *items) endIdle(s *slot, state uint64) bool {
	p.lock()
	defer p.mu.Unlock()
	ok := s.end(state&^stateMask | idle)
	if ok {
		p.idle.remove(s)
	}
	return ok
}

// evict takes the slot that has been idle for the longest time, or returns nil.
func (p *items) evict() *slot {
	p.lock()
	s := p.idle.first
	if s != nil {
		p.idle.remove(s)
		s.end(atomics.Load(&s.state))
		p.evicted++
	}
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	if p.onEvict != nil {
		p.onEvict(s)
	}
	if p.onRelease != nil {
		p.onRelease(s)
	}
	return s
}

func (p *items) stats() PoolStats {
	p.lock()
	defer p.mu.Unlock()
	s := PoolStats{
		Size: len(p.slots), Waiting: p.queue.length, Waits: p.waits, Cancelled: p.cancelled,
		Refused: p.refused, Evicted: p.evicted, LongestWait: p.longest,
	}
	for i := range p.slots {
		state := atomics.Load(&p.slots[i].state)
		s.Acquired += state / generation
		switch state & stateMask {
		case held:
			s.Held++
		case idle:
			s.Idle++
		}
	}
	s.Acquired += uint64(s.Held + s.Idle)
	return s
}

// record keeps where a slot was acquired, in debug builds.
func (p *items) record(s *slot) {
	if debug.Enabled {
		p.acquiredAt[s.index].Here(2)
	}
}

// sites are where the slots that are held were acquired, in debug builds.
func (p *items) sites() (list []string) {
	if !debug.Enabled {
		return nil
	}
	for i := range p.slots {
		if now := atomics.Load(&p.slots[i].state) & stateMask; now == held || now == idle {
			list = append(list, p.acquiredAt[i].String())
		}
	}
	return list
}
