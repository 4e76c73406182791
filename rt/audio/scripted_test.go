package audio

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// scripted is a device in virtual time whose settings a test changes while it runs,
// and that can go away and come back.
type scripted struct {
	now func() int64

	mu       sync.Mutex
	rate     float64
	frames   int
	most     int  // frames of a cycle, 0 for 1024
	gone     bool // the stream that is open has ended
	absent   bool // there is no such device
	paused   bool // it makes no cycles
	inGo     bool // its thread runs Go
	startErr error
	accepted float64
	running  *scriptedStream
	opened   int
	played   []float32 // the first channel
	drift    float64   // of its clock, in parts
	source   func(frame int64) float32
}

func (d *scripted) Name() string { return "scripted" }

func (d *scripted) Devices() ([]backend.Device, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.absent {
		return nil, fmt.Errorf("nothing is there: %w", backend.ErrNoServer)
	}
	return []backend.Device{{Name: "scripted", In: 2, Out: 2, Rate: d.rate, DefaultIn: true, DefaultOut: true}}, nil
}

func (d *scripted) Open(r backend.Request) (backend.Stream, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	most := d.most
	if most == 0 {
		most = 1024
	}
	d.gone = false
	d.opened++
	return &scriptedStream{device: d, info: backend.Info{
		Rate: d.rate, Frames: d.frames, MaxFrames: most, In: r.In, Out: r.Out, Periods: 1, Host: "scripted", InGo: d.inGo,
	}}, nil
}

// set changes the settings from the next cycle on.
func (d *scripted) set(frames int, rate float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frames, d.rate = frames, rate
	if d.running != nil && rate != d.accepted {
		d.running.sink.Region.Gate(handoff.Paused)
	}
}

// pause stops the cycles, or lets them go on.
func (d *scripted) pause(yes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = yes
}

// leave ends the stream that is open; the device is there again after a time.
func (d *scripted) leave(away time.Duration) {
	d.mu.Lock()
	d.gone, d.absent = true, true
	d.mu.Unlock()
	time.AfterFunc(away, func() {
		d.mu.Lock()
		d.absent = false
		d.mu.Unlock()
	})
}

// scriptedStream calls in from a goroutine of its own.
type scriptedStream struct {
	device *scripted
	info   backend.Info
	sink   backend.Sink
	end    chan struct{}
	ended  chan struct{}
}

func (s *scriptedStream) Info() backend.Info { return s.info }

func (s *scriptedStream) Bind(sink backend.Sink) error {
	s.sink = sink
	return nil
}

func (s *scriptedStream) Start() error {
	s.end, s.ended = make(chan struct{}), make(chan struct{})
	d := s.device
	if d.startErr != nil {
		s.end = nil
		return d.startErr
	}
	d.mu.Lock()
	d.running, d.accepted = s, s.info.Rate
	d.mu.Unlock()
	go s.run(s.end, s.ended)
	return nil
}

func (s *scriptedStream) run(end, ended chan struct{}) {
	defer close(ended)
	d := s.device
	driver := s.sink.Region.Driver()
	next, frame := d.now(), int64(0)
	for {
		d.mu.Lock()
		frames, rate, paused := d.frames, d.rate, d.paused
		d.mu.Unlock()
		next += int64(float64(period(frames, rate)) / (1 + d.drift))
		select {
		case <-end:
			return
		case <-time.After(time.Duration(next - d.now())):
		}
		if s.Err() != nil {
			return
		}
		if paused {
			continue
		}
		c := backend.Cycle{
			In: buffers(s.info.In, frames), Out: buffers(s.info.Out, frames), N: frames,
			Begin: next, Entry: d.now(), Period: period(frames, rate),
		}
		for i := range frames {
			for _, in := range c.In {
				if d.source != nil {
					in[i] = d.source(frame + int64(i))
				}
			}
		}
		frame += int64(frames)
		driver.Exchange(&c)
		d.mu.Lock()
		if len(c.Out) > 0 {
			d.played = append(d.played, c.Out[0]...)
		}
		d.mu.Unlock()
	}
}

