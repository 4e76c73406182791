package core

import (
	"fmt"
	"unsafe"
)

// Scratch is named memory that lives across frames until it is reset. Allocate
// on it with [Type.MakeOn].
type Scratch struct {
	lane   *Lane
	name   string
	handle uint64
	base   unsafe.Pointer
	next   int
	end    int
	epoch  uint64
}

// Scratch takes size bytes from the lane's heap, under the tag in force.
func (l *Lane) Scratch(name string, size int) (*Scratch, error) {
	if size < 1 || size > maxSize {
		return nil, fmt.Errorf("core: scratch %q of %d bytes: must be 1 to %d", name, size, maxSize)
	}
	handle, p, err := l.heap.open(size, 64, l.tag(), 0, ScratchTier)
	if err != nil {
		return nil, err
	}
	l.epoch++
	return &Scratch{lane: l, name: name, handle: uint64(handle), base: p, end: size, epoch: l.epoch}, nil
}

func (s *Scratch) alloc(size, align int) (unsafe.Pointer, error) {
	if !s.lane.owned() {
		return nil, ErrWrongThread
	}
	if s.handle == 0 {
		return nil, ErrClosed
	}
	// The base is aligned to 64 only; larger alignments count from the address.
	start := s.next + int(-(uintptr(s.base)+uintptr(s.next))&uintptr(align-1))
	if size > s.end-start {
		return nil, s.lane.refuse(&scratchFull, size, s.lane.tag())
	}
	s.next = start + size
	return unsafe.Add(s.base, start), nil
}

// Name returns the scratch's name.
func (s *Scratch) Name() string { return s.name }

// Used returns the bytes in use, padding included; Cap the scratch's size.
func (s *Scratch) Used() int { return s.next }
func (s *Scratch) Cap() int  { return s.end }

// Reset takes everything back and makes its references stale.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Scratch) Reset() error {
	if !s.lane.owned() {
		return ErrWrongThread
	}
	if poisonBuild {
		poison(unsafe.Slice((*byte)(s.base), s.next))
	}
	s.next = 0
	s.lane.epoch++
	s.epoch = s.lane.epoch
	return nil
}

// Close gives the memory back to the heap.
func (s *Scratch) Close() error {
	if !s.lane.owned() {
		return ErrWrongThread
	}
	if s.handle == 0 {
		return ErrClosed
	}
	err := s.lane.heap.release(s.handle)
	s.lane.epoch++
	s.handle, s.next, s.end, s.epoch = 0, 0, 0, s.lane.epoch
	return err
}
