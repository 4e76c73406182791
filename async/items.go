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
// Waiters stand in a queue under mu. Only the first is woken, and only once until it
// looks for a slot. All others are then out of the scheduler's queues, where each would
// wait behind goroutines that use their whole time slice, and the P of a goroutine that
// released a slot and parks runs the waiter next that was woken for it. What callers
// without the lock need to know about the first waiter, they read from head. No wake-up
// is lost:
//
//	a waiter enters the queue (head is not 0), then looks for a slot again, then parks;
//	a release frees its slot, then looks at head, then wakes the first waiter, unless
//	that was called;
//	a waiter that was called and finds no slot takes the mark back (called), then looks
//	again, then parks;
//	a waiter that leaves the queue calls the next when there are more slots, and when
//	the next has not looked.
//
// Of any two, whichever comes second sees the other's first step.
//
// While the first waiter is starved, only it takes slots: acquires go to the queue's end
// and park without a look.
type items struct {
	top    atomics.Uint64 // changes (32 bits) | index+1 of the first free slot, 0 for none
	_      [56]byte
	head   uint64 // of the queue; loaded by anyone, stored under mu by publish
	front  uint64 // index+1 of the slot that was opened last, or 0
	slots  []slot
	start  time.Time
	window time.Duration        // Window, except in tests
	clock  func() time.Duration // time since start; nil except in tests
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

// Flags of items.head, which is 0 while the queue of open items is empty. Above them is
// when the first waiter will have waited for Window, in nanoseconds since items.start.
const (
	waiting = 1 << iota // a goroutine waits
	called              // the first waiter was woken and has not looked yet
	starved             // the first waiter has waited for Window
	shut                // the items are closed

	headBits  = 4
	headFlags = 1<<headBits - 1
)

func (p *items) init(n int) {
	p.start, p.window = time.Now(), Window
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

// lockTries take about as long as a section under mu. A goroutine that parks for mu is
// readied on the P that unlocks it, behind others, and leaves its own P to goroutines
// that do not use the items.
const lockTries = 200

// lock locks mu. To an explorer of orders the whole section is one step: within it,
// at most one word that is read without the lock changes.
func (p *items) lock() {
	if atomics.Explored {
		atomics.Add(&p.passes, 1)
	}
	for range lockTries {
		if p.mu.TryLock() {
			return
		}
	}
	p.mu.Lock()
}

// take takes a free slot without a wait, and returns it with the state of its handle,
// or nil. It misses open slots that front forgot, and leaves all to starved waiters.
func (p *items) take() (*slot, uint64) {
	if atomics.Load(&p.head)&starved != 0 {
		return nil, 0
	}
	return p.find()
}

// find takes the open slot or one from the stack.
func (p *items) find() (*slot, uint64) {
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

// search is find that also finds open slots that front forgot. It looks at each slot.
func (p *items) search() (*slot, uint64) {
	s, state := p.find()
	for i := 0; s == nil && i < len(p.slots); i++ {
		x := &p.slots[i]
		if now := atomics.Load(&x.state); now&stateMask == open && x.claim(now) {
			s, state = x, now-open+held
		}
	}
	return s, state
}

// searchFor is search for a caller that does not wait: it leaves all slots to starved
// waiters.
func (p *items) searchFor() (*slot, uint64) {
	if atomics.Load(&p.head)&starved != 0 {
		return nil, 0
	}
	return p.search()
}

// open frees a held slot as the open one, unless there is one or a goroutine waits,
// and reports whether it did. The handle must be current.
func (p *items) open(s *slot, state uint64) bool {
	if atomics.Load(&p.head) != 0 {
		return false
	}
	if f := atomics.Load(&p.front); f != 0 && f != uint64(s.index+1) && atomics.Load(&p.slots[f-1].state)&stateMask == open {
		return false
	}
	opened := state&^stateMask + generation | open
	if !atomics.CompareAndSwap(&s.state, state, opened) {
		return false
	}
	atomics.StoreRelease(&p.front, uint64(s.index+1))
	// Waiters find the slots that others leave them in the stack.
	if atomics.Load(&p.head) != 0 && atomics.CompareAndSwap(&s.state, opened, opened&^stateMask|free) {
		p.put(s)
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
	p.push(s)
	switch h := atomics.Load(&p.head); {
	case h == 0:
	case h&called == 0:
		p.wake()
	case h&starved == 0:
		if now := p.now(); over(h, now) {
			p.lock()
			p.publish(now)
			p.mu.Unlock()
		}
	}
}

// now is the time since start.
func (p *items) now() time.Duration {
	if p.clock != nil {
		return p.clock()
	}
	return time.Since(p.start)
}

// over reports whether the first waiter has waited for Window, according to head.
func over(head uint64, now time.Duration) bool {
	return int64(uint64(now)<<headBits-head&^headFlags) >= 0
}

// publish stores head, after the queue or its first waiter has changed, or Window is
// over. Within the lock, head is the one shared word that changes.
func (p *items) publish(now time.Duration) {
	h := uint64(0)
	if w := p.queue.first; w != nil {
		h = uint64(w.since.Sub(p.start)+p.window)<<headBits | waiting
		if over(h, now) {
			h |= starved
		}
		if w.woken {
			h |= called
		}
	} else if p.closed {
		h = shut
	}
	atomic.StoreUint64(&p.head, h)
}

// wake calls the first waiter unless that was called already. Of closed items, it takes
// those that were released.
//
//go:noinline
func (p *items) wake() {
	now := p.now()
	p.lock()
	ready := p.call(now)
	if p.closed {
		p.drain()
	}
	p.mu.Unlock()
	ready.signal()
}

// call marks the first waiter as called, unless it is already, and returns what wakes
// it.
//
// The caller signals when it has unlocked mu: readying a goroutine takes longer than
// all that is done with mu held, and a goroutine that is preempted with mu held keeps
// all others waiting. The waiter may have left before it is signalled; then the next
// user of the same waiter looks once more than necessary.
func (p *items) call(now time.Duration) wakeup {
	w := p.queue.first
	if w == nil || w.woken {
		return nil
	}
	w.woken = true
	p.publish(now)
	return w.ready
}

// enqueue appends a waiter, and reports whether it may look for a slot. It fails when
// the items are closed.
func (p *items) enqueue() (w *waiter, look bool, err error) {
	now := p.now()
	p.lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, false, ErrClosed
	}
	w = p.queue.push()
	w.since = p.start.Add(now)
	p.waits++
	p.publish(now)
	w.looked = p.queue.first == w || p.head&starved == 0
	return w, w.looked, nil
}

// dequeue takes a waiter out of the queue, and calls the next one if there are more
// slots or if that has not looked.
func (p *items) dequeue(w *waiter, more bool, now time.Duration) wakeup {
	if !w.queued {
		return nil
	}
	p.queue.remove(w)
	if next := p.queue.first; next != nil && (more || !next.looked) {
		if ready := p.call(now); ready != nil {
			return ready
		}
	}
	p.publish(now)
	return nil
}

// leave ends the wait of a waiter that found a slot.
func (p *items) leave(w *waiter) {
	now := p.now()
	more := p.stacked()
	p.lock()
	next := p.dequeue(w, more, now)
	p.longest = max(p.longest, now-w.since.Sub(p.start))
	p.queue.recycle(w)
	p.mu.Unlock()
	next.signal()
	if !more && p.stacked() && atomics.Load(&p.head)&(waiting|called) == waiting {
		p.wake()
	}
}

// stacked reports whether slots are in the stack.
func (p *items) stacked() bool { return uint32(p.top.Load()) != 0 }

// abandon ends the wait of a waiter whose time is over. If it was called, the next one
// is.
func (p *items) abandon(w *waiter) {
	now := p.now()
	p.lock()
	p.cancelled++
	next := p.dequeue(w, w.woken, now)
	p.queue.recycle(w)
	p.mu.Unlock()
	next.signal()
}

// again makes the waiter callable once more. It fails when the items were closed.
func (p *items) again(w *waiter) error {
	now := p.now()
	p.lock()
	defer p.mu.Unlock()
	if err := w.err; err != nil {
		p.queue.recycle(w)
		return err
	}
	w.woken, w.looked = false, true
	p.publish(now)
	return nil
}

// join enqueues a waiter for a caller that found no slot, and looks again. It returns
// a slot, or the waiter.
func (p *items) join() (w *waiter, s *slot, state uint64, err error) {
	w, look, err := p.enqueue()
	if look {
		if s, state = p.search(); s != nil {
			p.leave(w)
			return nil, s, state, nil
		}
	}
	return w, nil, 0, err
}

// retry looks for a slot for a waiter that was woken. If it finds none the waiter goes on
// waiting.
func (p *items) retry(w *waiter) (*slot, uint64, error) {
	s, state := p.find()
	if s == nil {
		if err := p.again(w); err != nil {
			return nil, 0, err
		}
		if s, state = p.search(); s == nil {
			return nil, 0, nil
		}
	}
	p.leave(w)
	return s, state, nil
}

// wait is acquire for a caller that found no slot. It waits no longer than limit if
// limit > 0.
func (p *items) wait(ctx context.Context, limit time.Duration) (*slot, uint64, error) {
	w, s, state, err := p.join()
	if err != nil || s != nil {
		return s, state, err
	}
	start := w.since
	for {
		left := time.Duration(0)
		if limit > 0 {
			left = max(1, limit-time.Since(start))
		}
		if err := w.park(ctx, left); err != nil {
			p.abandon(w)
			return nil, 0, err
		}
		if s, state, err := p.retry(w); err != nil || s != nil {
			return s, state, err
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
	p.publish(0)
	for i := range p.slots {
		if now := atomics.Load(&p.slots[i].state) & stateMask; now == held || now == idle {
			heldSlots++
		}
	}
	p.drain()
	return heldSlots, nil
}

// drain takes all free slots of closed items, so that no acquire succeeds.
func (p *items) drain() {
	for s, state := p.search(); s != nil; s, state = p.search() {
		s.end(state)
		p.gone++
	}
}

// setIdle makes a held slot evictable.
func (p *items) setIdle(s *slot, state uint64) bool {
	p.lock()
	ok := atomics.CompareAndSwap(&s.state, state, state&^stateMask|idle)
	if ok {
		p.idle.push(s)
	}
	p.mu.Unlock()
	if ok && atomics.Load(&p.head) != 0 {
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
