package tlsf

import (
	"errors"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt/arena"
)

func TestTyped(t *testing.T) {
	type voice struct {
		Phase float64
		Gain  [3]float32
	}
	h := newHeap(t, 1<<16, Config{})
	if _, err := For[string](h); !errors.As(err, new(*arena.PointerError)) {
		t.Errorf("a type with a pointer: %v", err)
	}
	voices, err := For[voice](h)
	if err != nil {
		t.Fatal(err)
	}
	dirty := alloc(t, h, 1000)
	fill(dirty, 1000)
	free(t, h, dirty)
	v := voices.New()
	s := voices.Slice(20)
	if v == nil || *v != (voice{}) || len(s) != 20 || cap(s) != 20 {
		t.Fatalf("%v, %d", v, len(s))
	}
	for i, v := range s {
		if v != (voice{}) {
			t.Errorf("element %d is %v", i, v)
		}
	}
	if got := voices.Slice(0); got == nil || len(got) != 0 || voices.FreeSlice(got) != nil {
		t.Errorf("a slice of no elements: %v", got)
	}
	before := h.Stats().Failures
	for _, n := range []int{-1, 1 << 20, 1 << 62} {
		if got := voices.Slice(n); got != nil {
			t.Errorf("Slice(%d) has %d", n, len(got))
		}
	}
	if got := h.Stats().Failures - before; got != 3 {
		t.Errorf("%d failures counted, want 3", got)
	}
	if err := errors.Join(voices.Free(v), voices.FreeSlice(s)); err != nil {
		t.Error(err)
	}
	if err := voices.Free(v); err != ErrDoubleFree {
		t.Errorf("Free again: %v", err)
	}
	if !debug.Enabled {
		if n := testing.AllocsPerRun(100, func() { voices.Free(voices.New()); voices.FreeSlice(voices.Slice(3)) }); n != 0 {
			t.Errorf("%v Go allocations", n)
		}
	}
	for voices.Slice(10) != nil {
	}
	for voices.New() != nil {
	}
	check(t, h)
}

func TestOwns(t *testing.T) {
	memory := region(256 << 10)
	h, err := New(memory[64<<10:128<<10], Config{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(kib int) unsafe.Pointer { return unsafe.Pointer(&memory[kib<<10]) }
	for range 2 {
		for kib, want := range map[int]bool{0: false, 63: false, 64: true, 127: true, 128: false, 200: len(h.pools) > 1} {
			if got := h.Owns(at(kib)); got != want {
				t.Errorf("%d pools: Owns at %d KiB: %v", len(h.pools), kib, got)
			}
		}
		if h.Owns(nil) || h.Owns(unsafe.Add(at(64), -1)) || !h.Owns(unsafe.Add(at(128), -1)) {
			t.Error("the ends of the region")
		}
		if err := h.AddPool(memory[192<<10 : 256<<10]); err != nil && len(h.pools) == 1 {
			t.Fatal(err)
		}
	}
}

func TestAlignment(t *testing.T) {
	h := newHeap(t, 1<<18, Config{})
	for align := uintptr(1); align <= 1<<12; align *= 2 {
		p, err := h.AllocAligned(100, align)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.Alignment(p); err != nil || got != max(align, unitSize) {
			t.Errorf("Alignment of a block aligned to %d: %d, %v", align, got, err)
		}
	}
	if _, err := h.Alignment(nil); err != ErrNil {
		t.Errorf("nil: %v", err)
	}
}
