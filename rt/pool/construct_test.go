package pool

import (
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/arena"
)

// constructors lists what takes a region and a slot count.
func constructors[T any]() map[string]func(region []byte, n int) error {
	return map[string]func([]byte, int) error{
		"Local":         func(r []byte, n int) error { _, err := NewLocal[T](r, n); return err },
		"LocalUninit":   func(r []byte, n int) error { _, err := NewLocalUninit[T](r, n); return err },
		"Shared":        func(r []byte, n int) error { _, err := NewShared[T](r, n); return err },
		"SharedUninit":  func(r []byte, n int) error { _, err := NewSharedUninit[T](r, n); return err },
		"Handles":       func(r []byte, n int) error { _, err := NewHandles[T](r, n); return err },
		"HandlesUninit": func(r []byte, n int) error { _, err := NewHandlesUninit[T](r, n); return err },
	}
}

func slabs[T any]() map[string]func(n int) error {
	return map[string]func(int) error{
		"Local":   func(n int) error { _, err := NewLocalSlab[T](n); return err },
		"Shared":  func(n int) error { _, err := NewSharedSlab[T](n); return err },
		"Handles": func(n int) error { _, err := NewHandlesSlab[T](n); return err },
	}
}

func TestConstructorsRefuse(t *testing.T) {
	size := HandlesSize[block](8) // the largest of them
	memory := region(size + 64)
	expect := func(what string, err error, words ...string) {
		t.Helper()
		if err == nil {
			t.Errorf("%s passes", what)
			return
		}
		for _, w := range words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", what, err, w)
			}
		}
	}
	for name, create := range constructors[block]() {
		expect(name+" of 0 slots", create(memory, 0), "slot count 0")
		expect(name+" of -1 slots", create(memory, -1), "slot count -1")
		expect(name+" of too many slots", create(memory, MaxSlots+1), "slot count")
		expect(name+" of more than there is room for", create(memory, 1000), "1000 slots", "Size bytes")
		expect(name+" without a region", create(nil, 1), "region of 0 bytes")
		expect(name+" unaligned", create(memory[1:], 8), "aligned")
		if err := create(memory, 8); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, create := range constructors[struct{}]() {
		expect(name+" of empty structs", create(memory, 8), "size is 0")
	}
	for name, create := range constructors[[1 << 40]byte]() {
		expect(name+" of 2^71 bytes", create(memory, MaxSlots), "address range")
	}
	type message struct {
		ID   int
		Body [2]struct{ Text []byte }
	}
	for name, create := range constructors[message]() {
		err := create(memory, 1)
		expect(name+" of pointers", err, "Body[0].Text", "Slab")
		var pointer *arena.PointerError
		if !errors.As(err, &pointer) {
			t.Errorf("%s: %v is no PointerError", name, err)
		}
	}
	for name, create := range slabs[message]() {
		expect(name+" slab of 0 slots", create(0), "slot count 0")
		if err := create(3); err != nil {
			t.Errorf("%s slab of pointers: %v", name, err)
		}
	}
	for name, create := range slabs[struct{}]() {
		expect(name+" slab of empty structs", create(3), "size is 0")
	}
}

// region returns n bytes aligned to a page, as an arena's are: Go aligns
// allocations of a page or more.
func region(n int) []byte { return make([]byte, max(n, 4096))[:n:n] }

// TestExactRegion: the Size functions give what the constructors need, to the
// byte.
func TestExactRegion(t *testing.T) {
	for n := 1; n < 20; n++ {
		slots := (3*n + 7) / 8 * 8 // so that the words behind them are aligned
		if l, h := LocalSize[[3]byte](n), HandlesSize[[3]byte](n); l != slots+4*n || h != slots+12*n {
			t.Errorf("%d slots: %d and %d bytes, want %d and %d", n, l, h, slots+4*n, slots+12*n)
		}
		for name, size := range map[string]int{"Local": LocalSize[[3]byte](n), "Shared": SharedSize[[3]byte](n), "Handles": HandlesSize[[3]byte](n)} {
			create := constructors[[3]byte]()[name]
			if err := create(region(size), n); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if create(region(size-1), n) == nil {
				t.Errorf("%s of %d slots fits %d bytes, its Size function says %d", name, n, size-1, size)
			}
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	p := must(NewLocal[block](make([]byte, LocalSize[block](8)), 8))
	s := must(NewShared[block](make([]byte, SharedSize[block](8)), 8))
	h := must(NewHandles[block](make([]byte, HandlesSize[block](8)), 8))
	f := must(NewFrame(make([]byte, 4096)))
	classes := []Class{{16, 2}, {64, 2}}
	c := must(NewClasses(make([]byte, ClassesSize(classes)), classes))
	stats := make([]ClassStats, 0, 2)
	for name, op := range map[string]func(){
		"Local":   func() { b := p.Get(); p.Put(b); p.Put(b); p.Put(nil) },
		"Shared":  func() { b := s.Get(); s.Put(b); s.Put(b); s.Put(nil) },
		"Handles": func() { x, _ := h.Get(); h.At(x).owner++; h.Put(x); h.Put(x) },
		"Frame":   func() { m := f.Mark(); f.Alloc(100, 8); f.Rewind(m); f.Alloc(9999, 8); f.Reset() },
		"Classes": func() { b := c.Alloc(50); c.Free(b); c.Free(b); c.Alloc(99); c.AppendStats(stats) },
	} {
		if n := testing.AllocsPerRun(100, op); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
