package pool

import (
	"errors"
	"math"
	"strings"
	"testing"
	"unsafe"
)

func newClassesOf(classes ...Class) *Classes {
	return must(NewClasses(make([]byte, ClassesSize(classes)), classes))
}

func TestClasses(t *testing.T) {
	classes := []Class{{16, 3}, {48, 5}, {64, 1}, {4096, 2}, {MaxClassSize, 1}}
	c := newClassesOf(classes...)
	if c.MaxSize() != MaxClassSize {
		t.Errorf("MaxSize %d", c.MaxSize())
	}
	want := func(n int) int { // class of a request
		for i, class := range classes {
			if n <= class.Size {
				return i
			}
		}
		return -1
	}
	for _, n := range []int{0, 1, 15, 16, 17, 47, 48, 49, 64, 65, 4095, 4096, 4097, MaxClassSize} {
		before := c.AppendStats(nil)
		p := c.Alloc(uintptr(n))
		if p == nil || uintptr(p)%16 != 0 || !c.Owns(p) {
			t.Fatalf("%d bytes: %p", n, p)
		}
		after := c.AppendStats(nil)
		for i := range classes {
			b, a := before[i], after[i]
			if i == want(n) {
				b.Live++
				b.Allocs++
				b.Requested += uint64(n)
				b.Peak = max(b.Peak, b.Live)
			}
			if a != b {
				t.Errorf("%d bytes: class %d went from %+v to %+v", n, i, before[i], a)
			}
		}
		if err := c.Free(p); err != nil {
			t.Fatal(err)
		}
		c.check(t, nil)
	}
}

func TestClassesExhaust(t *testing.T) {
	c := newClassesOf(Class{16, 3}, Class{32, 2})
	seen := map[unsafe.Pointer]bool{}
	for _, n := range []uintptr{16, 1, 9} {
		seen[c.Alloc(n)] = true
	}
	if len(seen) != 3 || seen[nil] {
		t.Fatalf("3 slots: %v", seen)
	}
	if c.Alloc(5) != nil {
		t.Error("a fourth slot of 16 bytes")
	}
	if c.Alloc(20) == nil {
		t.Error("exhaustion of one class spread to another")
	}
	for _, n := range []uintptr{33, math.MaxUint, math.MaxUint - 15, 1 << 63} {
		if c.Alloc(n) != nil {
			t.Errorf("%d bytes are served", n)
		}
	}
	if s := c.AppendStats(nil); s[0].Exhausted != 1 || s[1].Exhausted != 0 || c.Refused() != 4 {
		t.Errorf("%+v, refused %d", s, c.Refused())
	}
	c.check(t, map[int]int{16: 3, 32: 1})
}

