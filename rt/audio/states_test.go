package audio

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// methods are all methods of a Stream.
var methods = []struct {
	name string
	call func(*Stream)
}{
	{"Spec", func(s *Stream) { s.Spec() }},
	{"Granted", func(s *Stream) { s.Granted() }},
	{"Start", func(s *Stream) { _ = s.Start() }},
	{"Stop", func(s *Stream) { _ = s.Stop() }},
	{"Close", func(s *Stream) { _ = s.Close() }},
	{"Err", func(s *Stream) { _ = s.Err() }},
	{"Stats", func(s *Stream) { s.Stats() }},
	{"ResetStats", func(s *Stream) { s.ResetStats() }},
	{"Series", func(s *Stream) { s.Series() }},
	{"Send", func(s *Stream) { s.Send(Event{Kind: ParamChange}) }},
	{"Receive", func(s *Stream) { s.Receive() }},
	{"Render", func(s *Stream) { _ = s.Render(nil, nil) }},
	{"RenderAll", func(s *Stream) { _, _ = s.RenderAll(nil) }},
}

// case of a stream that is in some state.
type stateCase struct {
	t       *testing.T
	device  *scripted
	release chan struct{} // ends what Process waits for

	mu      sync.Mutex
	act     func() // in Process, once
	onState func() // once
	onCycle func()
	onBlock func()
	stream  *Stream
}

// once takes a function out of the case.
func (c *stateCase) once(f *func()) {
	c.mu.Lock()
	do := *f
	*f = nil
	c.mu.Unlock()
	if do != nil {
		do()
	}
}

func (c *stateCase) set(f *func(), do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*f = do
}

// open opens the stream and starts it.
func (c *stateCase) open(sys *system) *Stream {
	c.stream = mustOpen(c.t, Config{
		Out: 1, In: 1,
		OnState: func(State, error) { c.once(&c.onState) },
		OnCycle: func(Cycle) { c.once(&c.onCycle) },
		OnBlock: func(Processed) { c.once(&c.onBlock) },
	}, &process{process: func(*Block) { c.once(&c.act) }}, sys)
	return c.stream
}

// begin starts the stream and lets it run.
func (c *stateCase) begin() {
	if err := c.stream.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.settle()
}

// settle lets the monitor look.
func (c *stateCase) settle() { elapse(350 * time.Millisecond) }

// reach brings the stream to each state.
var reach = map[State]func(*stateCase){
	Ready:   func(*stateCase) {},
	Running: func(c *stateCase) { c.begin() },
	Stalled: func(c *stateCase) {
		c.begin()
		c.device.pause(true)
		c.settle()
	},
	Lost: func(c *stateCase) {
		c.begin()
		c.device.leave(time.Hour)
		c.settle()
	},
	Stuck: func(c *stateCase) {
		c.set(&c.act, func() { <-c.release })
		c.begin()
	},
	Failed: func(c *stateCase) {
		c.set(&c.act, func() { panic("filter") })
		c.begin()
	},
	Closed: func(c *stateCase) {
		c.begin()
		if err := c.stream.Close(); err != nil {
			c.t.Error(err)
		}
	},
}

// inState runs f with a stream in a state, and closes it.
func inState(t *testing.T, state State, f func(*stateCase)) {
	t.Helper()
	onScripted(t, func(t *testing.T, sys *system, d *scripted) {
		c := &stateCase{t: t, device: d, release: make(chan struct{})}
		d.set(512, 48000)
		s := c.open(sys)
		reach[state](c)
		if got := s.Stats().State; got != state {
			t.Fatalf("the stream is %v, want %v: %v", got, state, s.Err())
		}
		f(c)
		close(c.release)
		c.settle()
		if err := s.Close(); err != nil && !errors.Is(err, ErrStuck) {
			t.Errorf("%v: Close: %v", state, err)
		}
		if got := s.Stats().State; got != Closed {
			t.Errorf("%v: closed, and %v", state, got)
		}
		if err := s.Start(); !errors.Is(err, ErrClosed) {
			t.Errorf("%v: Start after Close: %v", state, err)
		}
	})
}

// TestMethodsInStates: every two methods may be called at once in every state. Each
// returns, or virtual time would stand still, and under -race nothing is shared without
// order.
func TestMethodsInStates(t *testing.T) {
	for state := range reach {
		for i, a := range methods {
			for _, b := range methods[i:] {
				if testing.Short() && (i+len(b.name))%4 != 0 {
					continue // the race detector takes ten times as long
				}
				inState(t, state, func(c *stateCase) {
					var both sync.WaitGroup
					for _, m := range []func(*Stream){a.call, b.call} {
						both.Go(func() { m(c.stream) })
					}
					both.Wait()
				})
				if t.Failed() {
					t.Fatalf("%v: %s and %s at once", state, a.name, b.name)
				}
			}
		}
	}
}

