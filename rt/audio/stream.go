package audio

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/rt/ring"
)

// Stream runs a Processor. Make one with [Open]. All methods may be called from
// any ordinary goroutine.
type Stream struct {
	cfg    Config
	source source
	timing *collector
	now    func() int64
	period int64

	control sync.Mutex // orders Start, Stop, Close and Render
	running bool
	end     chan struct{} // ends the monitor
	ended   chan struct{}

	gate   sync.RWMutex // held for reading where the stream's memory is used
	closed bool
	last   Stats // of a closed stream

	mu      sync.Mutex // of what follows
	base    Stats      // counted before Start or ResetStats
	started bool
	stalled bool
	gone    error
	cycles  uint64 // seen at
	since   int64

	sending struct {
		sync.Mutex
		to *ring.Producer[Event]
	}
	receiving struct {
		sync.Mutex
		from *ring.Consumer[Event]
	}
}

// source is where a stream runs: in this process or in an isolate.
type source interface {
	start() error
	stop() error
	close() error
	spec() Spec
	frames() int // a cycle
	granted() rt.Granted
	deviceErr() error
	panicked() *PanicError
	// drain hands over the records since the last call.
	drain(func(*handoff.Record), func(blockRecord))
	// count fills all of Stats but the state and the timings; cycles is its
	// Callbacks.
	count(*Stats)
	cycles() uint64
}

// Open opens a device and prepares p for what it grants. The stream does not run
// before Start.
//
// Errors: *ConfigError; [ErrNoBackend], [ErrNoDevice]; a *DeviceError for a device
// that is not there, or cannot do the rate or the channels; what Prepare returned.
func Open(c Config, p Processor) (*Stream, error) { return open(c, p, &host) }

func open(c Config, p Processor, sys *system) (*Stream, error) {
	c, err := c.validate(p)
	if err != nil {
		return nil, err
	}
	if c.Isolate != nil {
		r, err := openRemote(c)
		if err != nil {
			return nil, err
		}
		return newStream(c, r, sys.now, r.events, r.notices)
	}
	l, err := openLocal(c, p, sys)
	if err != nil {
		return nil, err
	}
	return newStream(c, l, sys.now, l.events, l.notices)
}

func newStream(c Config, src source, now func() int64, to *ring.Producer[Event], from *ring.Consumer[Event]) (*Stream, error) {
	timing, err := newCollector(c.Samples, c.OnCycle, c.OnBlock)
	if err != nil {
		return nil, errors.Join(err, src.close())
	}
	s := &Stream{cfg: c, source: src, timing: timing, now: now, period: period(src.frames(), src.spec().Rate)}
	s.sending.to, s.receiving.from = to, from
	return s, nil
}

// Spec is what the device granted.
func (s *Stream) Spec() Spec { return s.source.spec() }

// Granted says what the stream's own thread got. Before Start, offline, and in
// Direct, where the thread is the device's, there is none, and Missing says so.
func (s *Stream) Granted() rt.Granted { return s.source.granted() }

// noThread is what a stream without a thread of its own was granted.
var noThread = rt.Granted{Mode: rt.Portable, Missing: []string{"the stream has no thread of its own now"}}

// Start resets the Processor and lets the device call. Starting a running stream
// is an error.
func (s *Stream) Start() error {
	s.control.Lock()
	defer s.control.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.running:
		return ErrRunning
	case s.cfg.Backend == Offline:
		return ErrOffline
	}
	s.resetStats()
	s.mu.Lock()
	s.stalled, s.gone, s.cycles, s.since = false, nil, s.source.cycles(), never
	s.mu.Unlock()
	if err := s.source.start(); err != nil {
		return err
	}
	s.running = true
	s.setStarted(true)
	s.end, s.ended = make(chan struct{}), make(chan struct{})
	go s.monitor(s.end, s.ended)
	return nil
}

// Stop ends the calls and waits for Process to return, one second at most; after
// [ErrStuck] the stream cannot be started again. What the Processor would still have
// sounded, its latency and its tail, is not played: who wants to hear it gives it
// silence for so long first. Stopping a stopped stream is harmless.
func (s *Stream) Stop() error {
	s.control.Lock()
	defer s.control.Unlock()
	return s.stop()
}

