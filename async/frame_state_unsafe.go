package async

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
)

// frameState is one of the frames of [Frames]. Its memory is handed out from the
// beginning to the end. It is taken back when no holder is left: a Ref or Slice whose
// Release has not been called.
type frameState struct {
	frames *Frames
	slot   *slot
	base   unsafe.Pointer

	mu      sync.Mutex
	next    int // bytes handed out
	ending  bool
	held    int
	holders []holder
	spare   int           // index of the first free holder, or -1
	drained chan struct{} // of capacity 1: the last holder of an ending frame is gone
}

// holder is a reference that keeps its frame. Its state is odd while it is held, and
// counts up, so that each reference has a state of its own.
type holder struct {
	state atomics.Uint64
	frame *frameState
	next  int // in the list of free holders
	tag   string
	pc    uintptr // where it was made
	bytes int
}

func (s *frameState) begin() {
	s.mu.Lock()
	s.next, s.ending = 0, false
	s.mu.Unlock()
}

// reserve takes size bytes and makes their holder.
func (s *frameState) reserve(f Frame, size, align int) (unsafe.Pointer, *holder, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending || !s.slot.is(f.gen) {
		return nil, nil, 0, ErrEnded
	}
	start := (s.next + align - 1) &^ (align - 1)
	if size > s.frames.config.Size-start {
		return nil, nil, 0, s.frames.errFull
	}
	h, state := s.hold(f.tag, size)
	if h == nil {
		return nil, nil, 0, s.frames.errHolders
	}
	s.next = start + size
	return unsafe.Add(s.base, start), h, state, nil
}

// hold makes a holder; mu is locked.
func (s *frameState) hold(tag string, bytes int) (*holder, uint64) {
	if s.spare < 0 {
		return nil, 0
	}
	h := &s.holders[s.spare]
	s.spare = h.next
	s.held++
	h.tag, h.bytes = tag, bytes
	h.pc = callerOutside()
	state := h.state.Load() + 1
	h.state.Store(state)
	return h, state
}

// release ends a holder.
func (h *holder) release(state uint64) error {
	if h == nil || !h.state.CompareAndSwap(state, state+1) {
		return ErrReleased
	}
	s := h.frame
	s.mu.Lock()
	defer s.mu.Unlock()
	h.next = s.spare
	s.spare = s.index(h)
	if s.held--; s.held == 0 && s.ending {
		select {
		case s.drained <- struct{}{}:
		default:
		}
	}
	return nil
}

func (s *frameState) index(h *holder) int {
	return int(uintptr(unsafe.Pointer(h))-uintptr(unsafe.Pointer(&s.holders[0]))) / int(unsafe.Sizeof(*h))
}

// clone makes another holder of what h holds.
func (h *holder) clone(state uint64) (*holder, uint64, error) {
	if h == nil {
		return nil, 0, ErrStale
	}
	s := h.frame
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case h.state.Load() != state:
		return nil, 0, ErrStale
	case s.ending:
		return nil, 0, ErrEnded
	}
	c, state := s.hold(h.tag, h.bytes)
	if c == nil {
		return nil, 0, s.frames.errHolders
	}
	return c, state, nil
}

// report lists the holders.
func (s *frameState) report() []Holder {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Holder
	for i := range s.holders {
		if h := &s.holders[i]; h.state.Load()&1 != 0 {
			list = append(list, Holder{h.tag, site(h.pc), h.bytes})
		}
	}
	return list
}

// callerOutside is the program counter of the innermost caller outside of this
// package; its tests are outside.
func callerOutside() uintptr {
	var pcs [6]uintptr
	for _, pc := range pcs[:runtime.Callers(3, pcs[:])] {
		if f := runtime.FuncForPC(pc - 1); f != nil && !inPackage(f.Name()) {
			return pc
		}
	}
	return pcs[0]
}

func site(pc uintptr) string {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return fmt.Sprintf("%s:%d", frame.File, frame.Line)
}
