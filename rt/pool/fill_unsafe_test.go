//go:build !rtdebug

package pool

import (
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// dirty is memory that holds 0xFF in every byte.
func dirty(n int) []byte { return slices.Repeat([]byte{0xFF}, n) }

// TestNewPoolsAreZeroed: the slots of a pool over a region that held something
// else are zero, and those of an uninitialised pool are not touched.
func TestNewPoolsAreZeroed(t *testing.T) {
	const n = 3
	full := block{owner: 1<<64 - 1}
	for i := range full.content {
		full.content[i] = 1<<64 - 1
	}
	handle := func(p *Handles[block]) *block { _, b := p.Get(); return b }
	for name, c := range map[string]struct{ got, want block }{
		"Local":          {*must(NewLocal[block](dirty(LocalSize[block](n)), n)).Get(), block{}},
		"Shared":         {*must(NewShared[block](dirty(SharedSize[block](n)), n)).Get(), block{}},
		"Handles":        {*handle(must(NewHandles[block](dirty(HandlesSize[block](n)), n))), block{}},
		"Local uninit":   {*must(NewLocalUninit[block](dirty(LocalSize[block](n)), n)).Get(), full},
		"Shared uninit":  {*must(NewSharedUninit[block](dirty(SharedSize[block](n)), n)).Get(), full},
		"Handles uninit": {*handle(must(NewHandlesUninit[block](dirty(HandlesSize[block](n)), n))), full},
	} {
		if c.got != c.want {
			t.Errorf("%s: first slot %v", name, c.got)
		}
	}
}

// TestHandlesClear: Put clears a slot, unless the pool is an uninitialised one.
func TestHandlesClear(t *testing.T) {
	for name, p := range map[string]*Handles[block]{
		"cleared": must(NewHandles[block](region(HandlesSize[block](1)), 1)),
		"slab":    must(NewHandlesSlab[block](1)),
		"uninit":  must(NewHandlesUninit[block](region(HandlesSize[block](1)), 1)),
	} {
		h, b := p.Get()
		b.content[4] = 42
		if err := p.Put(h); err != nil {
			t.Fatal(err)
		}
		if _, b := p.Get(); (b.content[4] == 42) != (name == "uninit") {
			t.Errorf("%s: content %d", name, b.content[4])
		}
	}
}

// TestHandlesAll: All yields every handle in use, in the order of the slots, until
// the loop ends.
func TestHandlesAll(t *testing.T) {
	p := must(NewHandlesSlab[int](4))
	var want []Handle[int]
	for range 4 {
		h, _ := p.Get()
		want = append(want, h)
	}
	if got := slices.Collect(p.All()); !slices.Equal(got, want) {
		t.Errorf("handles %#x, want %#x", got, want)
	}
	p.Put(want[1])
	if got := slices.Collect(p.All()); !slices.Equal(got, slices.Delete(slices.Clone(want), 1, 2)) {
		t.Errorf("handles %#x after the Put of %#x", got, want[1])
	}
	for h := range p.All() {
		if h != want[0] {
			t.Errorf("handle %#x after the first", h)
		}
		break
	}
}

// TestFramePeak: the peak is the most that was ever in use, whatever took it back.
func TestFramePeak(t *testing.T) {
	for name, back := range map[string]func(f *Frame, m Mark){
		"Reset":  func(f *Frame, _ Mark) { f.Reset() },
		"Rewind": func(f *Frame, m Mark) { f.Rewind(m) },
	} {
		f := must(NewFrame(region(64)))
		mark := f.Mark()
		f.AllocUninit(32, 8)
		back(f, mark)
		f.AllocUninit(8, 8)
		if f.Peak() != 32 || f.Used() != 8 {
			t.Errorf("%s: peak %d, used %d; want 32, 8", name, f.Peak(), f.Used())
		}
	}
}

// TestClassesOwn: Owns ends where the pages of the slots do.
func TestClassesOwn(t *testing.T) {
	classes := []Class{{Size: 16, Count: 1}, {Size: 64, Count: 100}}
	memory := region(ClassesSize(classes) + classPage)
	c := must(NewClasses(memory, classes))
	pages := len(c.byPage) * classPage
	for at, want := range map[int]bool{0: true, pages - 1: true, pages: false} {
		if got := c.Owns(unsafe.Pointer(&memory[at])); got != want {
			t.Errorf("byte %d of %d: %v", at, pages, got)
		}
	}
}

// TestRegionsThatDoNotFit: a region that is aligned to 4 bytes only, and slots whose
// sizes add up to more than an address can tell.
func TestRegionsThatDoNotFit(t *testing.T) {
	if _, err := NewLocal[block](region(LocalSize[block](2) + 4)[4:], 2); err == nil || !strings.Contains(err.Error(), "aligned to 8") {
		t.Errorf("a region at a multiple of 4: %v", err)
	}
	type page [1 << 15]byte
	type huge [1 << 17]page
	if _, err := NewLocal[huge](nil, MaxSlots); err == nil || !strings.Contains(err.Error(), "address range") {
		t.Errorf("%d slots of 4 GiB: %v", MaxSlots, err)
	}
}