func (s *scriptedStream) Stop() error {
	if s.end == nil {
		return nil
	}
	close(s.end)
	s.end = nil
	<-s.ended
	s.device.mu.Lock()
	s.device.running = nil
	s.device.mu.Unlock()
	return nil
}

func (s *scriptedStream) Close() error { return s.Stop() }

func (s *scriptedStream) Err() error {
	s.device.mu.Lock()
	defer s.device.mu.Unlock()
	if s.device.gone {
		return fmt.Errorf("unplugged: %w", backend.ErrGone)
	}
	return nil
}

func (s *scriptedStream) Format() (rate float64, frames int) {
	s.device.mu.Lock()
	defer s.device.mu.Unlock()
	return s.device.rate, s.device.frames
}

func (s *scriptedStream) Resume(rate float64) {
	s.device.mu.Lock()
	defer s.device.mu.Unlock()
	s.device.accepted = rate
}

// onScripted runs f in virtual time with a device at 48 kHz and 64 frames.
func onScripted(t *testing.T, f func(t *testing.T, sys *system, d *scripted)) {
	t.Helper()
	virtual(t, func(t *testing.T, sys *system) {
		d := &scripted{now: sys.now, rate: 48000, frames: 64}
		s := *sys
		s.portAudio = func(string, string) (backend.Backend, error) { return d, nil }
		f(t, &s, d)
	})
}

// told is what a Processor was told of a block.
type toldBlock struct {
	n     int
	frame int64
	flags Flags
	left  int64 // to the deadline, ns
}

// rounded allows for rounding in a deadline, ns.
func rounded(got, want int64) bool { return got > want-10 && got < want+10 }

