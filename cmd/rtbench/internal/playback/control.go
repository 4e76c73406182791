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
