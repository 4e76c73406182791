package audio

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

var modes = []Mode{Handoff, Direct, Blocking}

// cycles is how many a run of so many periods has: in Blocking the thread finishes
// the one that it is in.
func cycles(m Mode, periods int) int {
	if m == Blocking {
		return periods + 1
	}
	return periods
}

// TestLiveIsOffline: what Sim plays in every mode is what Render makes.
func TestLiveIsOffline(t *testing.T) {
	const periods = 50
	offline := mustOpen(t, Config{Backend: Offline}, counting(), &host)
	want := [][]float32{make([]float32, (periods+1)*64), make([]float32, (periods+1)*64)}
	if err := offline.Render(want, nil); err != nil {
		t.Fatal(err)
	}
	for _, mode := range modes {
		virtual(t, func(t *testing.T, sys *system) {
			var k tape
			s := mustOpen(t, Config{Backend: Sim, Mode: mode, Sim: SimConfig{Sink: k.sink}}, counting(), sys)
			run(t, s, periods)
			st := s.Stats()
			periods := cycles(mode, periods)
			if st.Callbacks != uint64(periods) || st.Blocks != uint64(periods) || st.Misses|st.Late|st.XrunsIn|st.XrunsOut|st.Unrecorded != 0 {
				t.Errorf("mode %d: %+v", mode, st)
			}
			if st.Entry.Count != int64(periods) || st.Exec.Count != int64(periods) || st.Response.Max > s.period {
				t.Errorf("mode %d: timings %+v", mode, st)
			}
			if !slices.Equal(k.played, want[0][:periods*64]) {
				t.Errorf("mode %d: the live output differs from the offline one", mode)
			}
		})
	}
}

// TestSleepTwoPeriods: a Processor that is held up for two periods costs
// substitutes, and the block after them says so with its true Frame.
func TestSleepTwoPeriods(t *testing.T) {
	for onMiss, name := range []string{"silence", "repeat", "fade"} {
		t.Run(name, func(t *testing.T) {
			virtual(t, func(t *testing.T, sys *system) {
				var k tape
				type seen struct {
					frame int64
					flags Flags
				}
				var blocks []seen
				count := counting()
				var s *Stream
				p := &process{process: func(b *Block) {
					blocks = append(blocks, seen{b.Frame, b.Flags})
					if b.Frame == 4*4 {
						time.Sleep(time.Duration(2 * s.period))
					}
					count.process(b)
				}}
				var missed []int64
				s = mustOpen(t, Config{
					Backend: Sim, Frames: 4, Out: 1, Budget: 0.8, OnMiss: OnMiss(onMiss), Sim: SimConfig{Sink: k.sink},
					OnCycle: func(c Cycle) {
						if c.Missed {
							missed = append(missed, c.Frame)
						}
					},
				}, p, sys)
				run(t, s, 10)
				// The block of frame 16 is in work in the cycles 16 and 20. It comes
				// back at the beginning of cycle 24, too late for its own cycle, and
				// that cycle's own block is in time.
				if st := s.Stats(); st.Misses != 2 || st.Late != 0 || st.Callbacks != 10 || st.Blocks != 9 {
					t.Errorf("%d misses, %d late, %d callbacks, %d blocks", st.Misses, st.Late, st.Callbacks, st.Blocks)
				}
				if !slices.Equal(missed, []int64{16, 20}) {
					t.Errorf("missed cycles at %v", missed)
				}
				want := []seen{{0, 0}, {4, 0}, {8, 0}, {12, 0}, {16, 0}, {24, Gap}, {28, 0}, {32, 0}, {36, 0}}
				if !slices.Equal(blocks, want) {
					t.Errorf("blocks %v, want %v", blocks, want)
				}
				substitutes := [][]float32{
					{0, 0, 0, 0, 0, 0, 0, 0, 25, 26, 27, 28},
					{13, 14, 15, 16, 13, 14, 15, 16, 25, 26, 27, 28},
					{13 * .75, 14 * .5, 15 * .25, 0, 0, 0, 0, 0, 25 * .25, 26 * .5, 27 * .75, 28},
				}
				if got := k.played[16:28]; !slices.Equal(got, substitutes[onMiss]) {
					t.Errorf("played %v, want %v", got, substitutes[onMiss])
				}
				if got := k.played[28:32]; !slices.Equal(got, []float32{29, 30, 31, 32}) {
					t.Errorf("then %v", got)
				}
			})
		})
	}
}

// TestLate: in Direct and Blocking no substitute is played; the cycle is late,
// and the device's next one reports what it has lost.
func TestLate(t *testing.T) {
	for _, mode := range []Mode{Direct, Blocking} {
		virtual(t, func(t *testing.T, sys *system) {
			var s *Stream
			var xruns []int64
			s = mustOpen(t, Config{Backend: Sim, Mode: mode, Frames: 4, Out: 1}, &process{process: func(b *Block) {
				if b.Frame == 8 {
					time.Sleep(time.Duration(5 * s.period / 2))
				}
				if b.Flags&Xrun != 0 {
					xruns = append(xruns, b.Frame)
				}
			}}, sys)
			run(t, s, 10)
			st := s.Stats()
			if st.Late != 1 || st.Misses != 0 || st.Response.Max != 5*s.period/2 || st.Exec.Max != 5*s.period/2 {
				t.Errorf("mode %d: %+v", mode, st)
			}
			if mode == Direct && (st.XrunsIn != 1 || !slices.Equal(xruns, []int64{12})) {
				t.Errorf("mode %d: %d xruns, seen at %v", mode, st.XrunsIn, xruns)
			}
		})
	}
}

