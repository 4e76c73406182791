package playback

import "github.com/memkit-go/memkit/cmd/rtbench/internal/witness"

// control is what C saw, by the number of the cycle.
type control struct {
	cycles map[uint32]witness.Cycle
	period int64
}

func newControl(cycles []witness.Cycle, period int64) *control {
	k := &control{make(map[uint32]witness.Cycle, len(cycles)), period}
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
