package async

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
)

// FramesConfig describes [Frames].
type FramesConfig struct {
	// Name appears in errors and metrics; empty means "frames".
	Name string
	// Count is how many frames can be open at once; 0 means 4.
	Count int
	// Size is the bytes of one frame; 0 means 1 MiB.
	Size int
	// Holders is how many Refs and Slices of one frame can be held at once; 0
	// means 1024.
	Holders int
}

func (c *FramesConfig) validate() error {
	if c.Name == "" {
		c.Name = "frames"
	}
	for _, s := range []struct {
		name                string
		value               *int
		initial, least, top int
		proposal            string
	}{
		{"Count", &c.Count, 4, 1, 1 << 16, "the frames that are open at once"},
		{"Size", &c.Size, 1 << 20, 64, 1 << 30, "the bytes of one frame"},
		{"Holders", &c.Holders, 1024, 1, 1 << 24, "the references to one frame that are held at once"},
	} {
		if *s.value == 0 {
			*s.value = s.initial
		}
		if v := *s.value; v < s.least || v > s.top {
			return fmt.Errorf("async: FramesConfig.%s %d: must be %d to %d; give %s", s.name, v, s.least, s.top, s.proposal)
		}
	}
	return nil
}

// Frames are a fixed number of frames: memory that a task fills, that other
// goroutines hold parts of, and that is taken back as a whole. The memory lies
// outside the Go heap and must hold no Go pointers.
type Frames struct {
	config FramesConfig
	memory *arena.Arena
	items  items
	frames []frameState // by the index of their slot

	errFull    error // a frame's memory is used up
	errHolders error // its holders are
}

// NewFrames makes frames. Close unmaps their memory.
func NewFrames(c FramesConfig) (*Frames, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	size := (c.Size + 63) &^ 63
	memory, err := arena.New(arena.Config{Size: c.Count * size, Name: c.Name, NoLock: true})
	if err != nil {
		return nil, err
	}
	f := &Frames{config: c, memory: memory, frames: make([]frameState, c.Count)}
	f.errFull = errkind.Errorf(ErrExhausted, "async: %q: the frame has no room left; raise FramesConfig.Size", c.Name)
	f.errHolders = errkind.Errorf(ErrExhausted, "async: %q: all of FramesConfig.Holders are in use; release some, or raise it", c.Name)
	f.items.init(c.Count)
	for i := range f.frames {
		s := &f.frames[i]
		s.frames, s.slot = f, &f.items.slots[i]
		s.base = unsafe.Pointer(&memory.Bytes()[i*size])
		s.drained = make(chan struct{}, 1)
		s.holders = make([]holder, c.Holders)
		for h := range s.holders {
			s.holders[h].frame, s.holders[h].next = s, h-1
		}
		s.spare = c.Holders - 1
	}
	return f, nil
}

// Begin opens a frame, and waits while all are open. It fails with the context's
// cause or with [ErrClosed].
func (f *Frames) Begin(ctx context.Context) (Frame, error) {
	if err := usable(ctx); err != nil {
		return Frame{}, err
	}
	s, gen := f.items.take()
	if s == nil {
		var err error
		if s, gen, err = f.items.wait(ctx, 0); err != nil {
			return Frame{}, err
		}
	}
	state := &f.frames[s.index]
	state.begin()
	return Frame{state, gen, ""}, nil
}

// Close makes every Begin fail with [ErrClosed], also those that wait, and unmaps
// the memory. While frames are open it refuses with a [*LeakError] that names the
// holders' sites, and leaves everything as it is.
func (f *Frames) Close() error {
	leak := &LeakError{Name: f.config.Name}
	for i := range f.frames {
		if s := &f.frames[i]; atomics.Load(&s.slot.state)&stateMask == held {
			leak.Count++
			for _, h := range s.report() {
				leak.Sites = append(leak.Sites, h.Site)
			}
		}
	}
	if leak.Count > 0 {
		return leak
	}
	n, err := f.items.close()
	switch {
	case err != nil:
		return err
	case n > 0: // begun meanwhile: its memory stays
		return &LeakError{Name: f.config.Name, Count: n}
	}
	return f.memory.Close()
}

// Stats returns statistics: of items, each of which is a frame.
func (f *Frames) Stats() PoolStats {
	s := f.items.stats()
	s.Name = f.config.Name
	return s
}

// Collect reports the statistics one by one, for a metrics system.
func (f *Frames) Collect(report func(name string, value float64)) { f.Stats().collect(report) }
