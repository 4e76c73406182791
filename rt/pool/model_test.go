package pool

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
)

// The model below follows Shared's Get and Put step by step, with the plain
// stores of amd64. Each slot has an owner word that its holder sets and clears,
// so that a slot with two holders shows. The broken variants each undo one
// decision.

type sharedFlaw int

const (
	sharedSound   sharedFlaw = iota
	sharedNoTag              // ABA
	sharedNoClaim            // Put looks at the mark instead of swapping it
)

// sharedModel is a pool of two slots, of which taken are out at the start.
type sharedModel struct {
	flaw  sharedFlaw
	taken int
}

const (
	modelSlots = 2
	modelTop   = 0
	modelLink  = 1              // of slot 0
	modelOwner = 1 + modelSlots // of slot 0
	modelMask  = 3
	modelInUse = 1 << 10
)

func (m sharedModel) swapTop(t *interleave.Thread, top, number uint64) bool {
	next := (top | modelMask) + 1 | number
	if m.flaw == sharedNoTag {
		next = number
	}
	return t.CompareAndSwap(modelTop, top, next)
}

func (m sharedModel) get(t *interleave.Thread) (slot int, ok bool) {
	for {
		top := t.Load(modelTop)
		i := int(top&modelMask) - 1
		if i < 0 {
			return 0, false
		}
		next := t.Load(modelLink + i)
		if !m.swapTop(t, top, next&modelMask) {
			continue
		}
		t.Store(modelLink+i, modelInUse)
		t.Assert(t.CompareAndSwap(modelOwner+i, 0, 1), "slot %d has two holders", i)
		return i, true
	}
}

func (m sharedModel) put(t *interleave.Thread, i int) bool {
	top := t.Load(modelTop)
	if m.flaw == sharedNoClaim {
		if t.Load(modelLink+i) != modelInUse {
			return false
		}
		t.StoreAtomic(modelLink+i, top&modelMask)
	} else if !t.CompareAndSwap(modelLink+i, modelInUse, top&modelMask) {
		return false
	}
	t.StoreAtomic(modelOwner+i, 0)
	for !m.swapTop(t, top, uint64(i+1)) {
		top = t.Load(modelTop)
		t.Store(modelLink+i, top&modelMask)
	}
	return true
}

// model runs threads on the pool and then demands that every slot is either held
// or in the free list, once.
func (m sharedModel) model(threads ...func(*interleave.Thread)) interleave.Model {
	return interleave.Model{
		Words:   1 + 2*modelSlots,
		Threads: threads,
		Init: func(memory []uint64) {
			for i := range modelSlots {
				memory[modelLink+i] = uint64(i+2) % (modelSlots + 1)
				if i < m.taken {
					memory[modelLink+i], memory[modelOwner+i] = modelInUse, 1
				}
			}
			memory[modelTop] = uint64(m.taken+1) % (modelSlots + 1)
		},
		Final: func(memory []uint64, _ [][]uint64) error {
			accounted := 0
			for i := memory[modelTop] & modelMask; i != 0; i = memory[modelLink+int(i)-1] {
				if accounted++; accounted > modelSlots || i > modelSlots {
					return fmt.Errorf("free list is broken: %v", memory)
				}
				if memory[modelOwner+int(i)-1] != 0 {
					return fmt.Errorf("slot %d is free and held: %v", i-1, memory)
				}
			}
			for i := range modelSlots {
				if memory[modelOwner+i] != 0 {
					accounted++
				}
			}
			if accounted != modelSlots {
				return errors.New("a slot was lost")
			}
			return nil
		},
	}
}

func TestModelShared(t *testing.T) {
	run := func(name string, broken bool, m interleave.Model) {
		t.Run(name, func(t *testing.T) {
			r := interleave.Check(m)
			if broken != (r.Err != nil) {
				t.Error(r)
			}
			t.Logf("%d orders, %d states, %v", r.Orders, r.States, r.Err)
		})
	}

	sound := sharedModel{}
	get := func(t *interleave.Thread) { sound.get(t) }
	pair := func(t *interleave.Thread) {
		if i, ok := sound.get(t); ok {
			t.Assert(sound.put(t, i), "put of slot %d refused", i)
		}
	}
	twice := func(t *interleave.Thread) { pair(t); t.Forget(); pair(t) }
	run("two pairs each", false, sound.model(twice, twice))
	if !testing.Short() {
		run("two pairs and a get", false, sound.model(pair, pair, get))
	}
	if os.Getenv("MEMKIT_SOAK") != "" {
		run("three pairs", false, sound.model(pair, pair, pair))
	}

	// One thread takes a slot while another takes both and returns the first, so
	// that top looks as before.
	for flaw, name := range map[sharedFlaw]string{sharedSound: "sound", sharedNoTag: "no tag"} {
		m := sharedModel{flaw: flaw}
		run("slot comes back/"+name, flaw == sharedNoTag, m.model(
			func(t *interleave.Thread) { m.get(t); m.get(t) },
			func(t *interleave.Thread) {
				first, ok := m.get(t)
				m.get(t)
				if ok {
					m.put(t, first)
				}
			},
		))
	}

	// Two threads return the same slot: exactly one may succeed.
	for flaw, name := range map[sharedFlaw]string{sharedSound: "sound", sharedNoClaim: "no claim"} {
		m := sharedModel{flaw: flaw, taken: 1}
		double := func(t *interleave.Thread) {
			if m.put(t, 0) {
				t.Log = append(t.Log, 1)
			}
		}
		model := m.model(double, double)
		list := model.Final
		model.Final = func(memory []uint64, logs [][]uint64) error {
			if n := len(logs[0]) + len(logs[1]); n != 1 {
				return fmt.Errorf("%d of two puts of one slot succeed", n)
			}
			return list(memory, logs)
		}
		run("double put/"+name, flaw == sharedNoClaim, model)
	}
}
