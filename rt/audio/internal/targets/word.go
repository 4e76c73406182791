package targets

import (
	"math"

	"github.com/memkit-go/memkit/internal/atomics"
)

// Word holds a value, or none.
type Word struct{ bits atomics.Uint64 }

// held marks a word that has a value: memory is zero at first, as 0 is.
const held = 1 << 32

func encoded(v float32) uint64 { return held | uint64(math.Float32bits(v)) }
func decoded(w uint64) float32 { return math.Float32frombits(uint32(w)) }

// Set changes the value, here alone: see [Cells.Pass].
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (w *Word) Set(v float32) { w.bits.Store(encoded(v)) }

// Value is 0 where none has been set.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (w *Word) Value() float32 { return decoded(w.bits.Load()) }
