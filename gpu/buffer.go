package gpu

import "github.com/memkit-go/memkit/internal/errkind"

// Buffer is a part of a pool's memory. It is a handle: copies are the same buffer,
// and all are stale once it is freed.
type Buffer struct {
	pool             *Pool
	slot, generation uint32
	start, size      uint64 // within the slot's buffer
}

// Size in bytes.
func (b Buffer) Size() uint64 { return b.size }

// Part is size bytes of the buffer from offset on, as an argument of copies and
// dispatches. Freeing a part frees the whole buffer.
func (b Buffer) Part(offset, size uint64) (Buffer, error) {
	if size == 0 || offset > b.size || size > b.size-offset {
		return Buffer{}, errkind.Errorf(ErrRange, "gpu: part of %d bytes at %d of a buffer of %d", size, offset, b.size)
	}
	b.start += offset
	b.size = size
	return b, nil
}

// Free gives the memory back to the pool. Errors: [ErrStale], and [ErrInUse] while
// recorded jobs use it.
func (b Buffer) Free() error {
	if b.pool == nil {
		return ErrStale
	}
	return b.pool.free(b)
}

// Bytes is the memory itself, where the CPU reaches it: [ErrNotVisible]. The slice
// must not be used after Free. In memory that is not coherent, Flush follows writing
// and Invalidate comes before reading; jobs do both for what they transfer.
func (b Buffer) Bytes() ([]byte, error) {
	s, err := b.record()
	if err != nil {
		return nil, err
	}
	if s.block.host == nil {
		return nil, errkind.Errorf(ErrNotVisible, "gpu: buffer %q: the CPU does not reach memory of type %v; transfer it with a Batch", s.name, b.pool.config.Type)
	}
	at := s.offset + b.start
	return s.block.host[at : at+b.size : at+b.size], nil
}

// Flush makes what the CPU wrote visible to jobs that are submitted later.
func (b Buffer) Flush() error { return b.sync(Backend.Flush) }

// Invalidate makes what finished jobs wrote visible to the CPU.
func (b Buffer) Invalidate() error { return b.sync(Backend.Invalidate) }

// sync calls f with the buffer's place, rounded out to whole units.
func (b Buffer) sync(f func(b Backend, memory Handle, offset, size uint64) error) error {
	s, err := b.record()
	if err != nil {
		return err
	}
	if b.pool.device.closed.Load() {
		return ErrClosed
	}
	if s.block.host == nil {
		return ErrNotVisible
	}
	at := b.flushed(&s)
	return f(b.pool.device.backend, at.Memory, at.Offset, at.Size)
}

// flushed is the buffer's place, rounded out to whole units of flushes.
func (b Buffer) flushed(s *slot) Span {
	align := b.pool.device.caps.Alignment
	from := (s.offset + b.start) &^ (align - 1)
	to := min(roundUp(s.offset+b.start+b.size, align), s.block.size)
	return Span{s.block.memory, from, to - from}
}

// record is a copy of the buffer's record.
func (b Buffer) record() (slot, error) {
	if b.pool == nil {
		return slot{}, ErrStale
	}
	b.pool.mu.Lock()
	defer b.pool.mu.Unlock()
	s, err := b.pool.find(b)
	if err != nil {
		return slot{}, err
	}
	return *s, nil
}

// pin keeps the buffer from being freed while a job uses it, and returns its place.
func (b Buffer) pin(d *Device, use Usage) (Span, error) {
	if b.pool == nil {
		return Span{}, ErrStale
	}
	p := b.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.find(b)
	switch {
	case err != nil:
		return Span{}, err
	case p.device != d:
		return Span{}, errkind.Errorf(ErrUsage, "gpu: buffer %q belongs to another device", s.name)
	case s.usage&use == 0:
		return Span{}, errkind.Errorf(ErrUsage, "gpu: buffer %q: is %v, used as %v; add it to BufferConfig.Usage", s.name, s.usage, use)
	}
	s.jobs++
	return Span{s.block.memory, s.offset + b.start, b.size}, nil
}

func (b Buffer) unpin() {
	b.pool.mu.Lock()
	defer b.pool.mu.Unlock()
	if s, err := b.pool.find(b); err == nil {
		s.jobs--
	}
}
