package audio

import (
	"runtime"
	"sync"
)

// spareState is the Ps that streams have had added.
type spareState struct {
	sync.Mutex
	count  int
	before int // GOMAXPROCS when count was 0
}

// wanted is GOMAXPROCS once a stream has come (+1) or gone (−1): what it is now, which
// the program may have changed, and one for the stream, for the only one two.
func (s *spareState) wanted(now, change int) int {
	first := change > 0 && s.count == 1 || change < 0 && s.count == 0
	if first {
		change *= 2
	}
	return max(1, now+change)
}

// spare is the Ps that streams of this process have had added. A thread that waits for
// its device keeps its P, so each stream adds one. One more, for all of them, stays
// empty under load from busy goroutines: work queued on a P that is kept, timers too, is run
// by a thread that the runtime starts for an empty P, and otherwise starves.
var spare spareState

// addP adds a P for a thread of a stream.
func addP() {
	spare.Lock()
	defer spare.Unlock()
	if spare.count == 0 {
		spare.before = runtime.GOMAXPROCS(0)
	}
	spare.count++
	runtime.GOMAXPROCS(spare.wanted(runtime.GOMAXPROCS(0), +1))
}

// removeP gives it back. Once all are back and GOMAXPROCS is again what the runtime
// chose by itself, the runtime goes on choosing.
func removeP() {
	spare.Lock()
	defer spare.Unlock()
	spare.count--
	n := spare.wanted(runtime.GOMAXPROCS(0), -1)
	if spare.count == 0 && n == spare.before {
		runtime.SetDefaultGOMAXPROCS()
		if runtime.GOMAXPROCS(0) == n {
			return
		}
	}
	runtime.GOMAXPROCS(n)
}
