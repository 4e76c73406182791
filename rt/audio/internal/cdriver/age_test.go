//go:build cgo && linux

package cdriver

import (
	"slices"
	"testing"
)

// TestAges: an offset that the server's filter has for long is taken out, and a
// client's own delays are not.
func TestAges(t *testing.T) {
	const period, long = 1_333_333, 100
	repeat := func(v int64, n int) []int64 { return slices.Repeat([]int64{v}, n) }
	for _, c := range []struct {
		name  string
		given []int64
		xruns map[int]int
		want  []int64 // the last ones
	}{
		{"usual", repeat(70_000, long), nil, repeat(70_000, 10)},
		{"one late", append(repeat(70_000, long), 900_000), nil, []int64{70_000, 900_000}},
		{"five late", append(repeat(70_000, long), repeat(900_000, 5)...), nil, repeat(900_000, 5)},
		{"behind", append(repeat(70_000, long), append(repeat(1_000_000, 40), 1_050_000)...), nil, []int64{0, 50_000}},
		{"behind after an xrun", append(repeat(70_000, long), 1_000_000, 1_050_000, 990_000, 1_000_000), map[int]int{long: 1}, []int64{0, 50_000, 0, 10_000}},
		{"far behind", append(repeat(70_000, long), repeat(3_000_000, 3)...), nil, []int64{0, 0, 0}},
		{"ahead", append(repeat(70_000, long), -200_000, -150_000), nil, []int64{0, 50_000}},
		{"follows again", append(repeat(1_000_000, 40), 70_000, 80_000, 90_000, 70_000, 80_000, 90_000, 70_000, 80_000, 90_000), nil, []int64{80_000, 90_000}},
	} {
		got := ages(c.given, c.xruns, period)
		if last := got[len(got)-len(c.want):]; !slices.Equal(last, c.want) {
			t.Errorf("%s: %v, want %v", c.name, last, c.want)
		}
	}
}
