//go:build (interleave || race) && !rtdebug

package pool

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
)

// The models below run Shared's Get and Put in every order of their accesses to
// shared memory. That they fail when one decision is undone, the tag of the top
// word first, is shown by the mutants in testdata/mutants.txt.

// sharedModel is a pool of two slots, of which taken are out at the start. A slot
// that two threads have at one time, or a thread and the free list, fails it.
type sharedModel struct {
	pool  *Shared[uint64]
	slots []*uint64
	reset func()
}

func newSharedModel(taken int) *sharedModel {
	const n = 2
	m := &sharedModel{pool: must(NewShared[uint64](region(SharedSize[uint64](n)), n))}
	for range n {
		m.slots = append(m.slots, m.pool.Get())
	}
	for _, s := range slices.Backward(m.slots[taken:]) {
		if err := m.pool.Put(s); err != nil {
			panic(err)
		}
	}
	top, link := m.pool.top.Load(), slices.Clone(m.pool.link)
	m.reset = func() {
		m.pool.top.Store(top)
		copy(m.pool.link, link)
		for _, s := range m.slots {
			*s = 0
		}
	}
	return m
}

// number of a slot, for Hold and Drop.
func (m *sharedModel) number(p *uint64) uint64 { return uint64(slices.Index(m.slots, p)) }

func (m *sharedModel) get(t *interleave.Thread) *uint64 {
	p := m.pool.Get()
	if p != nil {
		t.Hold(m.number(p))
	}
	return p
}

func (m *sharedModel) put(t *interleave.Thread, p *uint64) {
	if p == nil {
		return
	}
	t.Drop(m.number(p))
	err := m.pool.Put(p)
	t.Assert(err == nil, "put of slot %d: %v", m.number(p), err)
}

// model runs threads on the pool and then demands that every slot is either in
// use, by one of the threads or since before, or in the free list, once.
func (m *sharedModel) model(threads ...func(*interleave.Thread)) interleave.Model {
	return interleave.Model{
		Start: func() []func(*interleave.Thread) {
			m.reset()
			return threads
		},
		Final: func([][]uint64) error {
			free := map[uint64]bool{}
			for i := m.pool.top.Load() & m.pool.mask; i != 0; i = uint64(m.pool.link[i-1]) {
				if i > uint64(len(m.slots)) || free[i-1] {
					return fmt.Errorf("the free list is broken: top %#x, links %d", m.pool.top.Load(), m.pool.link)
				}
				free[i-1] = true
			}
			if n := len(free) + m.pool.Live(); n != len(m.slots) {
				return fmt.Errorf("%d slots are free and %d in use", len(free), m.pool.Live())
			}
			return nil
		},
	}
}

func checkModel(t *testing.T, m interleave.Model) {
	t.Helper()
	r := interleave.Check(m)
	if r.Err != nil {
		t.Error(r)
	}
	t.Logf("%d orders, %d states", r.Orders, r.States)
}

func TestModelShared(t *testing.T) {
	m := newSharedModel(0)
	get := func(t *interleave.Thread) { m.get(t) }
	// pair also sees that the slot is clear, whoever had it before.
	pair := func(t *interleave.Thread) {
		if p := m.get(t); p != nil {
			t.Assert(*p == 0, "slot %d holds %d", m.number(p), *p)
			*p = 1
			m.put(t, p)
		}
		t.Forget()
	}
	twice := func(t *interleave.Thread) { pair(t); pair(t) }
	t.Run("two pairs each", func(t *testing.T) { checkModel(t, m.model(twice, twice)) })
	if !testing.Short() {
		t.Run("two pairs and a get", func(t *testing.T) { checkModel(t, m.model(pair, pair, get)) })
	}
	if os.Getenv("MEMKIT_SOAK") != "" {
		t.Run("three pairs", func(t *testing.T) { checkModel(t, m.model(pair, pair, pair)) })
	}
}

// TestModelSharedReturn: one thread takes a slot while another takes both and
// returns the first, so that the number on top is as before.
func TestModelSharedReturn(t *testing.T) {
	m := newSharedModel(0)
	checkModel(t, m.model(
		func(t *interleave.Thread) { m.get(t); m.get(t) },
		func(t *interleave.Thread) {
			first := m.get(t)
			m.get(t)
			m.put(t, first)
		},
	))
}

// TestModelSharedDoublePut: of two threads that return one slot, one is refused.
func TestModelSharedDoublePut(t *testing.T) {
	m := newSharedModel(1)
	put := func(t *interleave.Thread) {
		switch err := m.pool.Put(m.slots[0]); err {
		case nil:
			t.Log = append(t.Log, 1)
		default:
			t.Assert(errors.Is(err, ErrDoublePut), "%v", err)
		}
	}
	model := m.model(put, put)
	list := model.Final
	model.Final = func(logs [][]uint64) error {
		if n := len(slices.Concat(logs...)); n != 1 {
			return fmt.Errorf("%d of two puts of one slot succeed", n)
		}
		return list(logs)
	}
	checkModel(t, model)
}
