//go:build interleave || race

package alloc

import (
	"os"
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
)

// The model below runs Protect and Retire in every order of their accesses to
// shared memory. That it fails when one decision is undone is shown by the
// mutants in testdata/mutants.txt.

// TestModelHazard has readers that protect and use what source holds, and a writer
// that replaces the first object by the second and, where only one reads, by the third.
// A freed object has a mark, which a reader that uses it must not meet. With
// MEMKIT_SOAK=1 (make soak) two readers meet both replacements, in 70 times as many
// orders.
func TestModelHazard(t *testing.T) {
	for _, c := range []struct {
		readers, objects int
		soak             bool
	}{{readers: 1, objects: 3}, {readers: 2, objects: 2}, {readers: 2, objects: 3, soak: true}} {
		if c.readers > 1 && testing.Short() || c.soak && os.Getenv("MEMKIT_SOAK") == "" {
			continue
		}
		readers := c.readers
		type object struct{ freed uint64 }
		objects := make([]object, c.objects)
		var source atomic.Pointer[object]
		h := must(NewHazard(readers, func(p *object) { atomics.Store(&p.freed, 1) }))
		retirer := h.Retirer()
		reader := func(g *Guard[object]) func(*interleave.Thread) {
			return func(t *interleave.Thread) {
				p := g.Protect(&source)
				for range 2 {
					t.Assert(atomics.Load(&p.freed) == 0, "an object was freed while in use")
				}
				g.Release()
			}
		}
		writer := func(t *interleave.Thread) {
			for i := range objects[1:] {
				atomics.StorePointer(&source, &objects[i+1])
				retirer.Retire(&objects[i])
				retirer.Flush()
			}
		}
		threads := []func(*interleave.Thread){writer}
		for range readers {
			threads = append(threads, reader(must(h.Guard())))
		}
		r := interleave.Check(interleave.Model{
			Start: func() []func(*interleave.Thread) {
				clear(objects)
				source.Store(&objects[0])
				for i := range h.guards {
					h.guards[i].protected.Store(nil)
				}
				retirer.retired = retirer.retired[:0]
				return threads
			},
		})
		if r.Err != nil {
			t.Error(r)
		}
		t.Logf("%d readers, %d objects: %d orders, %d states", readers, c.objects, r.Orders, r.States)
	}
}

// TestModelTryProtect: when TryProtect fails, because source has changed, the guard
// protects nothing, so that no object waits for it.
func TestModelTryProtect(t *testing.T) {
	var objects [2]int
	var source atomic.Pointer[int]
	h := must(NewHazard(1, func(*int) {}))
	g := must(h.Guard())
	failed := 0
	r := interleave.Check(interleave.Model{
		Start: func() []func(*interleave.Thread) {
			source.Store(&objects[0])
			g.slot.protected.Store(nil)
			return []func(*interleave.Thread){
				func(*interleave.Thread) { atomics.StorePointer(&source, &objects[1]) },
				func(t *interleave.Thread) {
					p, ok := g.TryProtect(&source)
					if !ok {
						failed++
					}
					protected := atomics.LoadPointer(&g.slot.protected)
					t.Assert(ok && protected == p || !ok && p == nil && protected == nil, "the guard protects something else than TryProtect says")
				},
			}
		},
	})
	if r.Err != nil {
		t.Error(r)
	}
	if failed == 0 {
		t.Error("TryProtect never failed, so this model shows nothing")
	}
}
