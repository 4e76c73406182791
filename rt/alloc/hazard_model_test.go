package alloc

import (
	"testing"

	"github.com/memkit-go/memkit/internal/interleave"
)

// The model below follows Protect and Retire step by step. A freed object has a
// mark, which a reader that uses the object must not meet.

type hazardFlaw int

const (
	hazardSound       hazardFlaw = iota
	hazardPlainGuard             // the guard is stored without a barrier
	hazardNoRecheck              // source is not loaded again
	hazardFreeAtOnce             // guards are not looked at
	hazardEarlyRetire            // retired before it is out of reach
)

// hazardModel has readers that protect and use what source holds, and a writer
// that replaces object 1 by 2 and then by 3.
func hazardModel(readers int, flaw hazardFlaw) interleave.Model {
	const source = 0
	guard := func(reader int) int { return 1 + reader }
	freed := func(object uint64) int { return readers + int(object) }
	reader := func(id int) func(*interleave.Thread) {
		return func(t *interleave.Thread) {
			p := t.Load(source)
			for {
				if flaw == hazardPlainGuard {
					t.Store(guard(id), p)
				} else {
					t.StoreAtomic(guard(id), p)
				}
				if flaw == hazardNoRecheck {
					break
				}
				again := t.Load(source)
				if again == p {
					break
				}
				p = again
			}
			t.Assert(t.Load(freed(p)) == 0, "object %d was freed while in use", p)
			t.Assert(t.Load(freed(p)) == 0, "object %d was freed while in use", p)
			t.StoreAtomic(guard(id), 0)
		}
	}
	writer := func(t *interleave.Thread) {
		retire := func(old uint64) {
			for id := range readers {
				if flaw != hazardFreeAtOnce && t.Load(guard(id)) == old {
					return // stays retired
				}
			}
			t.StoreAtomic(freed(old), 1)
		}
		for fresh := uint64(2); fresh <= 3; fresh++ {
			if flaw == hazardEarlyRetire {
				retire(fresh - 1)
			}
			t.StoreAtomic(source, fresh)
			if flaw != hazardEarlyRetire {
				retire(fresh - 1)
			}
		}
	}
	m := interleave.Model{
		Words:   1 + readers + 3,
		Init:    func(memory []uint64) { memory[source] = 1 },
		Threads: []func(*interleave.Thread){writer},
	}
	for id := range readers {
		m.Threads = append(m.Threads, reader(id))
	}
	return m
}

func TestModelHazard(t *testing.T) {
	for _, c := range []struct {
		name    string
		readers int
		flaw    hazardFlaw
	}{
		{"sound", 1, hazardSound},
		{"sound, two readers", 2, hazardSound},
		{"plain guard", 1, hazardPlainGuard},
		{"no recheck", 1, hazardNoRecheck},
		{"free at once", 1, hazardFreeAtOnce},
		{"early retire", 1, hazardEarlyRetire},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := interleave.Check(hazardModel(c.readers, c.flaw))
			if (c.flaw != hazardSound) != (r.Err != nil) {
				t.Error(r)
			}
			t.Logf("%d orders, %d states, %v", r.Orders, r.States, r.Err)
		})
	}
}
