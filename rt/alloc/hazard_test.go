package alloc

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/rt/pool"
)

var somewhere atomic.Pointer[int]

func TestHazard(t *testing.T) {
	var freed []int
	h := must(NewHazard(2, func(p *int) { freed = append(freed, *p) }))
	a, b := must(h.Guard()), must(h.Guard())
	if _, err := h.Guard(); !errors.Is(err, ErrGuards) {
		t.Errorf("third guard of two: %v", err)
	}
	objects := make([]int, 20)
	for i := range objects {
		objects[i] = i
	}
	var source atomic.Pointer[int]
	if a.Protect(&source) != nil {
		t.Error("nothing is protected as something")
	}
	source.Store(&objects[0])
	if a.Protect(&source) != &objects[0] {
		t.Error("another object is protected than is there")
	}
	source.Store(&objects[1])
	if p, ok := b.TryProtect(&source); !ok || p != &objects[1] {
		t.Error("TryProtect fails alone")
	}
	r := h.Retirer()
	for i := range 10 {
		r.Retire(&objects[i])
		if len(r.retired) >= 2*2 || cap(r.retired) != 2*2 {
			t.Fatalf("%d objects wait, with room for %d", len(r.retired), cap(r.retired))
		}
	}
	if n := r.Flush(); n != 2 || len(freed) != 8 {
		t.Errorf("%d of two protected objects are left, freed %v", n, freed)
	}
	a.Release()
	if n := r.Flush(); n != 1 || freed[8] != 0 {
		t.Errorf("%d of one protected object is left, freed %v", n, freed)
	}
	b.Close()
	if n := r.Flush(); n != 0 || freed[9] != 1 {
		t.Errorf("%d are left, freed %v", n, freed)
	}
	if _, err := h.Guard(); err != nil {
		t.Errorf("the closed guard is not to be had: %v", err)
	}
}

func TestNewHazardRefuses(t *testing.T) {
	for _, n := range []int{0, -1, MaxGuards + 1} {
		if _, err := NewHazard(n, func(*int) {}); err == nil || !strings.Contains(err.Error(), "guards") {
			t.Errorf("%d guards: %v", n, err)
		}
	}
	if _, err := NewHazard[int](1, nil); err == nil {
		t.Error("no free function passes")
	}
}

// TestHazardStress replaces an object of a small pool while readers look at it.
// A freed slot is cleared, so a reader that meets one sees it; and the pool has
// just what the bound allows, so a retirer that kept more would run it dry.
func TestHazardStress(t *testing.T) {
	type config struct{ a, b, c uint64 }
	const readers, writers = 3, 2
	rounds := 50_000
	if testing.Short() {
		rounds = 3_000
	}
	n := 1 + writers + writers*2*readers
	objects := must(pool.NewShared[config](make([]byte, max(pool.SharedSize[config](n), 4096)), n))
	h := must(NewHazard(readers, func(p *config) {
		if err := objects.Put(p); err != nil {
			t.Error(err)
		}
	}))
	var source atomic.Pointer[config]
	fresh := func(v uint64) *config {
		p := objects.Get()
		if p == nil {
			t.Error("the pool ran dry")
			return nil
		}
		*p = config{v, v, v}
		return p
	}
	source.Store(fresh(1))

	var writing, reading sync.WaitGroup
	var done atomic.Bool
	for w := range uint64(writers) {
		writing.Go(func() {
			r := h.Retirer()
			for i := range uint64(rounds) {
				p := fresh(i*writers + w + 2)
				if p == nil {
					return
				}
				r.Retire(source.Swap(p))
				if i%16 == 0 {
					runtime.Gosched()
				}
			}
			for r.Flush() > 0 {
				runtime.Gosched()
			}
		})
	}
	for range readers {
		reading.Go(func() {
			g := must(h.Guard())
			defer g.Close()
			for !done.Load() {
				p := g.Protect(&source)
				a := p.a
				runtime.Gosched()
				if a == 0 || p.b != a || p.c != a {
					t.Errorf("object %v was freed while in use", *p)
					return
				}
				g.Release()
			}
		})
	}
	writing.Wait()
	done.Store(true)
	reading.Wait()
	if live := objects.Live(); live != 1 {
		t.Errorf("%d objects are not free, want the last one", live)
	}
}

// TestFlushForgets: the list of a retirer keeps no freed object alive.
func TestFlushForgets(t *testing.T) {
	var current atomic.Pointer[int]
	h := must(NewHazard(2, func(*int) {}))
	guard, r := must(h.Guard()), h.Retirer()
	current.Store(new(int))
	kept := guard.Protect(&current)
	r.Retire(new(int))
	r.Retire(kept)
	r.Retire(new(int))
	if n := r.Flush(); n != 1 || r.retired[0] != kept {
		t.Fatalf("%d objects are left", n)
	}
	for i, p := range r.retired[1:cap(r.retired)] {
		if p != nil {
			t.Errorf("place %d of the list still holds a freed object", i+1)
		}
	}
	guard.Release()
	if n := r.Flush(); n != 0 || r.retired[:1][0] != nil {
		t.Errorf("%d objects are left, the first %v", n, r.retired[:1][0])
	}
}