func TestPanic(t *testing.T) {
	for _, mode := range modes {
		virtual(t, func(t *testing.T, sys *system) {
			var k tape
			calls := 0
			count := counting()
			s := mustOpen(t, Config{Backend: Sim, Mode: mode, Frames: 4, Out: 1, Sim: SimConfig{Sink: k.sink}}, &process{process: func(b *Block) {
				count.process(b)
				if calls++; calls == 3 {
					panic("filter")
				}
			}}, sys)
			run(t, s, 6)
			var p *PanicError
			if err := s.Err(); !errors.As(err, &p) || p.Value != "filter" || p.Frame != 8 || p.Stack == "" {
				t.Errorf("mode %d: Err %v", mode, err)
			}
			st := s.Stats()
			if st.State != Failed || st.Panics != 1 || st.Callbacks != uint64(cycles(mode, 6)) || calls != 3 {
				t.Errorf("mode %d: %d calls, %+v", mode, calls, st)
			}
			if want := append([]float32{1, 2, 3, 4, 5, 6, 7, 8}, make([]float32, 4*cycles(mode, 4))...); !slices.Equal(k.played, want) {
				t.Errorf("mode %d: played %v", mode, k.played)
			}
		})
	}
}

// TestNextGoroutine: each Start and each Render may run the Processor on another
// goroutine, which rtdebug would not let use memory that is owned by the last.
func TestNextGoroutine(t *testing.T) {
	answer := &process{process: func(b *Block) {
		for _, e := range b.Events {
			b.Notify(e)
		}
	}}
	s := mustOpen(t, Config{Backend: Offline, Out: 1}, answer, &host)
	out := buffers(1, 64)
	results, hold := make(chan error), make(chan struct{})
	defer close(hold)
	for range 2 {
		s.Send(Event{})
		go func() {
			results <- s.Render(out, nil)
			<-hold // so that the next is no reuse of this one
		}()
		if err := <-results; err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Receive(); !ok {
			t.Error("no answer")
		}
	}
}

// TestStuck: Stop gives up after a second, and what Process still writes stays
// mapped until it returns.
func TestStuck(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		release := make(chan struct{})
		returned := make(chan float32)
		s := mustOpen(t, Config{Backend: Sim, Frames: 4, Out: 1}, &process{process: func(b *Block) {
			<-release
			b.Out[0][3] = 7
			returned <- b.Out[0][3]
		}}, sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(5 * s.period))
		if err := s.Stop(); !errors.Is(err, ErrStuck) {
			t.Errorf("Stop: %v", err)
		}
		if err := s.Start(); !errors.Is(err, ErrStuck) {
			t.Errorf("Start: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		memory := s.source.(*local).memory
		if memory.Bytes() == nil {
			t.Error("the memory was given back under Process")
		}
		close(release)
		if got := <-returned; got != 7 {
			t.Errorf("Process reads back %v", got)
		}
		synctest.Wait()
		if memory.Bytes() != nil {
			t.Error("the memory was not given back after Process had returned")
		}
	})
}

// TestStall: a device that stops calling without a word is noticed, and noticed to
// be back.
func TestStall(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		d := &device{found: cards, info: generous}
		s := mustOpen(t, Config{Mode: Direct, Stall: 300 * time.Millisecond}, &process{process: func(*Block) {}}, with(sys, d))
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(250 * time.Millisecond)
		if st := s.Stats(); st.State != Running || s.Err() != nil {
			t.Errorf("before the time has come: %v, %v", st.State, s.Err())
		}
		time.Sleep(200 * time.Millisecond)
		if st := s.Stats(); st.State != Stalled || !errors.Is(s.Err(), ErrStalled) {
			t.Errorf("stalled: %v, %v", st.State, s.Err())
		}
		c := backend.Cycle{Out: buffers(2, 128), N: 128}
		s.source.(*local).engine.cycle(&c)
		time.Sleep(60 * time.Millisecond)
		if st := s.Stats(); st.State != Running || s.Err() != nil {
			t.Errorf("back: %v, %v", st.State, s.Err())
		}
		err := fmt.Errorf("unplugged: %w", backend.ErrGone)
		d.err.Store(&err)
		time.Sleep(60 * time.Millisecond)
		if !errors.Is(s.Err(), ErrDeviceGone) || !strings.Contains(s.Err().Error(), "unplugged") {
			t.Errorf("gone: %v", s.Err())
		}
		if err := s.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
}

// recovers is a source that has recovered whenever it is asked how it is.
type recovers struct {
	source
	times uint64
}

func (r *recovers) condition() condition {
	r.times++
	return condition{State: Running}
}

func (r *recovers) count(s *Stats) { s.Reconnects = r.times }

// TestStatsHoldTheReconnect that led to the state in them.
func TestStatsHoldTheReconnect(t *testing.T) {
	s := mustOpen(t, Config{Backend: Sim}, counting(), &host)
	s.source = &recovers{source: s.source}
	s.started = true
	if st := s.Stats(); st.State != Running || st.Reconnects != 1 {
		t.Errorf("%v after %d reconnects", st.State, st.Reconnects)
	}
	s.started = false
}
