package async

import (
	"context"
	"io"
	"sync"
)

// Buffer carries a stream of bytes through a block of a [Heap]. Write waits while it
// is full, and Read while it is empty. One goroutine at a time may read, and one may
// write.
type Buffer struct {
	mu     sync.Mutex
	block  Block
	room   Notify // signals that bytes were read
	filled Notify // signals that bytes were written
	start  int    // of the unread bytes
	n      int    // unread bytes
	eof    bool
}

// NewBuffer makes a buffer of size bytes.
func NewBuffer(ctx context.Context, h *Heap, size int) (*Buffer, error) {
	if size < 1 {
		return nil, ErrSize
	}
	block, err := h.Alloc(ctx, size)
	if err != nil {
		return nil, err
	}
	return &Buffer{block: block}, nil
}

// Write writes all of p, waiting as often as the buffer is full. It returns how much
// it wrote, and fails with the context's cause, or with [ErrClosed] after CloseWrite
// or Release.
func (b *Buffer) Write(ctx context.Context, p []byte) (n int, err error) {
	for {
		if err := usable(ctx); err != nil {
			return n, err
		}
		k, err := b.put(p[n:])
		if n += k; err != nil || n == len(p) {
			return n, err
		}
		if err := b.room.Wait(ctx); err != nil {
			return n, err
		}
	}
}

// put copies what fits.
func (b *Buffer) put(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	memory := b.block.Bytes()
	if b.eof || memory == nil {
		return 0, ErrClosed
	}
	n := 0
	for n < len(p) && b.n < len(memory) {
		end := (b.start + b.n) % len(memory)
		k := copy(memory[end:min(len(memory), end+len(memory)-b.n)], p[n:])
		n += k
		b.n += k
	}
	if n > 0 {
		b.filled.One()
	}
	return n, nil
}

// Read reads at least one byte, waiting while there is none. It fails with the
// context's cause, with io.EOF after CloseWrite, or with [ErrClosed] after Release.
func (b *Buffer) Read(ctx context.Context, p []byte) (int, error) {
	for {
		if err := usable(ctx); err != nil {
			return 0, err
		}
		if n, err := b.get(p); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if err := b.filled.Wait(ctx); err != nil {
			return 0, err
		}
	}
}

// get copies what there is.
func (b *Buffer) get(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	memory := b.block.Bytes()
	switch {
	case memory == nil:
		return 0, ErrClosed
	case b.n == 0 && b.eof:
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && b.n > 0 {
		k := copy(p[n:], memory[b.start:min(len(memory), b.start+b.n)])
		n += k
		b.n -= k
		b.start = (b.start + k) % len(memory)
	}
	if n > 0 {
		b.room.One()
	}
	return n, nil
}

// CloseWrite ends the stream: Read returns the remaining bytes, and then io.EOF.
func (b *Buffer) CloseWrite() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.eof = true
	b.filled.All()
	b.filled.One() // for a Read that is about to wait
	b.room.All()
	b.room.One()
}

// Release gives the memory back and ends what waits. It returns [ErrReleased] the
// second time.
func (b *Buffer) Release() error {
	b.mu.Lock()
	err := b.block.Release()
	b.mu.Unlock()
	b.CloseWrite()
	return err
}

// Buffered returns the number of bytes that can be read without waiting.
func (b *Buffer) Buffered() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}
