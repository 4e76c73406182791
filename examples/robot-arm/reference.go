package main

import (
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
)

// The reference is a loop of a priority above the controller's, on the same CPU, which
// does nothing but look, twice a period, whether it wakes late by half a period or more.
// Then the machine itself stood still, and periods that the controller skips at the same
// time are counted apart.
var (
	referenceEntry = isolate.Entry("reference", runReference)
	stalls         = isolate.NewQueue[stall]("reference.stalls", 4096)
)

type stall struct{ From, To int64 }

func runReference(c *isolate.Child) error {
	out, err := stalls.Producer(c)
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Name: "reference", Period: period / 2, Policy: rt.FIFO(rt.DefaultPriority + 1)})
	if err != nil {
		return err
	}
	err = loop.Run(c.Context(), func(t *rt.Tick) error {
		if t.Now-t.Intended >= int64(period)/2 {
			out.Push(stall{t.Intended, t.Now})
		}
		return nil
	})
	if c.Context().Err() != nil {
		return nil
	}
	return err
}

// exempt counts the skipped activations that a stall accounts for: those that were due
// less than a period before it, during it, or within a tenth of a period after.
func exempt(skips []skip, seen []stall) (n int64) {
	const p, aftermath = int64(period), int64(period / 10)
	for _, s := range skips {
		for i := range s.N {
			due := s.First + i*p
			for _, w := range seen {
				if w.From < due+p && due < w.To+aftermath {
					n++
					break
				}
			}
		}
	}
	return n
}

// patience is how long past its time a run may take.
const patience = 30 * time.Second
