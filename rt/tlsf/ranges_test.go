package tlsf

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

func newRanges(t testing.TB, c RangesConfig) *Ranges {
	t.Helper()
	r, err := NewRanges(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rangesShadow drives a Ranges and knows which ranges are live.
type rangesShadow struct {
	t      testing.TB
	r      *Ranges
	c      RangesConfig
	ranges []Range
	stale  []Range
}

func newRangesShadow(t testing.TB, c RangesConfig) *rangesShadow {
	r := newRanges(t, c)
	return &rangesShadow{t: t, r: r, c: r.config}
}

func (s *rangesShadow) alloc(size, align uint64) {
	s.t.Helper()
	certain := align <= s.c.Granule && max(size, 1) <= s.r.Stats().LargestFree && len(s.ranges) < s.c.MaxRanges
	x, err := s.r.Alloc(size, align)
	if err != nil {
		if certain {
			s.t.Fatalf("Alloc(%d, %d): %v, though LargestFree promised it", size, align, err)
		}
		return
	}
	if x.Size < size || x.Size == 0 || x.Offset%max(align, s.c.Granule) != 0 || x.Offset+x.Size > s.c.Size {
		s.t.Fatalf("Alloc(%d, %d) = %+v", size, align, x)
	}
	s.ranges = append(s.ranges, x)
}

func (s *rangesShadow) free(i int) {
	s.t.Helper()
	x := s.ranges[i]
	if err := s.r.Free(x); err != nil {
		s.t.Fatalf("Free(%+v): %v", x, err)
	}
	s.ranges[i] = s.ranges[len(s.ranges)-1]
	s.ranges = s.ranges[:len(s.ranges)-1]
	s.stale = append(s.stale, x)
}

func (s *rangesShadow) misuse() {
	s.t.Helper()
	for _, x := range s.stale[max(0, len(s.stale)-8):] {
		if err := s.r.Free(x); err != ErrStaleRange {
			s.t.Fatalf("Free(%+v) again: %v", x, err)
		}
	}
	for _, x := range []Range{{}, {Size: 16}, {node: math.MaxUint32}, {node: 1, generation: 99}} {
		if err := s.r.Free(x); err != ErrStaleRange {
			s.t.Fatalf("Free(%+v): %v", x, err)
		}
	}
}

// check is the one invariant check.
func (s *rangesShadow) check() {
	s.t.Helper()
	if err := s.r.Check(); err != nil {
		s.t.Fatal(err)
	}
	live := map[Range]bool{}
	end := uint64(0)
	for x, isLive := range s.r.Walk {
		if x.Offset != end {
			s.t.Fatalf("%+v does not begin at %d", x, end)
		}
		end += x.Size
		if isLive {
			live[x] = true
		}
	}
	for _, x := range s.ranges {
		if !live[x] {
			s.t.Fatalf("%+v is lost", x)
		}
	}
	if len(live) != len(s.ranges) || s.r.Stats().Live != len(s.ranges) {
		s.t.Fatalf("%d ranges live, want %d", len(live), len(s.ranges))
	}
}

// TestRangesStress compares with a model after each random step; TestSoakRanges
// (make soak) takes a hundred times as many.
func TestRangesStress(t *testing.T) {
	testenv.SkipInRaceRun(t)
	steps := 5_000
	if testing.Short() {
		steps = 2_000
	}
	stressRanges(t, steps)
}

// TestSoakRanges is TestRangesStress a hundred times as long.
func TestSoakRanges(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("takes a minute; MEMKIT_SOAK=1 (make soak) runs it, TestRangesStress a hundredth")
	}
	stressRanges(t, 500_000)
}

func stressRanges(t *testing.T, steps int) {
	eachPolicy(t, func(t *testing.T, p Policy) {
		for _, c := range []RangesConfig{
			{Size: 1 << 20, MaxRanges: 100, Policy: p},
			{Size: 1<<20 + 100, Granule: 256, MaxRanges: 1000, Policy: p},
			{Size: 1 << 40, Granule: 1 << 16, MaxRanges: 50, Policy: p},
			{Size: 777, Granule: 1, MaxRanges: 40, Policy: p},
		} {
			s := newRangesShadow(t, c)
			r := rand.New(rand.NewPCG(c.Size, 1))
			for range steps {
				switch op := r.IntN(10); {
				case op < 4:
					s.alloc(uint64(expUniform(r, float64(c.Size)/8)), 0)
				case op < 5:
					s.alloc(uint64(expUniform(r, float64(c.Size)/64)), s.c.Granule<<r.IntN(6))
				case op < 6:
					s.misuse()
				case len(s.ranges) > 0:
					s.free(r.IntN(len(s.ranges)))
				}
				s.check()
			}
			for len(s.ranges) > 0 {
				s.free(0)
			}
			s.check()
			if st := s.r.Stats(); st.Used != 0 || st.Free != c.Size/s.c.Granule*s.c.Granule || st.Peak == 0 {
				t.Errorf("after all is freed: %+v", st)
			}
		}
	})
}

func FuzzRanges(f *testing.F) {
	f.Add([]byte{0, 10, 0, 10, 0, 30, 3, 5, 0, 200, 1, 0})
	f.Add([]byte{1, 40, 0, 255, 3, 0, 4, 1, 1, 7, 2, 99})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 2 || len(script) > 2000 {
			return
		}
		s := newRangesShadow(t, RangesConfig{
			Size:      uint64(script[1])*100 + 128,
			Granule:   1 << (script[0] >> 1 & 7),
			MaxRanges: 1 + int(script[0]>>4),
			Policy:    Policy(script[0] & 1),
		})
		for script = script[2:]; len(script) >= 2; script = script[2:] {
			x := uint64(script[1])
			switch script[0] % 6 {
			case 0, 1:
				s.alloc(x<<(script[0]>>5), 0)
			case 2:
				s.alloc(x, 1<<(script[0]>>4))
			case 3, 4:
				if len(s.ranges) > 0 {
					s.free(int(x) % len(s.ranges))
				}
			case 5:
				s.misuse()
			}
			s.check()
		}
	})
}

