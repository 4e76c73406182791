package audio

import (
	"testing"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// TestSimBegin: a cycle belongs to the period in which the device is called, whose
// beginnings lie evenly however late that is, and periods that have passed whole are
// lost input and output.
func TestSimBegin(t *testing.T) {
	const period = 1000
	s := simStream{period: period, next: 5000, info: backend.Info{Frames: 64, InLatency: 300, OutLatency: 400}}
	const lost = handoff.XrunIn | handoff.XrunOut
	for _, step := range []struct {
		now, begin int64
		flags      uint32
	}{
		{5000, 5000, 0}, {6999, 6000, 0}, {7000, 7000, 0}, {9999, 9000, lost}, {10_000, 10_000, 0}, {13_500, 13_000, lost}, {14_000, 14_000, 0},
	} {
		c := backend.Cycle{Flags: handoff.Priming}
		s.begin(&c, step.now)
		want := backend.Cycle{N: 64, Flags: step.flags, Begin: step.begin, Entry: step.now, InTime: step.begin - 300, OutTime: step.begin + 400}
		if c.N != want.N || c.Flags != want.Flags || c.Begin != want.Begin || c.Entry != want.Entry || c.InTime != want.InTime || c.OutTime != want.OutTime {
			t.Errorf("called at %d: %+v, want %+v", step.now, c, want)
		}
		if s.next != step.begin+period {
			t.Errorf("called at %d: the next period begins at %d, want %d", step.now, s.next, step.begin+period)
		}
	}
}
