package report

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		r    rounding
		want string
	}{
		{0, "ns", nearest, "0 ns"},
		{7, "ns", nearest, "7 ns"},
		{950, "ns", nearest, "950 ns"},
		{3.4249, "ns", nearest, "3.42 ns"},
		{999.4, "ns", nearest, "999 ns"},
		{999.6, "ns", nearest, "1.00 µs"},
		{22_360, "ns", nearest, "22.4 µs"},
		{22_340, "ns", upward, "22.4 µs"},
		{22_360, "ns", downward, "22.3 µs"},
		{22_300, "ns", upward, "22.3 µs"},
		{999_999, "ns", nearest, "1.00 ms"},
		{1.5e9, "ns", nearest, "1.50 s"},
		{1.5e12, "ns", nearest, "1500 s"},
		{-22_360, "ns", nearest, "-22.4 µs"},
		{-22_360, "ns", upward, "-22.3 µs"},
		{math.NaN(), "ns", nearest, "–"},
		{math.Inf(1), "ns", upward, "–"},
		{12.345, "cycles", nearest, "12.3 cycles"},
		{12.345, "", nearest, "12.3"},
	} {
		if got := quantity(c.v, c.unit, c.r); got != c.want {
			t.Errorf("quantity(%v, %q, %d) = %q, want %q", c.v, c.unit, c.r, got, c.want)
		}
	}
}

// A printed upper limit below the computed one would be a false claim.
func TestQuantityNeverUnderstatesALimit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	scales := map[string]float64{"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
	for range 20_000 {
		v := math.Exp(rng.Float64() * 25)
		for _, r := range []rounding{upward, downward} {
			number, unit := scale(v, "ns", r)
			parsed, err := strconv.ParseFloat(number, 64)
			if err != nil {
				t.Fatal(err)
			}
			parsed *= scales[unit]
			if r == upward && parsed < v*(1-1e-9) || r == downward && parsed > v*(1+1e-9) {
				t.Fatalf("%v prints as %s %s with rounding %d", v, number, unit, r)
			}
			if math.Abs(parsed-v) > 0.011*v {
				t.Fatalf("%v prints as %s %s: off by more than 1 %%", v, number, unit)
			}
		}
	}
}

func TestSmallFormats(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{times(0.0021, nearest), "0.0021×"},
		{times(0.351, upward), "0.36×"},
		{times(1.18, nearest), "1.2×"},
		{times(476, nearest), "480×"},
		{times(math.NaN(), nearest), "–"},
		{count(0), "0"},
		{count(999), "999"},
		{count(29956), "29,956"},
		{count(-1234567), "−1,234,567"},
		{chance(0.26), "0.26"},
		{chance(1e-6), "10⁻⁶"},
		{chance(3.14e-9), "3.1×10⁻⁹"},
		{chance(0), "0"},
		{power(0), "1"},
		{quantileName(0.5), "p50"},
		{quantileName(0.9999), "p99.99"},
		{plain(12), "12"},
		{plain(0.1234), "0.123"},
		{plain(math.Inf(1)), "–"},
		{tickQuantity(0, "ns"), "0"},
		{tickQuantity(2e6, "ns"), "2 ms"},
		{tickQuantity(0.3e6, "ns"), "300 µs"},
		{tickQuantity(math.NaN(), "ns"), "–"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestExceedanceOf(t *testing.T) {
	for metric, want := range map[string]float64{
		"p50": 0.5, "p99": 0.01, "p999": 1e-3, "p9999": 1e-4, "p99.99": 1e-4, "exceedance@1e-06": 1e-6,
	} {
		if got, ok := exceedanceOf(metric); !ok || math.Abs(got-want) > 1e-12 {
			t.Errorf("exceedanceOf(%q) = %v, %v; want %v", metric, got, ok, want)
		}
	}
	for _, metric := range []string{"", "p", "mean/today/make-1k", "p99/today/make-1k", "count/skipped", "measured", "exceedance@x", "exceedance@2"} {
		if p, ok := exceedanceOf(metric); ok {
			t.Errorf("exceedanceOf(%q) = %v, want none", metric, p)
		}
	}
}

func TestTodayKnowsOnlyTheTodayFamily(t *testing.T) {
	for _, c := range []struct {
		want   string
		ratios map[string]float64
	}{
		{"", nil},
		{"", map[string]float64{"c/wake-1ms": 1, "peer/x": 2, "todays/x": 3}},
		{"today/glibc", map[string]float64{"peer/modernc": 1, "today/glibc": 2, "today/make-256": 3, "a/b": 4}},
		{"today/make-64", map[string]float64{"today/make-64": 1}},
	} {
		if got := today(c.ratios); got != c.want {
			t.Errorf("today(%v) = %q, want %q", c.ratios, got, c.want)
		}
	}
}

func TestAnchorsAreUniqueAndPlain(t *testing.T) {
	a := newAnchors()
	seen := map[string]bool{}
	for _, name := range []string{"loop/wake-1ms", "loop-wake/1ms", "loop/wake-1ms", `"><script>`, "", "ü", "bench-"} {
		id := a.unique(name)
		if seen[id] || strings.ContainsFunc(id, func(r rune) bool {
			return !(r == '-' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
		}) {
			t.Errorf("anchor %q for %q", id, name)
		}
		seen[id] = true
	}
}
