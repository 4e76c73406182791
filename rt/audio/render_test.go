package audio

import (
	"errors"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt"
)

// TestRenderInParts: the partition into blocks, and into calls, is the caller's,
// and the frames go on.
func TestRenderInParts(t *testing.T) {
	var sizes []int
	s := mustOpen(t, Config{Backend: Offline, Frames: 32, In: 1, Out: 2}, &process{process: func(b *Block) {
		sizes = append(sizes, b.N)
		for i, v := range b.In[0] {
			b.Out[0][i], b.Out[1][i] = v+float32(b.Frame)+float32(i), -v
		}
	}}, &host)
	in := [][]float32{make([]float32, 100)}
	for i := range in[0] {
		in[0][i] = float32(i)
	}
	out := [][]float32{make([]float32, 100), make([]float32, 100)}
	half := func(s [][]float32, from, to int) (h [][]float32) {
		for _, c := range s {
			h = append(h, c[from:to])
		}
		return h
	}
	if err := s.Render(half(out, 0, 60), half(in, 0, 60), 10, 1, 32); err != nil {
		t.Fatal(err)
	}
	if err := s.Render(half(out, 60, 100), half(in, 60, 100)); err != nil {
		t.Fatal(err)
	}
	for i := range out[0] {
		if out[0][i] != float32(2*i) || out[1][i] != float32(-i) {
			t.Fatalf("frame %d: %v, %v", i, out[0][i], out[1][i])
		}
	}
	if want := []int{10, 1, 32, 10, 1, 6, 32, 8}; !slices.Equal(sizes, want) {
		t.Errorf("blocks of %v, want %v", sizes, want)
	}
	if st := s.Stats(); st.Callbacks != 8 || st.Blocks != 8 || st.Exec.Count != 8 || st.Late|st.Misses|st.Unrecorded != 0 {
		t.Errorf("%+v", st)
	}
}

// TestOutIsZero: what an earlier block left is gone.
func TestOutIsZero(t *testing.T) {
	s := mustOpen(t, Config{Backend: Offline, Frames: 8, Out: 1}, &process{process: func(b *Block) {
		for i, v := range b.Out[0] {
			if v != 0 {
				t.Errorf("frame %d holds %v before Process", b.Frame+int64(i), v)
			}
		}
		if b.Frame == 0 {
			b.Out[0][2] = 1
		}
	}}, &host)
	out := [][]float32{make([]float32, 24)}
	if err := s.Render(out, nil); err != nil {
		t.Fatal(err)
	}
}

// TestRenderDrains: more blocks than the rings hold records of.
func TestRenderDrains(t *testing.T) {
	s := mustOpen(t, Config{Backend: Offline, Frames: 1, Out: 1}, counting(), &host)
	out := [][]float32{make([]float32, 3*ringRecords)}
	if err := s.Render(out, nil); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Unrecorded != 0 || st.Exec.Count != 3*ringRecords {
		t.Errorf("%+v", st)
	}
}

func TestRenderRefuses(t *testing.T) {
	s := mustOpen(t, Config{Backend: Offline, Frames: 16, In: 1, Out: 1}, counting(), &host)
	one := func(n int) [][]float32 { return [][]float32{make([]float32, n)} }
	var config *ConfigError
	for name, err := range map[string]error{
		"no input":    s.Render(one(16), nil),
		"two outputs": s.Render(append(one(16), one(16)...), one(16)),
		"lengths":     s.Render(one(16), one(15)),
		"block size":  s.Render(one(16), one(16), 17),
		"zero size":   s.Render(one(16), one(16), 8, 0),
	} {
		if !errors.As(err, &config) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if g := s.Granted(); g.Mode != rt.Portable || len(g.Missing) == 0 {
		t.Errorf("offline has a thread: %+v", g)
	}
	if err := s.Start(); !errors.Is(err, ErrOffline) {
		t.Errorf("Start: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Render(one(16), one(16)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if st := s.Stats(); st.State != Closed {
		t.Errorf("state %v", st.State)
	}
	if s.Send(Event{}) {
		t.Error("a closed stream takes an event")
	}
	live := mustOpen(t, Config{Backend: Sim}, counting(), &host)
	if err := live.Render(one(64), nil); !errors.Is(err, ErrNotOffline) {
		t.Errorf("a live stream: %v", err)
	}
}

// TestAllocatesNothing: the path of a block, with input, events, scratch memory
// and an answer.
func TestAllocatesNothing(t *testing.T) {
	if debug.Enabled {
		t.Skip("rtdebug's own bookkeeping allocates")
	}
	s := mustOpen(t, Config{Backend: Offline, In: 2, Out: 2}, &process{process: func(b *Block) {
		scratch := b.Scratch.Alloc(256, 64)
		if scratch == nil {
			t.Error("no scratch memory")
		}
		for _, e := range b.Events {
			b.Notify(e)
		}
		copy(b.Out[0], b.In[1])
	}}, &host)
	l := s.source.(*local)
	in, out := buffers(2, 64), buffers(2, 64)
	if n := testing.AllocsPerRun(1000, func() {
		s.Send(Event{Value: 1})
		c := &l.blocking
		c.In, c.Out, c.N = in, out, 64
		l.engine.cycle(c)
		l.notices.Pop()
		l.blockLog.Pop()
	}); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}
