package audio

import (
	"runtime"
	gc "runtime/debug"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/rt"
)

func TestMarksString(t *testing.T) {
	if got := (Allocated | Faulted | LostP | Stopped).String(); got != "allocated|faulted|lost-p|stopped" {
		t.Error(got)
	}
	if got := Marks(0).String(); got != "" {
		t.Error(got)
	}
}

// marked lists the frames of the blocks with one of the marks.
func marked(blocks []Processed, m Marks) (frames []int64) {
	for _, b := range blocks {
		if b.Marks&m != 0 {
			frames = append(frames, b.Frame)
		}
	}
	return frames
}

// TestMarks: what happens in a block, or just before it, marks that block and no
// other, and is counted, in every mode.
func TestMarks(t *testing.T) {
	const at = 10 * 64 // no block whose faults are looked for in turn
	for _, c := range []struct {
		name   string
		seen   rt.Reading
		faults int64
		before bool // between the blocks
		keepsP bool
		want   Marks
	}{
		{name: "allocated", seen: rt.Reading{Allocated: true}, want: Allocated},
		{name: "lost P", seen: rt.Reading{LostP: true}, want: LostP},
		{name: "stopped", seen: rt.Reading{Stops: 2, LostP: true}, want: Stopped | LostP},
		{name: "faulted", faults: 3, want: Faulted},
		{name: "called", seen: rt.Reading{Called: true}},
		{name: "stopped before", seen: rt.Reading{Stops: 1}, before: true, want: Stopped},
		{name: "allocated before", seen: rt.Reading{Allocated: true}, before: true},
		{name: "gave its P up before", seen: rt.Reading{LostP: true}, before: true},
		{name: "lost P before", seen: rt.Reading{LostP: true}, before: true, keepsP: true, want: LostP},
	} {
		for _, mode := range modes {
			virtual(t, func(t *testing.T, sys *system) {
				q := &quiet{}
				sys.monitor = func() threadMonitor { return q }
				happens := func() { q.seen, q.faults = c.seen, c.faults }
				var blocks []Processed
				played := 0
				s := mustOpen(t, Config{
					Backend: Sim, Mode: mode, Out: 1, OnBlock: func(p Processed) { blocks = append(blocks, p) },
					Sim: SimConfig{Sink: func([][]float32) {
						if played++; played == 10 && c.before {
							happens()
						}
					}},
				}, &process{process: func(b *Block) {
					if b.Frame == at && !c.before {
						happens()
						pass(2 * leastFelt) // longer than usual: faults are looked for
					}
				}}, sys)
				s.source.(*local).engine.marker.keepsP = c.keepsP
				run(t, s, 40)
				var want []int64
				if c.want != 0 {
					want = []int64{at}
				}
				if got := marked(blocks, ^Marks(0)); !slices.Equal(got, want) {
					t.Errorf("%s, mode %d: blocks at %v are marked, want %v", c.name, mode, got, want)
				}
				for _, b := range blocks {
					if b.Frame == at && (b.Marks != c.want || int64(b.Faults) != c.faults || b.N != 64) {
						t.Errorf("%s, mode %d: %+v, want marks %v", c.name, mode, b, c.want)
					}
				}
				one := func(m Marks) uint64 {
					if c.want&m != 0 {
						return 1
					}
					return 0
				}
				st := s.Stats()
				if st.Allocs != one(Allocated) || st.Faults != one(Faulted) || st.LostP != one(LostP) || st.Stops != one(Stopped) {
					t.Errorf("%s, mode %d: %+v", c.name, mode, st)
				}
			})
		}
	}
}

// TestMarksBeginAnew: what came before Start, on whatever thread, marks nothing.
func TestMarksBeginAnew(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		q := &quiet{}
		sys.monitor = func() threadMonitor { return q }
		s := mustOpen(t, Config{Backend: Sim}, counting(), sys)
		for range 2 {
			q.seen, q.faults = rt.Reading{LostP: true, Allocated: true, Stops: 3}, 7
			run(t, s, 20)
			if st := s.Stats(); st.Allocs|st.Faults|st.LostP|st.Stops != 0 || st.Blocks != 20 {
				t.Errorf("%+v", st)
			}
		}
	})
}

// counted is a monitor that counts the system calls.
type counted struct {
	quiet
	calls int
}

func (c *counted) Faults() int64 {
	c.calls++
	return c.quiet.Faults()
}