func TestClassesFreeRefuses(t *testing.T) {
	classes := []Class{{16, 100}, {48, 100}, {80, 30}}
	region := make([]byte, ClassesSize(classes)+100)
	c := must(NewClasses(region, classes))
	live := map[unsafe.Pointer]bool{}
	var last unsafe.Pointer
	for range 5 {
		last = c.Alloc(40)
		live[last] = true
	}
	freed := c.Alloc(40)
	if err := c.Free(freed); err != nil {
		t.Fatal(err)
	}
	for offset := range region {
		p := unsafe.Pointer(&region[offset])
		if live[p] {
			continue
		}
		err := c.Free(p)
		if !errors.Is(err, ErrForeign) && !errors.Is(err, ErrInterior) && !errors.Is(err, ErrDoublePut) {
			t.Fatalf("offset %d: %v", offset, err)
		}
		if into := uintptr(p) - uintptr(last); into > 0 && into < 48 && !errors.Is(err, ErrInterior) {
			t.Fatalf("%d bytes into a slot: %v", into, err)
		}
	}
	c.check(t, map[int]int{48: 5})
	for what, p := range map[string]unsafe.Pointer{"nil": nil, "another's": unsafe.Pointer(new(int))} {
		if err := c.Free(p); !errors.Is(err, ErrForeign) || c.Owns(p) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := c.Free(freed); !errors.Is(err, ErrDoublePut) {
		t.Errorf("second free: %v", err)
	}
	if size, err := c.Size(freed); size != 0 || !errors.Is(err, ErrDoublePut) {
		t.Errorf("size of a free slot: %d, %v", size, err)
	}
	behind := unsafe.Add(c.class[1].base, 48*100)
	if err := c.Free(behind); !errors.Is(err, ErrForeign) {
		t.Errorf("behind the last slot of a class: %v", err)
	}
}

// TestClassesWalkEnds: Walk calls yield no more after false, not even for the next class.
func TestClassesWalkEnds(t *testing.T) {
	c := newClassesOf(Class{16, 2}, Class{32, 2})
	for most := 1; most <= 4; most++ {
		n := 0
		c.Walk(func(unsafe.Pointer, uintptr, bool) bool {
			n++
			return n < most
		})
		if n != most {
			t.Errorf("%d slots yielded, want %d", n, most)
		}
	}
}

// TestClassesReset: all figures begin anew, and all slots are free.
func TestClassesReset(t *testing.T) {
	c := newClassesOf(Class{16, 1}, Class{32, 1})
	for _, n := range []uintptr{16, 16, 20, 33} {
		c.Alloc(n)
	}
	if s := c.AppendStats(nil); s[0].Exhausted != 1 || s[1].Live != 1 || c.Refused() != 1 {
		t.Fatalf("%+v, %d refused", s, c.Refused())
	}
	c.Reset()
	for _, s := range c.AppendStats(nil) {
		if s != (ClassStats{Class: s.Class}) || s.Count != 1 {
			t.Errorf("after Reset: %+v", s)
		}
	}
	if c.Refused() != 0 {
		t.Errorf("after Reset: %d refused", c.Refused())
	}
	if c.Alloc(16) == nil || c.Alloc(32) == nil {
		t.Error("after Reset: a slot is not free")
	}
}

func TestClassesZero(t *testing.T) {
	c := newClassesOf(Class{64, 1})
	p := c.Alloc(64)
	(*[64]byte)(p)[63] = 7
	c.Free(p)
	if q := (*[64]byte)(c.AllocUninit(64)); q[63] == 0 {
		t.Error("AllocUninit cleared the slot")
	} else {
		c.Free(unsafe.Pointer(q))
	}
	if q := (*[64]byte)(c.Alloc(64)); q[63] != 0 {
		t.Error("Alloc did not clear the slot")
	}
}

func TestClassesAlign(t *testing.T) {
	classes := []Class{{32, 9}, {64, 9}, {192, 9}, {4096, 3}, {12288, 2}}
	region := make([]byte, ClassesSize(classes)+4096)
	skip := -uintptr(unsafe.Pointer(&region[0])) % 4096
	c := must(NewClasses(region[skip:], classes))
	for _, class := range classes {
		align := min(uintptr(class.Size)&-uintptr(class.Size), 4096)
		for range class.Count {
			if p := c.Alloc(uintptr(class.Size)); uintptr(p)%align != 0 {
				t.Errorf("slot of %d bytes at %p: not aligned to %d", class.Size, p, align)
			}
		}
	}
}

func TestNewClassesRefuses(t *testing.T) {
	region := make([]byte, 1<<20)
	for want, classes := range map[string][]Class{
		"0 classes":          nil,
		"65 classes":         make([]Class, 65),
		"Class 0 Size 0":     {{0, 1}},
		"Class 0 Size -16":   {{-16, 1}},
		"Class 1 Size 40":    {{16, 1}, {40, 1}},
		"Class 0 Size 65552": {{65552, 1}},
		"exceed":             {{32, 1}, {32, 1}},
		"sort":               {{64, 1}, {32, 1}},
		"Class 0 Count 0":    {{16, 0}},
		"Class 0 Count -5":   {{16, -5}},
		"need":               {{MaxClassSize, 17}},
	} {
		if _, err := NewClasses(region, classes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v does not say %q", classes, err, want)
		}
	}
	fits := []Class{{16, 7}}
	if _, err := NewClasses(region[8:], fits); err == nil || !strings.Contains(err.Error(), "aligned") {
		t.Errorf("unaligned region: %v", err)
	}
	exact := make([]byte, ClassesSize(fits))
	if _, err := NewClasses(exact, fits); err != nil {
		t.Error(err)
	}
	if _, err := NewClasses(exact[:len(exact)-1], fits); err == nil {
		t.Error("a region one byte too small passes")
	}
}

func TestOddInverse(t *testing.T) {
	for odd := uint64(1); odd < 10000; odd += 2 {
		if oddInverse(odd)*odd != 1 {
			t.Fatalf("%d·%d ≠ 1", odd, oddInverse(odd))
		}
	}
}
