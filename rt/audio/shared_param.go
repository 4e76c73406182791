package audio

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/memkit-go/memkit/rt/ring"
)

// maxShared is how many parameters a program can share with its isolates.
const maxShared = 64

// sharedTargets are the targets of all shared parameters as bits, in the order of
// their making, which is the same in an isolate: it is the same program.
type sharedTargets [maxShared]uint32

// shared is the parameters that isolates follow, and the cells of the isolates.
var shared struct {
	mu     sync.RWMutex
	params []*Param
	names  []string
	cells  []*paramCell
}

// paramCell is the way to one isolate.
type paramCell struct {
	mu sync.Mutex
	to *ring.LatestWriter[sharedTargets]
}

// NewSharedParam makes a parameter that Set reaches also in the processes of isolates:
// the same parameter of the same program there. Make it in a package-level variable,
// which the constructor given to [Declare] uses; up to 64, each with a name of its
// own. Anything else is a programming error and panics.
func NewSharedParam(name string, low, high, value float32, s Smoothing) *Param {
	p := NewParam(low, high, value, s)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if slices.Contains(shared.names, name) || len(shared.params) == maxShared {
		panic(fmt.Sprintf("audio: NewSharedParam %q: the name is taken, or there are %d already", name, maxShared))
	}
	p.shared = true
	shared.params, shared.names = append(shared.params, p), append(shared.names, name)
	return p
}

// targets are those of all shared parameters; mu is held.
func targets() (t sharedTargets) {
	for i, p := range shared.params {
		t[i] = p.target.Load()
	}
	return t
}

// publish passes the targets to the isolates that run.
func publish() {
	//rt:allow ML603 reason="reached for shared parameters alone, which a Processor must not set; see Param.Set"
	shared.mu.RLock()
	defer shared.mu.RUnlock()
	for _, c := range shared.cells {
		c.store()
	}
}

// store writes the targets as they are once no other goroutine writes, so that the
// last one is never lost.
func (c *paramCell) store() {
	//rt:allow ML603 reason="reached for shared parameters alone, which a Processor must not set; see Param.Set"
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to.HandOver()
	c.to.Store(targets())
}

// join adds an isolate, leave removes it.
func (c *paramCell) join() {
	shared.mu.Lock()
	shared.cells = append(shared.cells, c)
	shared.mu.Unlock()
	publish()
}

func (c *paramCell) leave() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.cells = slices.DeleteFunc(shared.cells, func(o *paramCell) bool { return o == c })
}

// paramReader is an isolate's end.
type paramReader struct {
	from   *ring.LatestReader[sharedTargets] // nil where there is no parent
	params []*Param
}

func (r *paramReader) handOver() {
	if r.from != nil {
		r.from.HandOver()
	}
}

// apply sets the parameters to what the parent has set since the last block.
//
// Cost: O(1), and O(maxShared) after a change. Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound maxShared
func (r *paramReader) apply() {
	if r.from == nil {
		return
	}
	t, fresh := r.from.View()
	if !fresh {
		return
	}
	for i, p := range r.params {
		p.store(math.Float32frombits(t[i]))
	}
}
