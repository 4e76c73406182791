//go:build interleave || race

package handoff

import (
	"fmt"
	"testing"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/interleave"
)

// words of the model
const (
	posted = iota
	done
	input  // two words, so that a torn block shows
	input2 //
	output
	output2
	modelWords
)

type flaw int

const (
	sound            flaw = iota
	postsWhileBusy        // the driver does not wait for the block to be free
	postedFirst           // the sequence is stored before the input
	doneFirst             // the worker hands back before it has written
	takesAnyChange        // the driver copies out when done has changed at all
	writesAfterwards      // the worker goes on writing after it has handed back
)

// exchangeModel: a driver makes three cycles, in each of which its waits may time
// out at once or after a look or two, and a worker serves what it finds. It
// follows Exchange, Accept and Done step by step. Cycle k's input is k, and its
// output 10·k.
func exchangeModel(f flaw) interleave.Model {
	const cycles, looks = 3, 2
	words := make([]uint64, modelWords)
	driver := func(t *interleave.Thread) {
		seq := uint64(0)
		await := func(seq uint64) bool {
			for range looks {
				d := atomics.Load(&words[done])
				if d == seq || f == takesAnyChange && d+1 == seq && seq > 1 {
					return true
				}
			}
			return false
		}
		for k := uint64(1); k <= cycles; k++ {
			if f != postsWhileBusy && !await(seq) {
				continue
			}
			seq++
			if f == postedFirst {
				atomics.Store(&words[posted], seq)
			}
			atomics.StoreRelease(&words[input], k)
			atomics.StoreRelease(&words[input2], k)
			if f != postedFirst {
				atomics.Store(&words[posted], seq)
			}
			if !await(seq) {
				continue
			}
			a, b := atomics.Load(&words[output]), atomics.Load(&words[output2])
			t.Assert(a == b && a == 10*k, "cycle %d plays %d, %d", k, a, b)
			t.Log = append(t.Log, k)
		}
	}
	processor := func(t *interleave.Thread) {
		mine := uint64(0)
		for range cycles + 2 {
			p := atomics.Load(&words[posted])
			if p == mine {
				continue
			}
			mine = p
			a, b := atomics.Load(&words[input]), atomics.Load(&words[input2])
			t.Assert(a == b, "torn input %d, %d", a, b)
			if f == doneFirst {
				atomics.Store(&words[done], mine)
			}
			atomics.StoreRelease(&words[output], 10*a)
			atomics.StoreRelease(&words[output2], 10*b)
			t.Assert(atomics.Load(&words[input]) == a, "the input of block %d changed under the worker", mine)
			if f != doneFirst {
				atomics.Store(&words[done], mine)
			}
			if f == writesAfterwards {
				atomics.StoreRelease(&words[output], 0)
			}
		}
	}
	return interleave.Model{
		Start: func() []func(*interleave.Thread) {
			clear(words)
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
	}
}

// TestModel: no order of steps plays a torn, late or foreign block, or changes a
// block under the worker; each broken variant does.
func TestModel(t *testing.T) {
	for f, name := range []string{
		"sound", "posts while busy", "posted first", "done first", "takes any change", "writes afterwards",
	} {
		t.Run(name, func(t *testing.T) {
			r := interleave.Check(exchangeModel(flaw(f)))
			if broken := flaw(f) != sound; broken != (r.Err != nil) {
				t.Errorf("broken %v: %v", broken, r)
			}
			t.Logf("%d orders, %d states", r.Orders, r.States)
		})
	}
}