// TestFaultsAreLookedForRarely in a quiet thread, at every block in one that
// faults, and none goes uncounted.
func TestFaultsAreLookedForRarely(t *testing.T) {
	c := &counted{}
	sys := host
	sys.monitor = func() threadMonitor { return c }
	sys.now = func() int64 { return 0 } // every block takes as long as usual
	const blocks, loud = 200, 100       // from there on each block faults, for a while
	var looks []Processed
	n := 0
	s := mustOpen(t, Config{Backend: Offline, Out: 1, OnBlock: func(p Processed) {
		if p.Over > 0 {
			looks = append(looks, p)
		}
	}}, &process{process: func(*Block) {
		if n++; n == loud && c.calls > 20 {
			t.Errorf("%d calls in %d quiet blocks", c.calls, n)
		}
		if n >= loud && n < loud+20 {
			c.faults++
		}
	}}, &sys)
	if err := s.Render(buffers(1, blocks*64), nil); err != nil {
		t.Fatal(err)
	}
	faults, covered := 0, 0
	for i, p := range looks {
		faults, covered = faults+p.Faults, covered+p.Over
		if p.Over > staleFaults || p.Faults > p.Over || (p.Marks == Faulted) != (p.Faults > 0) {
			t.Errorf("%+v", p)
		}
		if i > 0 && looks[i-1].Faults > 0 && p.Over != 1 {
			t.Errorf("a look after one with faults is at %+v", p)
		}
	}
	if faults != 20 || covered < blocks-staleFaults {
		t.Errorf("%d faults in %d blocks, want 20 in %d", faults, covered, blocks)
	}
}

// seeing lets real monitors see what happens to a virtual thread; its page faults
// are those of many.
type seeing struct{ rt.Monitor }

func (*seeing) Faults() int64 { return 0 }

var garbage any

// TestAllocatingBlock: an allocation marks the block that has made it. One that has
// lost its P cannot tell.
func TestAllocatingBlock(t *testing.T) {
	if debug.Enabled {
		t.Skip("rtdebug's own bookkeeping allocates")
	}
	skipUntold(t)
	const at = 8 * 64
	for _, mode := range modes {
		virtual(t, func(t *testing.T, sys *system) {
			sys.monitor = func() threadMonitor { return new(seeing) }
			var blocks []Processed
			s := mustOpen(t, Config{Backend: Sim, Mode: mode, OnBlock: func(p Processed) { blocks = append(blocks, p) }}, &process{process: func(b *Block) {
				if b.Frame == at {
					garbage = make([]byte, 1000)
				}
			}}, sys)
			run(t, s, 20)
			told := false
			for _, b := range blocks {
				if want := b.Frame == at && b.Marks&LostP == 0; want != (b.Marks&Allocated != 0) {
					t.Errorf("mode %d: %+v", mode, b)
				}
				told = told || b.Frame == at
			}
			if !told {
				t.Errorf("mode %d: no block at %d", mode, at)
			}
		})
	}
}

// told reports whether the runtime's counts are known here.
func told() bool {
	var o rt.Monitor
	for range 100 { // one that loses its P is no answer
		o.Read()
		garbage = make([]byte, 1000)
		if o.Read().Allocated {
			return true
		}
	}
	return false
}

// skipUntold skips where they are not.
func skipUntold(t *testing.T) {
	t.Helper()
	if !told() {
		t.Skipf("rt does not know what %s on %s/%s counts", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	}
}

// TestStoppedBlock: a collection marks the block in which it stops the world.
func TestStoppedBlock(t *testing.T) {
	skipUntold(t)
	defer gc.SetGCPercent(gc.SetGCPercent(-1))
	runtime.GC()
	const at = 8 * 64
	for _, mode := range modes {
		virtual(t, func(t *testing.T, sys *system) {
			sys.monitor = func() threadMonitor { return new(seeing) }
			var blocks []Processed
			s := mustOpen(t, Config{Backend: Sim, Mode: mode, OnBlock: func(p Processed) { blocks = append(blocks, p) }}, &process{process: func(b *Block) {
				if b.Frame == at {
					runtime.GC()
				}
			}}, sys)
			run(t, s, 20)
			if got := marked(blocks, Stopped); !slices.Equal(got, []int64{at}) {
				t.Errorf("mode %d: blocks at %v are marked, want %d", mode, got, at)
			}
			if st := s.Stats(); st.Stops != 1 {
				t.Errorf("mode %d: %d blocks are counted", mode, st.Stops)
			}
		})
	}
}

// TestMarkedIsolate: the marks of an isolate's blocks reach its parent.
func TestMarkedIsolate(t *testing.T) {
	skipUntold(t)
	if debug.Enabled {
		t.Skip("rtdebug ends an isolate whose step does that")
	}
	for _, c := range []struct {
		does  string
		mark  Marks
		count func(Stats) uint64
	}{
		{"allocate", Allocated, func(s Stats) uint64 { return s.Allocs }},
		{"collect", Stopped, func(s Stats) uint64 { return s.Stops }},
	} {
		var blocks []Processed
		s := openIsolate(t, Config{OnBlock: func(p Processed) { blocks = append(blocks, p) }}, "0", c.does)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a block that "+c.does+"s", func() bool { return c.count(s.Stats()) > 0 })
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		counted := c.count(s.Stats())
		if got := marked(blocks, c.mark); len(got) == 0 || got[0] < 6400 || uint64(len(got)) > counted {
			t.Errorf("%s: blocks at %v are marked, %d counted; the first that does it is at 6400", c.does, got, counted)
		}
	}
}
