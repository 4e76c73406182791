package pool

import (
	"errors"
	"math"
	"testing"
)

func TestFrame(t *testing.T) {
	region := make([]byte, 4096)
	for i := range region {
		region[i] = 0xFF
	}
	f := must(NewFrame(region))
	a := (*[100]byte)(f.Alloc(100, 1))
	if *a != [100]byte{} {
		t.Error("Alloc did not clear")
	}
	if b := (*[4]byte)(f.AllocUninit(4, 1)); b[0] == 0 {
		t.Error("AllocUninit cleared")
	}
	f.check(t, 104)
	for align := uintptr(1); align <= 1024; align *= 2 {
		f.Alloc(1, 1)
		if p := f.Alloc(8, align); uintptr(p)%align != 0 {
			t.Errorf("alignment %d: %p", align, p)
		}
	}
	f.Reset()
	f.check(t, 0)
	if f.Alloc(0, 1) == nil || f.Alloc(4096, 1) == nil || f.Alloc(1, 1) != nil || f.Alloc(0, 1) != nil {
		t.Error("a frame of 4096 bytes does not hold exactly 0 and then 4096")
	}
	if f.Peak() != 4096 {
		t.Errorf("Peak %d", f.Peak())
	}
}

func TestFrameRefuses(t *testing.T) {
	f := must(NewFrame(make([]byte, 4096)))
	f.Alloc(1, 1)
	refused := uint64(0)
	for _, c := range []struct{ n, align uintptr }{
		{1, 0}, {1, 3}, {1, 24}, {1, math.MaxUint}, {1, 1 << 63}, {1, math.MaxInt},
		{4096, 1}, {4095, 2}, {math.MaxUint, 1}, {math.MaxUint, 16}, {math.MaxUint - 1, 2}, {math.MaxInt, 8},
		{1, f.alignment * 2},
	} {
		if p := f.Alloc(c.n, c.align); p != nil {
			t.Errorf("%d bytes aligned to %d: %p", c.n, c.align, p)
		}
		f.check(t, 1)
		if refused++; f.Exhausted() != refused {
			t.Errorf("Exhausted %d, want %d", f.Exhausted(), refused)
		}
	}
	if f.Alloc(4095, 1) == nil {
		t.Error("the rest of the frame is refused")
	}
	if _, err := NewFrame(nil); err == nil {
		t.Error("a frame of 0 bytes passes")
	}
	var zero Frame
	if zero.Alloc(1, 1) != nil {
		t.Error("the zero frame has memory")
	}
}

func TestFrameRewinds(t *testing.T) {
	f := must(NewFrame(make([]byte, 1024)))
	f.Alloc(10, 1)
	outer := f.Mark()
	f.Alloc(100, 1)
	inner := f.Mark()
	f.Alloc(500, 1)
	for _, m := range []Mark{inner, inner, outer} {
		if err := f.Rewind(m); err != nil {
			t.Fatal(err)
		}
		f.check(t, m.offset)
	}
	if err := f.Rewind(inner); !errors.Is(err, ErrStale) {
		t.Errorf("a mark beyond the current position: %v", err)
	}
	f.Reset()
	f.Alloc(600, 1)
	if err := f.Rewind(outer); !errors.Is(err, ErrStale) {
		t.Errorf("a mark from before Reset: %v", err)
	}
	f.check(t, 600)
	if f.Peak() != 610 {
		t.Errorf("Peak %d, want 610", f.Peak())
	}
}

// TestFrameInsideARegion: alignment counts from the address, not the offset.
func TestFrameInsideARegion(t *testing.T) {
	region := make([]byte, 4096)
	for skip := range uintptr(32) {
		f := must(NewFrame(region[skip:]))
		for align := uintptr(1); align <= 16; align *= 2 {
			p := f.Alloc(3, align)
			if p == nil && align <= f.alignment {
				t.Errorf("%d bytes in: alignment %d refused", skip, align)
			}
			if uintptr(p)%align != 0 {
				t.Errorf("%d bytes in: %p is not aligned to %d", skip, p, align)
			}
		}
	}
}

// TestMarkOfAnotherFrame: a frame refuses it, although the offset would do.
func TestMarkOfAnotherFrame(t *testing.T) {
	a, b := must(NewFrame(region(64))), must(NewFrame(region(64)))
	mark := a.Mark()
	b.AllocUninit(8, 8)
	if err := b.Rewind(mark); !errors.Is(err, ErrStale) {
		t.Errorf("Rewind to another frame's mark: %v", err)
	}
	if b.Used() != 8 {
		t.Errorf("%d bytes in use", b.Used())
	}
}
