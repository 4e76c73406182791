//go:build interleave || race

package async

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
)

// itemsModel explores goroutines that share items, on the type itself. What parks a
// goroutine in a program ends its thread here; at the end of each order, waiters that
// were signalled go on, and no waiter may be left asleep while an item is free. The
// clock stands still, so a window of -1 makes every waiter starved, and one of an hour
// none.
type itemsModel struct {
	items   items
	waiters []*waiter // by thread, those that are parked
	states  [4]uint64 // by thread, of the handle that it holds
	prepare func()    // what happened before the threads begin
	kept    []*slot   // to the end
}

func newItemsModel(n int, window time.Duration) *itemsModel {
	m := &itemsModel{waiters: make([]*waiter, 4), prepare: func() {}}
	m.items.init(n)
	m.items.window = window
	m.items.clock = func() time.Duration { return 0 }
	return m
}

func (m *itemsModel) reset() {
	p := &m.items
	for i := range p.slots {
		s := &p.slots[i]
		s.link, s.state = uint64(i+2), 0
	}
	p.slots[len(p.slots)-1].link = 0
	p.top.Store(1)
	p.head, p.passes, p.front = 0, 0, 0
	p.queue = waitQueue{}
	clear(m.waiters)
	m.kept = m.kept[:0]
	m.prepare()
}

// acquire takes an item or leaves the thread's waiter parked.
func (m *itemsModel) acquire(id int) *slot {
	p := &m.items
	s, state := p.take()
	if s == nil {
		s, state = m.join(id)
	}
	m.states[id] = state
	return s
}

// join is the part of acquire after the fast path.
func (m *itemsModel) join(id int) (*slot, uint64) {
	w, s, state, err := m.items.join()
	if err != nil {
		panic(err)
	}
	m.waiters[id] = w
	return s, state
}

// brokenAcquire looks at the stack before it enters the queue, and not after.
func (m *itemsModel) brokenAcquire(id int) *slot {
	if s, state := m.items.search(); s != nil {
		m.states[id] = state
		return s
	}
	m.waiters[id], _, _ = m.items.enqueue()
	return nil
}

// put releases an item as Box.Release does.
func (m *itemsModel) put(s *slot, state uint64) {
	if m.items.open(s, state) {
		return
	}
	s.end(state)
	m.items.put(s)
}

// brokenPut looks for waiters before it pushes, and not after.
func (m *itemsModel) brokenPut(s *slot, state uint64) {
	s.end(state)
	waiting := atomics.Load(&m.items.head) != 0
	m.items.push(s)
	if waiting {
		m.items.wake()
	}
}

// brokenOpen opens the slot without looking for waiters after that.
func (m *itemsModel) brokenOpen(s *slot, state uint64) {
	if atomics.Load(&m.items.head) != 0 {
		m.put(s, state)
		return
	}
	atomics.CompareAndSwap(&s.state, state, state&^stateMask+generation|open)
	atomics.StoreRelease(&m.items.front, uint64(s.index+1))
}

// use is a thread that acquires, holds and releases an item.
func (m *itemsModel) use(id int, acquire func(int) *slot, put func(*slot, uint64)) func(*interleave.Thread) {
	return func(t *interleave.Thread) {
		s := acquire(id)
		if s == nil {
			return
		}
		t.Hold(1 << s.index)
		t.Assert(s.is(m.states[id]), "another thread ended the handle")
		t.Drop(1 << s.index)
		put(s, m.states[id])
	}
}

// giveUp is a thread that cancels its wait.
func (m *itemsModel) giveUp(id int) func(*interleave.Thread) {
	return func(*interleave.Thread) {
		w := m.waiters[id]
		if w == nil {
			if s := m.acquire(id); s != nil {
				m.put(s, m.states[id])
				return
			}
			w = m.waiters[id]
		}
		m.waiters[id] = nil
		m.items.abandon(w)
	}
}

// hold makes a thread hold an item before the threads begin, and park makes it wait.
func (m *itemsModel) hold(id int) *slot {
	s := m.acquire(id)
	if s == nil {
		panic("no item is free")
	}
	return s
}

func (m *itemsModel) park(id int) {
	if m.acquire(id) != nil {
		panic("an item is free")
	}
}

// look is what a waiter does that was woken.
func (m *itemsModel) look(id int) (*slot, uint64) {
	s, state, err := m.items.retry(m.waiters[id])
	if err != nil {
		panic(err)
	}
	if s != nil {
		m.waiters[id] = nil
	}
	return s, state
}

// arrives is a thread that found no item and waits for one, which it keeps.
func (m *itemsModel) arrives(id int) func(*interleave.Thread) {
	return func(*interleave.Thread) {
		if s, _ := m.join(id); s != nil {
			m.kept = append(m.kept, s)
		}
	}
}

// wakes is a thread that was signalled, and looks once. It releases what it found, or
// keeps it.
func (m *itemsModel) wakes(id int, keep bool) func(*interleave.Thread) {
	return func(*interleave.Thread) {
		<-m.waiters[id].ready
		switch s, state := m.look(id); {
		case s != nil && keep:
			m.kept = append(m.kept, s)
		case s != nil:
			m.put(s, state)
		}
	}
}

// idle finds a waiter that sleeps while an item is free.
func (m *itemsModel) idle() error {
	for i := range m.items.slots {
		if now := m.items.slots[i].state & stateMask; now == free || now == open {
			for id, w := range m.waiters {
				if w != nil {
					return fmt.Errorf("thread %d sleeps while item %d is free", id, i)
				}
			}
		}
	}
	return nil
}

