package suite

import (
	"fmt"
	"math"
	"math/rand/v2"
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

// TestFaultsAreNotHidden injects a fault of 3.5 ms, such as a collection makes, at 240
// places of a second on a machine whose own stalls cost activations as well: at most 3
// of them may be put down to the machine altogether. On such a machine a reference saw
// 4 stalls of .5 to 2 ms a second; or the host took 1% of each of eight CPUs, 10 ms at a
// time, and the loop runs on one of them.
func TestFaultsAreNotHidden(t *testing.T) {
	const (
		period = int64(time.Millisecond)
		second = int64(time.Second)
		fault  = 3_500_000
		faults = 240
		most   = 3
	)
	machines := map[string]func(*rand.Rand) []stall{
		"a reference": func(rng *rand.Rand) (stalls []stall) {
			for range 4 {
				from := rng.Int64N(second)
				stalls = append(stalls, stall{from, from + period/2 + rng.Int64N(3*period/2), math.MaxInt64})
			}
			return stalls
		},
		"steal": func(rng *rand.Rand) (stalls []stall) {
			for cpu := range 8 {
				look := rng.Int64N(100)
				stat := "cpu  0 0 0 0 0 0 0 1 0 0\n"
				for c := range 8 {
					stolen := 0
					if c == cpu {
						stolen = 1
					}
					stat += fmt.Sprintf("cpu%d 0 0 0 0 0 0 0 %d 0 0\n", c, stolen)
				}
				if lost := stealOf([]byte(stat), []int{1}); lost > 0 {
					from := look * int64(stealInterval)
					stalls = append(stalls, stall{from, from + int64(stealInterval), int64(lost) / period})
				}
			}
			return stalls
		},
	}
	for name, stalls := range machines {
		rng, hidden := rand.New(rand.NewPCG(12, 21)), 0
		for range faults {
			at := period + rng.Int64N(second-10*period)
			first := (at/period + 1) * period // the activation at hand ends late, and these are dropped
			dropped := (at + fault - first) / period
			if dropped == exempt([]skip{{first, dropped}}, stalls(rng), period) {
				hidden++
			}
		}
		if hidden > most {
			t.Errorf("%s: %d of %d faults are hidden, want at most %d", name, hidden, faults, most)
		}
	}
}