func (s *Stream) setStarted(on bool) {
	s.mu.Lock()
	s.started = on
	s.mu.Unlock()
}

func (s *Stream) stop() error {
	if !s.running {
		return nil
	}
	s.running = false
	s.setStarted(false)
	err := s.source.stop()
	close(s.end)
	<-s.ended
	return err
}

// Close stops the stream and gives the device back. Stats and Err still answer.
func (s *Stream) Close() error {
	s.control.Lock()
	defer s.control.Unlock()
	if s.closed {
		return nil
	}
	err := s.stop()
	s.last = s.Stats()
	s.last.State = Closed
	s.gate.Lock()
	defer s.gate.Unlock()
	s.closed = true
	return errors.Join(err, s.source.close())
}

// Err is nil while all is well; else [ErrStalled] or [ErrDeviceGone], or a
// *PanicError after a panic in Process.
func (s *Stream) Err() error {
	if p := s.source.panicked(); p != nil {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone != nil:
		return s.gone
	case s.stalled:
		return ErrStalled
	}
	return nil
}

// Stats is a snapshot.
func (s *Stream) Stats() Stats {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return s.last
	}
	s.drain()
	var now Stats
	s.source.count(&now)
	s.mu.Lock()
	st := now.since(&s.base)
	st.State = s.state(now.Panics > 0)
	s.mu.Unlock()
	s.timing.mu.Lock()
	defer s.timing.mu.Unlock()
	s.timing.report(&st)
	return st
}

// state is that of an open stream; mu is held.
func (s *Stream) state(failed bool) State {
	switch {
	case failed:
		return Failed
	case !s.started:
		return Ready
	case s.stalled || s.gone != nil:
		return Stalled
	}
	return Running
}

// ResetStats forgets what was counted and timed so far, for instance a warm-up.
func (s *Stream) ResetStats() {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if !s.closed {
		s.resetStats()
	}
}

func (s *Stream) resetStats() {
	s.drain()
	s.timing.reset()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = Stats{}
	s.source.count(&s.base)
}

// Series are the timings kept in order under Config.Samples, for a run file:
// "audio/entry", "audio/wake", "audio/exec" and "audio/response".
func (s *Stream) Series() []record.Series {
	s.gate.RLock()
	if !s.closed {
		s.drain()
	}
	s.gate.RUnlock()
	s.timing.mu.Lock()
	defer s.timing.mu.Unlock()
	return s.timing.series(time.Duration(s.period))
}

// Send gives e to the Processor at e.Frame, and answers false when the queue is
// full.
func (s *Stream) Send(e Event) bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return false
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	s.sending.to.HandOver()
	return s.sending.to.Push(e)
}

// Receive takes the oldest event that Block.Notify sent.
func (s *Stream) Receive() (e Event, ok bool) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return Event{}, false
	}
	s.receiving.Lock()
	defer s.receiving.Unlock()
	s.receiving.from.HandOver()
	return s.receiving.from.Pop()
}

// never stands for the monitor's first look.
const never = -1 << 63

// monitorEvery is how often records are drained and the device is looked after:
// often enough for the rings, which hold 4096 cycles, and far below Config.Stall.
const monitorEvery = 50 * time.Millisecond

func (s *Stream) monitor(end, ended chan struct{}) {
	defer close(ended)
	tick := time.NewTicker(monitorEvery)
	defer tick.Stop()
	for {
		select {
		case <-end:
			s.drain()
			return
		case <-tick.C:
			s.drain()
			s.checkDevice()
		}
	}
}

// drain moves records into the timings.
func (s *Stream) drain() {
	s.timing.mu.Lock()
	defer s.timing.mu.Unlock()
	s.source.drain(s.timing.cycle, s.timing.block)
}

// checkDevice notices a device that is gone or has stopped calling.
func (s *Stream) checkDevice() {
	err, cycles, now := s.source.deviceErr(), s.source.cycles(), s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, backend.ErrGone):
		s.gone = fmt.Errorf("%w: %w", ErrDeviceGone, err)
	case err != nil:
		s.gone = err
	}
	if cycles != s.cycles || s.since == never {
		s.cycles, s.since, s.stalled = cycles, now, false
	} else if now-s.since > max(int64(s.cfg.Stall), stallPeriods*s.period) {
		s.stalled = true
	}
}