// final lets those go on who were told to, and finds those who were forgotten.
func (m *itemsModel) final([][]uint64) error {
	for progress := true; progress; {
		progress = false
		for id, w := range m.waiters {
			if w == nil || len(w.ready) == 0 {
				continue
			}
			<-w.ready
			progress = true
			if s, _ := m.look(id); s != nil {
				m.kept = append(m.kept, s)
			}
		}
		if !progress {
			if err := m.idle(); err != nil {
				return err
			}
		}
		if !progress && len(m.kept) > 0 {
			s := m.kept[0]
			m.kept = m.kept[1:]
			m.put(s, s.state)
			progress = true
		}
	}
	for id, w := range m.waiters {
		if w != nil {
			return fmt.Errorf("thread %d sleeps for ever", id)
		}
	}
	if m.items.head != 0 || m.items.queue.length != 0 {
		return fmt.Errorf("head is %#x, %d are in the queue", m.items.head, m.items.queue.length)
	}
	for range m.items.slots {
		if s, _ := m.items.search(); s == nil {
			return fmt.Errorf("an item was lost")
		}
	}
	if s, _ := m.items.search(); s != nil {
		return fmt.Errorf("an item was doubled")
	}
	return nil
}

func (m *itemsModel) check(threads ...func(*interleave.Thread)) interleave.Result {
	return interleave.Check(interleave.Model{
		Start: func() []func(*interleave.Thread) { m.reset(); return threads },
		Final: m.final,
	})
}

// TestModelItems: no order of the steps of a few goroutines loses a wake-up or an item,
// whether waiters can be overtaken or not. With MEMKIT_SOAK=1 it also explores three
// goroutines from the beginning, which takes minutes.
func TestModelItems(t *testing.T) {
	for _, window := range []time.Duration{-1, time.Hour} {
		report := func(name string, r interleave.Result) {
			t.Helper()
			if r.Err != nil {
				t.Errorf("window %v, %s: %v", window, name, r)
			}
			t.Logf("window %v, %s: %d orders, %d states", window, name, r.Orders, r.States)
		}
		m := newItemsModel(1, window)
		user := func(id int) func(*interleave.Thread) { return m.use(id, m.acquire, m.put) }
		report("two users", m.check(user(0), user(1)))
		report("a user, one gives up", m.check(user(0), m.giveUp(1)))

		var held [2]*slot
		release := func(id int) func(*interleave.Thread) {
			return func(*interleave.Thread) { m.put(held[id], m.states[id]) }
		}
		m.prepare = func() { held[0] = m.hold(0); m.park(1); m.park(2) }
		report("a release, the first waiter gives up", m.check(release(0), m.giveUp(1)))
		report("a release, a newcomer", m.check(release(0), user(3)))
		if !testing.Short() {
			m.prepare = func() { held[0] = m.hold(0) }
			report("a release, two waiters arrive", m.check(release(0), m.arrives(1), m.arrives(2)))
		}
		m.prepare = func() { held[0] = m.hold(0); m.park(1); m.park(2); release(0)(nil) }
		report("a woken waiter, a newcomer", m.check(m.wakes(1, false), user(3)))
		report("a woken waiter that gives up, a newcomer", m.check(m.giveUp(1), user(3)))

		m = newItemsModel(2, window)
		m.prepare = func() { held[0], held[1] = m.hold(0), m.hold(1); m.park(2); m.park(3) }
		report("two releases", m.check(release(0), release(1)))
		m.prepare = func() { held[0], held[1] = m.hold(0), m.hold(1); m.park(2); m.park(3); release(0)(nil) }
		report("a woken waiter, a release", m.check(m.wakes(2, false), release(1)))
		report("a woken waiter that keeps the item, a release", m.check(m.wakes(2, true), release(1)))
		m.prepare = func() { // two releases at one time, so that front forgot the first
			held[0], held[1] = m.hold(0), m.hold(1)
			m.items.open(held[0], m.states[0])
			held[1].state = held[1].state&^stateMask + generation | open
			m.items.front = uint64(held[1].index + 1)
		}
		report("two users, one open slot is forgotten", m.check(user(2), user(3)))
		report("two waiters, one open slot is forgotten", m.check(m.arrives(2), m.arrives(3)))
		if os.Getenv("MEMKIT_SOAK") != "" {
			m.prepare = func() { held[0], held[1] = m.hold(0), m.hold(1) }
			report("two releases, a waiter arrives", m.check(release(0), release(1), m.giveUp(2)))
			m = newItemsModel(1, window)
			report("three users", m.check(user(0), user(1), user(2)))
		}
	}
}

// TestModelFindsLostWakeUps: the model fails for a waiter that enters the queue
// last, and for a release that looks for waiters first.
func TestModelFindsLostWakeUps(t *testing.T) {
	m := newItemsModel(1, time.Hour)
	if r := m.check(m.use(0, m.acquire, m.put), m.use(1, m.brokenAcquire, m.put)); r.Err == nil {
		t.Error("a waiter that looks before it enters the queue passes")
	}
	if r := m.check(m.use(0, m.acquire, m.brokenPut), m.use(1, m.acquire, m.put)); r.Err == nil {
		t.Error("a release that looks for waiters before it pushes passes")
	}
	if r := m.check(m.use(0, m.acquire, m.brokenOpen), m.use(1, m.acquire, m.put)); r.Err == nil {
		t.Error("a release that does not look for waiters after it has opened the slot passes")
	}
}
