package rt

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
)

func TestHandover(t *testing.T) {
	var released []int
	value := func(i int) *int { return &i }
	h := NewHandover(value(0), func(v *int) { released = append(released, *v) })
	check := func(what string, current int, want ...int) {
		t.Helper()
		if got := *h.Current(); got != current || fmt.Sprint(released) != fmt.Sprint(want) {
			t.Errorf("%s: current %d, released %v; want %d, %v", what, got, released, current, want)
		}
	}
	check("at first", 0)
	h.Publish(value(1))
	check("published", 1)
	h.Publish(value(2))
	h.Publish(value(3))
	check("2 was never seen", 3, 0, 2)
	if n := h.Collect(); n != 1 {
		t.Errorf("collected %d", n)
	}
	check("collected", 3, 0, 2, 1)
	h.Publish(value(4))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "[0 2 1 4 3]"; fmt.Sprint(released) != want {
		t.Errorf("released %v, want %s", released, want)
	}
}

func TestHandoverWithoutRelease(t *testing.T) {
	h := NewHandover[int](nil, nil)
	if h.Current() != nil {
		t.Error("something came of nothing")
	}
	h.Publish(new(int))
	if h.Current() == nil {
		t.Error("nothing arrived")
	}
}

func TestHandoverDoesNotAllocate(t *testing.T) {
	if atomics.Explored {
		t.Skip("accesses that are announced to an explorer allocate")
	}
	a, b := new(int), new(int)
	h := NewHandover(a, nil)
	if n := testing.AllocsPerRun(100, func() {
		h.Publish(b)
		h.Current()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestHandoverStress: every object is released once, none while it is in use, and
// the last one arrives without anyone collecting.
func TestHandoverStress(t *testing.T) {
	const objects = 20_000
	type object struct{ used, released atomic.Bool }
	var all [objects]object
	h := NewHandover[object](nil, func(o *object) {
		if o.used.Load() {
			t.Error("released while in use")
		}
		if o.released.Swap(true) {
			t.Error("released twice")
		}
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		var last *object
		for last != &all[objects-1] {
			last = h.Current()
			if last == nil {
				continue
			}
			last.used.Store(true)
			if last.released.Load() {
				t.Error("the current object is released")
				return
			}
			runtime.Gosched()
			last.used.Store(false)
		}
	}()
	for i := range all {
		h.Publish(&all[i])
	}
	<-done
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if !all[i].released.Load() {
			t.Fatalf("object %d was never released", i)
		}
	}
}