// TestFollowsSize: each block size is followed at once: no block is lost, the first
// of another size is marked, and deadlines are in proportion.
func TestFollowsSize(t *testing.T) {
	onScripted(t, func(t *testing.T, sys *system, d *scripted) {
		var blocks []toldBlock
		count := counting()
		s := mustOpen(t, Config{Out: 1, Budget: 0.5}, &process{process: func(b *Block) {
			blocks = append(blocks, toldBlock{b.N, b.Frame, b.Flags, b.Deadline - sys.now()})
			count.process(b)
		}}, sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		sizes := []int{64, 256, 1024, 64}
		for _, n := range sizes {
			d.set(n, 48000)
			elapse(20*time.Duration(period(n, 48000)) + time.Microsecond)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		st := s.Stats()
		if st.Misses != 0 || st.Blocks != st.Callbacks || s.Err() != nil {
			t.Errorf("%+v, %v", st, s.Err())
		}
		last, frame, seen := 64, int64(0), []int{64}
		for _, b := range blocks {
			var want Flags
			if b.n != last {
				want = Changed
				seen = append(seen, b.n)
			}
			if b.flags != want || b.frame != frame || !rounded(b.left, period(b.n, 48000)/2) {
				t.Fatalf("%+v after a block of %d, at frame %d", b, last, frame)
			}
			last, frame = b.n, b.frame+int64(b.n)
		}
		if !slices.Equal(seen, sizes) {
			t.Errorf("sizes %v, want %v", seen, sizes)
		}
		for i, v := range d.played {
			if v != float32(i+1) {
				t.Fatalf("frame %d plays %v", i, v)
			}
		}
	})
}

// TestFollowsRate: at another rate the output falls to silence over one block, the
// Processor is prepared by an ordinary goroutine and reset, the next block is marked
// and rises from silence; no block is processed meanwhile.
func TestFollowsRate(t *testing.T) {
	for _, onMiss := range []OnMiss{Silence, Repeat, Fade} {
		onScripted(t, func(t *testing.T, sys *system, d *scripted) {
			type event struct {
				what string
				rate float64
				by   int64
			}
			var events []event
			var changed []toldBlock
			p := &process{
				prepare: func(s Spec) error {
					events = append(events, event{"prepare", s.Rate, goroutine()})
					return nil
				},
				reset: func() { events = append(events, event{"reset", 0, goroutine()}) },
			}
			var runner int64
			p.process = func(b *Block) {
				runner = goroutine()
				if b.Flags&(Changed|Gap) != 0 {
					changed = append(changed, toldBlock{b.N, b.Frame, b.Flags, b.Deadline - sys.now()})
				}
				for i := range b.Out[0] {
					b.Out[0][i] = 1
				}
			}
			s := mustOpen(t, Config{Out: 1, OnMiss: onMiss, Budget: 1}, p, sys)
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			elapse(100 * time.Millisecond)
			d.set(64, 44100)
			elapse(200 * time.Millisecond)
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			want := []string{"prepare", "reset", "prepare", "reset"}
			for i, e := range events {
				if i >= len(want) || e.what != want[i] || e.by == runner {
					t.Fatalf("OnMiss %v: events %+v, Process by %d; want %v", onMiss, events, runner, want)
				}
			}
			if len(events) != 4 || events[2].rate != 44100 || s.Spec().Rate != 44100 {
				t.Errorf("OnMiss %v: %+v, Spec %v", onMiss, events, s.Spec())
			}
			if len(changed) != 1 || changed[0].flags != Changed|Gap || !rounded(changed[0].left, period(64, 44100)) {
				t.Errorf("OnMiss %v: marked blocks %+v", onMiss, changed)
			}
			checkFade(t, d.played, int(changed[0].frame))
			if st := s.Stats(); st.State != Ready || st.Misses == 0 || st.Misses > 100 || s.Err() != nil {
				t.Errorf("OnMiss %v: %+v, %v", onMiss, st, s.Err())
			}
		})
	}
}

// checkFade checks that ones fall to silence over one block of 64, once, and that the
// block of a frame rises from it.
func checkFade(t *testing.T, played []float32, again int) {
	t.Helper()
	down := slices.IndexFunc(played, func(v float32) bool { return v != 1 })
	for i, v := range played {
		var want float32
		switch {
		case i < down, i >= again+64:
			want = 1
		case i < down+64:
			want = float32(63-(i-down)) / 64
		case i < again:
			want = 0
		default:
			want = float32(i-again+1) / 64
		}
		if v != want {
			t.Fatalf("frame %d plays %v, want %v; it falls from %d and rises from %d", i, v, want, down, again)
		}
	}
}

// TestRefusesRate: a Processor that cannot be prepared for a rate is silent, and
// says why.
func TestRefusesRate(t *testing.T) {
	onScripted(t, func(t *testing.T, sys *system, d *scripted) {
		s := mustOpen(t, Config{Out: 1}, &process{process: func(*Block) {}, prepare: func(s Spec) error {
			if s.Rate != 48000 {
				return errors.New("no coefficients")
			}
			return nil
		}}, sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		d.set(64, 8000)
		elapse(200 * time.Millisecond)
		if st := s.Stats(); st.State != Failed || s.Err() == nil || s.Err().Error() != "audio: Prepare: no coefficients" {
			t.Errorf("%v, %v", st.State, s.Err())
		}
	})
}

// change is what OnState was told.
type change struct {
	state State
	err   error
}

// TestReconnects: a stream whose device goes away says so, finds it again within two
// seconds of its return, however long it was away, and goes on with the same
// Processor, which is not reset.
func TestReconnects(t *testing.T) {
	for _, away := range []time.Duration{time.Millisecond, 300 * time.Millisecond, 5 * time.Second, time.Minute} {
		for _, rate := range []float64{48000, 44100} {
			onScripted(t, func(t *testing.T, sys *system, d *scripted) {
				var (
					changes          []change
					prepared, resets int
					mu               sync.Mutex
					blocks           []toldBlock
				)
				s := mustOpen(t, Config{Out: 1, OnState: func(s State, err error) { changes = append(changes, change{s, err}) }}, &process{
					prepare: func(Spec) error { prepared++; return nil },
					reset:   func() { resets++ },
					process: func(b *Block) {
						mu.Lock()
						defer mu.Unlock()
						blocks = append(blocks, toldBlock{b.N, b.Frame, b.Flags, 0})
					},
				}, sys)
				if err := s.Start(); err != nil {
					t.Fatal(err)
				}
				elapse(100 * time.Millisecond)
				before := int(s.Stats().Blocks)
				d.leave(away)
				d.mu.Lock()
				d.rate = rate
				d.mu.Unlock()
				elapse(60 * time.Millisecond)
				if away > 100*time.Millisecond {
					if st := s.Stats(); st.State != Lost || !errors.Is(s.Err(), ErrDeviceGone) || !errors.Is(s.Err(), backend.ErrNoServer) && !errors.Is(s.Err(), backend.ErrGone) {
						t.Errorf("away %v: %v, %v", away, st.State, s.Err())
					}
				}
				elapse(away + 2*time.Second)
				st := s.Stats()
				if st.State != Running || st.Reconnects != 1 || int(st.Blocks) < before+100 || s.Err() != nil || s.Spec().Rate != rate {
					t.Errorf("away %v: %+v, %d blocks before, %v, %v", away, st, before, s.Err(), s.Spec())
				}
				if err := s.Stop(); err != nil {
					t.Fatal(err)
				}
				again := 0
				if rate != 48000 {
					again = 1
				}
				if prepared != 1+again || resets != 1+again || d.opened != 2 {
					t.Errorf("away %v: prepared %d times, reset %d times, opened %d devices", away, prepared, resets, d.opened)
				}
				if b := blocks[before]; b.frame != int64(before)*64 || (b.flags&Changed != 0) != (again == 1) {
					t.Errorf("away %v: the first block is %+v, %d blocks before it", away, b, before)
				}
				states := []State{Running, Lost, Running, Ready}
				if len(changes) == 2 { // back before the monitor has looked
					states = []State{Running, Ready}
				}
				for i, c := range changes {
					if i >= len(states) || c.state != states[i] || errors.Is(c.err, ErrDeviceGone) != (c.state == Lost) {
						t.Errorf("away %v: told %v", away, changes)
						break
					}
				}
			})
		}
	}
}

// TestReconnectRefuses a device with larger blocks than the Processor is prepared for.
func TestReconnectRefuses(t *testing.T) {
	onScripted(t, func(t *testing.T, sys *system, d *scripted) {
		s := mustOpen(t, Config{Out: 1}, counting(), sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		d.mu.Lock()
		d.most = 2048
		d.mu.Unlock()
		d.leave(time.Millisecond)
		elapse(time.Second)
		if st := s.Stats(); st.State != Lost || !errors.Is(s.Err(), ErrDeviceGone) {
			t.Errorf("%v, %v", st.State, s.Err())
		}
		if err := s.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
		if err := s.Start(); err == nil {
			t.Error("Start has opened it")
		}
		synctest.Wait()
	})
}

// TestStartsAnotherDevice: a stream that has lost its device while it was stopped
// opens it again when it is started.
func TestStartsAnotherDevice(t *testing.T) {
	onScripted(t, func(t *testing.T, sys *system, d *scripted) {
		blocks := 0
		s := mustOpen(t, Config{Out: 1}, &process{process: func(*Block) { blocks++ }}, sys)
		d.leave(time.Second)
		if err := s.Start(); !errors.Is(err, ErrNoDevice) {
			t.Errorf("Start without the device: %v", err)
		}
		elapse(2 * time.Second)
		run(t, s, 10)
		if blocks == 0 || d.opened != 2 || s.Err() != nil {
			t.Errorf("%d blocks, %d devices, %v", blocks, d.opened, s.Err())
		}
	})
}
