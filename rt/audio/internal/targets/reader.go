package targets

import "github.com/memkit-go/memkit/internal/atomics"

// Reader is the isolate's view of its memory.
type Reader struct{ words, seen []uint64 }

// NewReader reads what a [Cell] of the same memory writes.
func NewReader(memory []byte) *Reader {
	words := view(memory)
	return &Reader{words, make([]uint64, len(words))}
}

// Next is the value of word i where one has been set since the last call for i.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: one thread at a time.
//
//rt:nonblocking
//rt:nonallocating
func (r *Reader) Next(i int) (v float32, changed bool) {
	w := atomics.Load(&r.words[i])
	if w == r.seen[i] {
		return 0, false
	}
	r.seen[i] = w
	return decoded(w), true
}
