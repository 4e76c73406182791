package suite

import (
	"math"
	"testing"
)

func TestExempt(t *testing.T) {
	const period = 1000
	for _, c := range []struct {
		name   string
		skips  []skip
		stalls []stall
		want   int64
	}{
		{"no stall", []skip{{1000, 3}}, nil, 0},
		{"stall covers all", []skip{{1000, 3}}, []stall{{500, 4500, math.MaxInt64}}, 3},
		{"stall covers the second of three", []skip{{1000, 3}}, []stall{{2100, 2900, math.MaxInt64}}, 1},
		{"stall ends right before the first is due", []skip{{1000, 1}}, []stall{{400, 950, math.MaxInt64}}, 1},
		{"stall ends long before the first is due", []skip{{1000, 1}}, []stall{{400, 900, math.MaxInt64}}, 0},
		{"stall begins as the period ends", []skip{{1000, 1}}, []stall{{2000, 2600, math.MaxInt64}}, 0},
		{"stall elsewhere", []skip{{1000, 1}}, []stall{{9000, 9900, math.MaxInt64}}, 0},
		{"steal of one activation in a window of three", []skip{{1000, 3}}, []stall{{0, 5000, 1}}, 1},
		{"two stalls count one activation once", []skip{{1000, 1}}, []stall{{0, 1500, math.MaxInt64}, {1200, 1900, math.MaxInt64}}, 1},
	} {
		if got := exempt(c.skips, c.stalls, period); got != c.want {
			t.Errorf("%s: %d exempt, want %d", c.name, got, c.want)
		}
	}
}
