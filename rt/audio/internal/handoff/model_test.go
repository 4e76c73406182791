//go:build interleave || race

package handoff

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
)

// exchangeModel runs a driver and a worker in every order of their accesses to the
// words and the block. The driver makes some cycles, in each of which its waits time
// out after a few looks; the worker looks a few times whether a block was posted. The
// input of cycle k is k, its output 10·k. That it fails when a decision is undone is
// shown by the mutants in testdata/mutants.txt.
func exchangeModel(t *testing.T, cycles, looks int, budget int64) interleave.Model {
	ticks := int64(0) // of the driver, the only one that reads the clock
	r := newRegion(t, Config{
		In: 1, Out: 1, MaxFrames: 1, Period: 1 << 40, Budget: budget, Records: 8, Portable: true,
		Now: func() int64 { ticks++; return ticks },
	})
	fresh := bytes.Clone(r.memory)
	device := cycle(1, 1, 1)
	driver := func(t *interleave.Thread) {
		d := r.Driver()
		for k := 1; k <= cycles; k++ {
			device.In[0][0], device.Out[0][0] = float32(k), -1
			device.Begin = ticks
			missed, played := d.Exchange(device), device.Out[0][0]
			t.Assert(missed || played == float32(10*k), "cycle %d plays %v", k, played)
			t.Assert(!missed || played == 0, "cycle %d is missed and plays %v", k, played)
			if !missed {
				t.Log = append(t.Log, uint64(k))
			}
		}
	}
	processor := func(t *interleave.Thread) {
		w, b := Worker{r: r}, Block{}
		for range looks {
			if !w.Pending() {
				continue
			}
			w.Accept(&b)
			atomics.Reads(&b.In[0][0])
			in := b.In[0][0]
			t.Assert(b.Frame+1 == int64(in), "the header of cycle %d goes with the input of cycle %v", b.Frame+1, in)
			atomics.Writes(&b.Out[0][0])
			b.Out[0][0] = 10 * in
			atomics.Reads(&b.In[0][0])
			t.Assert(b.In[0][0] == in, "the input of cycle %v changed under the worker", in)
			w.Done()
		}
	}
	return interleave.Model{
		Start: func() []func(*interleave.Thread) {
			copy(r.memory, fresh)
			ticks = 0
			return []func(*interleave.Thread){driver, processor}
		},
		Final: func(logs [][]uint64) error {
			for i, k := range logs[0] {
				if i > 0 && k <= logs[0][i-1] {
					return fmt.Errorf("played %v", logs[0])
				}
			}
			return nil
		},
		MaxSteps: 400,
	}
}

// TestModel: no order of accesses plays a torn, late or foreign block, or changes a
// block under the worker.
func TestModelExchange(t *testing.T) {
	for _, c := range []struct {
		cycles, looks int
		budget        int64
	}{{3, 4, 3}, {2, 3, 6}} {
		r := interleave.Check(exchangeModel(t, c.cycles, c.looks, c.budget))
		if r.Err != nil {
			t.Error(r)
		}
		t.Logf("%d cycles: %d orders, %d states", c.cycles, r.Orders, r.States)
	}
}
