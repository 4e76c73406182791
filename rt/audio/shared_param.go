package audio

import (
	"fmt"
	"slices"
	"sync"

	"github.com/memkit-go/memkit/rt/audio/internal/targets"
)

// maxShared is how many parameters a program can share with its isolates.
const maxShared = 64

// shared is the parameters that isolates follow, in the order of their making, which is
// the same in an isolate: it is the same program.
var shared struct {
	mu     sync.Mutex
	params []*Param
	names  []string
	cells  targets.Cells
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
	p.shared, p.number = true, len(shared.params)
	shared.params, shared.names = append(shared.params, p), append(shared.names, name)
	return p
}

// follow has an isolate follow the parameters.
func follow(c *targets.Cell) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	words := make([]*targets.Word, len(shared.params))
	for i, p := range shared.params {
		words[i] = &p.target
	}
	shared.cells.Join(c, words)
}

// paramReader is an isolate's end.
type paramReader struct {
	from   *targets.Reader // nil where there is no parent
	params []*Param
}

// apply sets the parameters that the parent has set since the last block.
//
// Cost: O(maxShared). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound maxShared
func (r *paramReader) apply() {
	if r.from == nil {
		return
	}
	for i, p := range r.params {
		if v, changed := r.from.Next(i); changed {
			p.store(v)
		}
	}
}
