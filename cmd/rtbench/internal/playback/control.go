package playback

import "github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"

// control is what C saw, by the number of the cycle.
type control struct {
	cycles map[uint32]jackprobe.Cycle
	period int64
}

func newControl(cycles []jackprobe.Cycle, period int64) *control {
	k := &control{make(map[uint32]jackprobe.Cycle, len(cycles)), period}
	for _, c := range cycles {
		k.cycles[c.Frame] = c
	}
	return k
}

// late reports whether C was late in the cycle, or was not called in it at all.
func (k *control) late(number uint32) bool {
	c, ok := k.cycles[number]
	return !ok || c.End-c.Begin > k.period
}

// lateBetween reports whether C was late in the cycle c or in the one before it; where
// cycles are missing between it and the last one, whether C was late in those.
func (k *control) lateBetween(last, c jackprobe.Cycle) bool {
	if k == nil {
		return false
	}
	if number := last.Frame + last.N; number != c.Frame && int32(c.Frame-number) > 0 {
		for ; int32(c.Frame-number) > 0; number += last.N {
			if !k.late(number) {
				return false
			}
		}
		return true
	}
	return k.late(c.Frame) || k.late(c.Frame-c.N)
}
