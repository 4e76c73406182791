package async

import "unsafe"

// Block is bytes of a [Heap], until its Release. The zero Block is stale.
type Block struct {
	s     *slot
	state uint64
}

// Get returns the bytes, good until the Release, or [ErrStale].
func (b Block) Get() ([]byte, error) {
	if !b.s.is(b.state) {
		return nil, ErrStale
	}
	return unsafe.Slice((*byte)(b.s.value), b.s.size), nil
}

// Bytes is Get with nil for a stale block.
func (b Block) Bytes() []byte {
	bytes, _ := b.Get()
	return bytes
}

// Release gives the block back, or returns [ErrReleased].
func (b Block) Release() error {
	if b.s == nil || !b.s.end(b.state) {
		return ErrReleased
	}
	b.s.heap.free(b.s)
	return nil
}
