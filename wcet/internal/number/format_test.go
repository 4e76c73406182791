package number

import (
	"math"
	"testing"
)

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		want string
	}{
		{24_410, "ns", "24.4 µs"}, {999.4, "ns", "999 ns"}, {999.6, "ns", "1.00 µs"}, {41, "ns", "41 ns"}, {3.42, "ns", "3.42 ns"},
		{9.999, "ns", "10.0 ns"}, {0, "ns", "0 ns"}, {1e6, "ns", "1 ms"}, {2_345_678, "ns", "2.35 ms"}, {12e9, "ns", "12 s"}, {4e12, "ns", "4000 s"},
		{math.NaN(), "ns", "unknown"}, {math.Inf(1), "ns", "+Inf s"},
		{0.33521, Times, "0.335×"}, {1234.5, Times, "1234×"}, {21440, "", "2.144e+04"}, {7.5, "cycles", "7.5 cycles"},
	} {
		if got := Quantity(c.v, c.unit); got != c.want {
			t.Errorf("%v %s reads %q, want %q", c.v, c.unit, got, c.want)
		}
	}
	if a, b := Apart(24_401, 24_404, "ns"); a != "24.401 µs" || b != "24.404 µs" {
		t.Errorf("%s and %s do not tell two values apart", a, b)
	}
	if a, b := Apart(24_401, 24_401, "ns"); a != "24.4 µs" || b != a {
		t.Errorf("%s and %s for one value", a, b)
	}
}
