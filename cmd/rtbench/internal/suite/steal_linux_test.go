package suite

import (
	"testing"
	"time"
)

// TestStealOfTheLoopsCPUs: time stolen from another CPU excuses nothing.
func TestStealOfTheLoopsCPUs(t *testing.T) {
	const stat = "cpu  1 0 0 0 0 0 0 9 0 0\ncpu0 1 0 0 0 0 0 0 7 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\ncpu2 0 0 0 0 0 0 0 2 0 0\n"
	for _, c := range []struct {
		cpus []int
		want time.Duration
	}{
		{[]int{1}, 0},
		{[]int{2}, 20 * time.Millisecond},
		{[]int{0, 2}, 90 * time.Millisecond},
		{[]int{5}, 0}, {nil, 0},
	} {
		if got := stealOf([]byte(stat), c.cpus); got != c.want {
			t.Errorf("CPUs %v: %v, want %v", c.cpus, got, c.want)
		}
	}
}
