package fixed

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// must unwraps the result of a constructor that a test relies on.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestCapacity(t *testing.T) {
	for _, capacity := range []int{0, -1, math.MinInt, MaxCapacity + 1, math.MaxInt} {
		_, vec := NewVec[int](capacity)
		_, queue := NewQueue[int](capacity)
		_, table := NewMap[int, int](capacity, nil)
		for kind, err := range map[string]error{"Vec": vec, "Queue": queue, "Map": table} {
			if err == nil || !strings.Contains(err.Error(), kind+" capacity") {
				t.Errorf("%s of capacity %d: %v", kind, capacity, err)
			}
		}
	}
	var vec Vec[int]
	var queue Queue[int]
	if back, err := vec.Push(1); back != 1 || !errors.Is(err, ErrFull) {
		t.Errorf("zero Vec: %v, %v", back, err)
	}
	if back, err := queue.Push(1); back != 1 || !errors.Is(err, ErrFull) || queue.Peek() != nil {
		t.Errorf("zero Queue: %v, %v", back, err)
	}
}

func TestFullHandsBack(t *testing.T) {
	vec, queue, table := must(NewVec[string](1)), must(NewQueue[string](1)), must(NewMap[int, string](1, nil))
	for i, item := range []string{"first", "second"} {
		want, wantErr := "", error(nil)
		if i == 1 {
			want, wantErr = item, ErrFull
		}
		expect := func(what, back string, err error) {
			t.Helper()
			if back != want || err != wantErr {
				t.Errorf("%s of %s: %q, %v", what, item, back, err)
			}
		}
		back, err := vec.Push(item)
		expect("Push to a Vec", back, err)
		back, err = queue.Push(item)
		expect("Push to a Queue", back, err)
		back, err = table.Put(i, item)
		expect("Put in a Map", back, err)
		if i == 1 {
			back, err = vec.Insert(0, item)
			expect("Insert in a Vec", back, err)
		}
	}
	if back, err := table.Put(0, "again"); back != "" || err != nil {
		t.Errorf("a full map refuses a new value of an old key: %q, %v", back, err)
	}
}

func TestVecRange(t *testing.T) {
	v := must(NewVec[int](4))
	v.Push(1)
	for _, i := range []int{-1, 2, math.MaxInt} {
		if back, err := v.Insert(i, 9); back != 9 || !errors.Is(err, ErrRange) {
			t.Errorf("Insert(%d): %d, %v", i, back, err)
		}
	}
	for _, i := range []int{-1, 1, math.MaxInt} {
		if _, ok := v.Remove(i); ok {
			t.Errorf("Remove(%d) of 1 element", i)
		}
		if _, ok := v.SwapRemove(i); ok {
			t.Errorf("SwapRemove(%d) of 1 element", i)
		}
	}
	s := append(v.Slice(), 5)
	if s[0] != 1 || v.Len() != 1 {
		t.Error("appending to Slice changed the Vec")
	}
	v.Push(6)
	if s[1] != 5 {
		t.Error("a Push shows in what was appended to Slice")
	}
}

func TestNothingAllocates(t *testing.T) {
	v, q := must(NewVec[[4]int](8)), must(NewQueue[[4]int](8))
	numbers := must(NewMap[int, [4]int](100, nil))
	names := must(NewMap[string, int](100, nil))
	keys := []string{"cutoff", "resonance", "gain"}
	for name, op := range map[string]func(){
		"Vec":   func() { v.Push([4]int{1}); v.Insert(0, [4]int{2}); v.Remove(0); v.Pop() },
		"Queue": func() { q.Push([4]int{1}); q.Peek(); q.Pop() },
		"Map":   func() { numbers.Put(7, [4]int{1}); numbers.Get(7); numbers.Delete(7) },
		"Map of strings": func() {
			for _, k := range keys {
				names.Put(k, 1)
				names.Get(k)
				names.Delete(k)
			}
		},
	} {
		if n := testing.AllocsPerRun(100, op); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestRemovedElementsAreCleared: the collector gets what a container let go of.
func TestRemovedElementsAreCleared(t *testing.T) {
	type big [1 << 12]byte
	v, q, m := must(NewVec[*big](8)), must(NewQueue[*big](8)), must(NewMap[int, *big](8, nil))
	var freed, made atomic.Int64
	fresh := func() *big {
		b := new(big)
		made.Add(1)
		runtime.AddCleanup(b, func(int) { freed.Add(1) }, 0)
		return b
	}
	for i := range 4 {
		v.Push(fresh())
		v.Insert(0, fresh())
		q.Push(fresh())
		m.Put(i, fresh())
	}
	v.Pop()
	v.Remove(1)
	v.SwapRemove(0)
	for i := range 3 {
		q.Pop()
		m.Delete(i)
	}
	const removed = 9
	for i := 0; freed.Load() < removed && i < 100; i++ {
		runtime.GC()
		runtime.Gosched()
	}
	if freed.Load() < removed-1 { // one may linger in a register
		t.Errorf("%d of %d removed objects were freed", freed.Load(), removed)
	}
	v.Clear()
	q.Clear()
	m.Clear()
	for i := 0; freed.Load() < made.Load() && i < 100; i++ {
		runtime.GC()
		runtime.Gosched()
	}
	if freed.Load() < made.Load()-1 {
		t.Errorf("%d of %d objects were freed", freed.Load(), made.Load())
	}
	runtime.KeepAlive(v)
	runtime.KeepAlive(q)
	runtime.KeepAlive(m)
}

func TestQueueAll(t *testing.T) {
	q := must(NewQueue[int](3))
	for i := range 5 {
		if q.Len() == 3 {
			q.Pop()
		}
		q.Push(i)
	}
	if got := slices.Collect(q.All()); !slices.Equal(got, []int{2, 3, 4}) {
		t.Errorf("%v", got)
	}
	for range q.All() {
		break
	}
}