func TestRangesRefuse(t *testing.T) {
	for _, c := range []struct {
		config RangesConfig
		want   string
	}{
		{RangesConfig{}, "RangesConfig.Size 0"},
		{RangesConfig{Size: 15, MaxRanges: 1}, "RangesConfig.Size 15"},
		{RangesConfig{Size: 1 << 20, MaxRanges: 1, Granule: 48}, "RangesConfig.Granule 48"},
		{RangesConfig{Size: 1 << 40, MaxRanges: 1}, "larger Granule"},
		{RangesConfig{Size: 1 << 20}, "RangesConfig.MaxRanges 0"},
		{RangesConfig{Size: 1 << 20, MaxRanges: math.MaxInt}, "RangesConfig.MaxRanges"},
		{RangesConfig{Size: 1 << 20, MaxRanges: 1, Policy: 9}, "RangesConfig.Policy 9"},
	} {
		if _, err := NewRanges(c.config); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v; want an error with %q", c.config, err, c.want)
		}
	}
	s := newRangesShadow(t, RangesConfig{Size: 1 << 20, MaxRanges: 2})
	for _, c := range []struct {
		size, align uint64
		want        error
	}{
		{16, 3, ErrAlignment}, {16, math.MaxUint64, ErrAlignment},
		{1<<20 + 1, 0, ErrTooLarge}, {math.MaxUint64, 0, ErrTooLarge}, {1, 1 << 63, ErrTooLarge},
		{1 << 20, 1 << 20, ErrExhausted},
	} {
		if _, err := s.r.Alloc(c.size, c.align); err != c.want {
			t.Errorf("Alloc(%d, %d): %v, want %v", c.size, c.align, err, c.want)
		}
		s.check()
	}
	s.alloc(0, 0)
	s.alloc(100, 4096)
	if _, err := s.r.Alloc(1, 0); err != ErrTooManyRanges {
		t.Errorf("third of two ranges: %v", err)
	}
	if st := s.r.Stats(); st.Failures != 7 || st.PeakRequest != math.MaxUint64 {
		t.Errorf("%+v", st)
	}
	old := s.ranges[0]
	s.r.Reset()
	s.ranges = nil
	if err := s.r.Free(old); err != ErrStaleRange {
		t.Errorf("Free of a range from before Reset: %v", err)
	}
	s.alloc(0, 0)
	if now := s.ranges[0]; now.node != old.node || now.Offset != old.Offset || now.Size != old.Size {
		t.Fatal("the place was not allocated again, so this test shows nothing")
	}
	if err := s.r.Free(old); err != ErrStaleRange {
		t.Errorf("Free of a range from before Reset whose place is live again: %v", err)
	}
	s.check()
}

func TestRangesCheckNotices(t *testing.T) {
	for name, breakIt := range map[string]func(r *Ranges, x, f uint32){
		"a size":            func(r *Ranges, x, _ uint32) { r.nodes[x].size++ },
		"a neighbour":       func(r *Ranges, x, _ uint32) { r.nodes[x].before = x },
		"a free flag":       func(r *Ranges, x, _ uint32) { r.nodes[x].free = true },
		"the account":       func(r *Ranges, _, _ uint32) { r.used++ },
		"an unmarked bin":   func(r *Ranges, _, f uint32) { r.bins.clear(r.bins.of(r.nodes[f].size)) },
		"a back link":       func(r *Ranges, _, f uint32) { r.nodes[f].last = f },
		"a lost free node":  func(r *Ranges, _, f uint32) { r.unlist(f); r.nodes[f].free = true },
		"a lost unused one": func(r *Ranges, _, _ uint32) { r.unused = r.nodes[r.unused].next },
	} {
		s := newRangesShadow(t, RangesConfig{Size: 1 << 20, MaxRanges: 10})
		s.alloc(1000, 0)
		s.alloc(2000, 0)
		s.alloc(3000, 0)
		f := s.ranges[1].node
		s.free(1)
		s.check()
		breakIt(s.r, s.ranges[0].node, f)
		if err := s.r.Check(); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: Check: %v", name, err)
		}
	}
}

func TestRangesNoGoAllocations(t *testing.T) {
	r := newRanges(t, RangesConfig{Size: 1 << 20, MaxRanges: 10})
	got := testing.AllocsPerRun(100, func() {
		a, _ := r.Alloc(1000, 0)
		b, _ := r.Alloc(1000, 4096)
		r.Free(a)
		r.Free(a)
		r.Free(b)
		r.Stats()
	})
	if got != 0 {
		t.Errorf("%g allocations a round", got)
	}
}

// TestRangeOfAnotherRanges: two spaces of the same shape, with the same history,
// do not accept each other's ranges.
func TestRangeOfAnotherRanges(t *testing.T) {
	c := RangesConfig{Size: 1 << 20, MaxRanges: 4}
	a, b := newRanges(t, c), newRanges(t, c)
	x, err := a.Alloc(100, 0)
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Alloc(100, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Free(x); err != ErrStaleRange {
		t.Errorf("a range of another Ranges: %v", err)
	}
	if err := b.Free(y); err != nil {
		t.Errorf("the space's own range: %v", err)
	}
}
