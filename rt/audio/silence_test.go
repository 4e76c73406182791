package audio

import (
	"testing"
	"time"
)

// TestSilence: silence is what several looks have found, and none of them counts for
// longer than two turns: a machine that was held up is no silent device.
func TestSilence(t *testing.T) {
	const ms = int64(time.Millisecond)
	for name, c := range map[string]struct {
		looks [][2]int64 // cycles, ms
		want  int64      // ms
	}{
		"the first look":            {[][2]int64{{7, 5000}}, 0},
		"a device that calls":       {[][2]int64{{7, 0}, {8, 50}, {9, 100}}, 0},
		"one that does not":         {[][2]int64{{7, 0}, {7, 50}, {7, 100}, {7, 150}}, 150},
		"one that calls again":      {[][2]int64{{7, 0}, {7, 50}, {7, 100}, {8, 150}}, 0},
		"a counter that began anew": {[][2]int64{{7, 0}, {7, 50}, {0, 100}}, 0},
		"a machine held up":         {[][2]int64{{7, 0}, {7, 3000}}, 100},
		"the same report again":     {[][2]int64{{7, 50}, {7, 50}, {7, 50}}, 0},
		"a clock that jumps back":   {[][2]int64{{7, 100}, {7, 50}, {7, 90}}, 40},
	} {
		var s silence
		var got int64
		for _, l := range c.looks {
			got = s.look(uint64(l[0]), l[1]*ms)
		}
		if got != c.want*ms {
			t.Errorf("%s: %v, want %v", name, time.Duration(got), time.Duration(c.want*ms))
		}
	}
}