// TestMethodsInCallbacks: every method may be called from the functions of the Config,
// and from Process, which then is refused what would wait for it.
func TestMethodsInCallbacks(t *testing.T) {
	for _, m := range methods {
		for name, from := range map[string]func(*stateCase) *func(){
			"OnState": func(c *stateCase) *func() { return &c.onState },
			"OnCycle": func(c *stateCase) *func() { return &c.onCycle },
			"OnBlock": func(c *stateCase) *func() { return &c.onBlock },
			"Process": func(c *stateCase) *func() { return &c.act },
		} {
			inState(t, Ready, func(c *stateCase) {
				called := make(chan struct{})
				c.set(from(c), func() {
					m.call(c.stream)
					close(called)
				})
				c.begin()
				select {
				case <-called:
				default:
					t.Errorf("%s in %s has not returned", m.name, name)
				}
			})
		}
	}
}

// TestStuckAndEnded: a Processor that does not return, or ends its goroutine, is told:
// by the state, the error and OnState. One that returns late plays on, one that has
// ended is started again by Start.
func TestStuckAndEnded(t *testing.T) {
	for name, c := range map[string]struct {
		act   func(release chan struct{})
		state State
		is    error
		heals bool
	}{
		"waits":  {func(release chan struct{}) { <-release }, Stuck, ErrStuck, true},
		"exits":  {func(chan struct{}) { runtime.Goexit() }, Failed, ErrExited, false},
		"panics": {func(chan struct{}) { panic("filter") }, Failed, nil, false},
	} {
		onScripted(t, func(t *testing.T, sys *system, d *scripted) {
			var (
				told    []change
				blocks  int
				release = make(chan struct{})
			)
			s := mustOpen(t, Config{Out: 1, OnMiss: Repeat, OnState: func(s State, err error) { told = append(told, change{s, err}) }}, &process{process: func(b *Block) {
				for i := range b.Out[0] {
					b.Out[0][i] = 1
				}
				if blocks++; blocks == 100 {
					c.act(release)
				}
			}}, sys)
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			elapse(time.Second)
			var panicked *PanicError
			if st := s.Stats(); st.State != c.state || c.is != nil && !errors.Is(s.Err(), c.is) || c.is == nil && !errors.As(s.Err(), &panicked) {
				t.Errorf("%s: %v, %v", name, st.State, s.Err())
			}
			if !c.heals {
				d.mu.Lock()
				first, last := d.played[99*64:100*64], d.played[len(d.played)-64:]
				if slices.Max(first) != 0 || slices.Max(last) != 0 {
					t.Errorf("%s: the block itself plays %v, and a second later %v", name, first[0], last[0])
				}
				d.mu.Unlock()
			}
			before := s.Stats().Callbacks
			elapse(100 * time.Millisecond)
			if after := s.Stats().Callbacks; after < before+70 {
				t.Errorf("%s: the device made %d cycles in 100 ms", name, after-before)
			}
			close(release)
			if c.heals {
				elapse(100 * time.Millisecond)
			} else {
				if err := s.Stop(); err != nil {
					t.Errorf("%s: Stop: %v", name, err)
				}
				if err := s.Start(); err != nil {
					t.Errorf("%s: Start: %v", name, err)
				}
				elapse(100 * time.Millisecond)
			}
			if st := s.Stats(); st.State != Running || s.Err() != nil || blocks < 120 {
				t.Errorf("%s: then %v, %v, %d blocks", name, st.State, s.Err(), blocks)
			}
			if err := s.Stop(); err != nil {
				t.Errorf("%s: Stop: %v", name, err)
			}
			if len(told) < 3 || told[0].state != Running || told[1].state != c.state || told[1].err == nil || told[len(told)-2].state != Running {
				t.Errorf("%s: told %v", name, told)
			}
		})
	}
}

// TestMethodsOfIsolate: all methods at once, and once more after Close, when the
// isolate's memory is gone.
func TestMethodsOfIsolate(t *testing.T) {
	s := openIsolate(t, Config{}, "0", "")
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var all sync.WaitGroup
		for _, m := range methods {
			all.Go(func() { m.call(s) })
		}
		all.Wait()
	}
	if err := s.Start(); !errors.Is(err, ErrClosed) || s.Stats().State != Closed || s.Spec().Rate != 48000 {
		t.Errorf("Start after Close: %v; %v, %v", err, s.Stats().State, s.Spec())
	}
}
