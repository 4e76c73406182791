package audio

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/audio/internal/turn"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/rt/ring"
)

// Stream runs a Processor. Make one with [Open]. All methods may be called from
// any ordinary goroutine, in any state, and from the functions of its Config.
//
// A stream that does not run and that nothing refers to gives its device back when
// it is collected; Close does so at once.
type Stream struct {
	cfg     Config
	source  source
	timing  *collector
	period  int64
	refused atomic.Uint64 // events
	cleanup runtime.Cleanup

	control turn.Turn // orders Start, Stop, Close, Render and the monitor's repairs
	running bool
	end     chan struct{} // ends the monitor
	ended   chan struct{}

	gate   sync.RWMutex // held for reading where the source is used
	closed bool
	last   lastWords

	mu       sync.Mutex // of what follows
	base     Stats      // counted before Start or ResetStats
	started  bool
	stalled  bool
	silence  silence
	reported State // to OnState

	sending   sync.Mutex
	receiving struct {
		sync.Mutex
		from *ring.Consumer[Event]
	}
}

// lastWords is what a closed stream answers.
type lastWords struct {
	stats   Stats
	spec    Spec
	granted rt.Granted
	err     error
}

// source is where a stream runs: in this process or in an isolate.
type source interface {
	start() error
	stop() error
	close() error
	spec() Spec
	frames() int // a cycle
	granted() rt.Granted
	// condition is how it is; the state is Running where nothing is wrong.
	condition() condition
	// maintain mends what can be mended, while the stream runs.
	maintain()
	calledByProcess() bool
	// drain hands over the records since the last call.
	drain(func(*handoff.Record), func(blockRecord))
	// count fills all of Stats but the state and the timings; cycles is its
	// Callbacks, and when they were so many.
	count(*Stats)
	cycles() (n uint64, at int64)
	queues() eventQueues
}

// Open opens a device and prepares p for what it grants. The stream does not run
// before Start. A declared Processor (see [Declare]) runs in a process of its own,
// unless Config.InProcess or Backend Offline says otherwise, or the system has no
// isolates; Stream.Granted then says so.
//
// Errors: *ConfigError; [ErrNoBackend], [ErrNoDevice]; a *DeviceError for a device
// that is not there, or cannot do the rate or the channels; what Prepare returned.
func Open(c Config, p Processor) (*Stream, error) { return open(c, p, &host) }

func open(c Config, p Processor, sys *system) (*Stream, error) {
	c, err := c.validate(p)
	if err != nil {
		return nil, err
	}
	declared, _ := p.(*Declared)
	if c.isolates(declared) {
		r, err := openRemote(c, declared)
		if err == nil {
			return newStream(c, r, r.notices)
		}
		if !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrNoBackend) || c.Restart != (isolate.Restart{}) {
			return nil, err
		}
	}
	if declared != nil {
		if p, err = declared.construct(c.Args); err != nil {
			return nil, err
		}
	}
	l, err := openLocal(c, p, sys)
	if err != nil {
		return nil, err
	}
	return newStream(c, l, l.notices)
}

func newStream(c Config, src source, from *ring.Consumer[Event]) (*Stream, error) {
	timing, err := newCollector(c.Samples, c.OnCycle != nil, c.OnBlock != nil)
	if err != nil {
		return nil, errors.Join(err, src.close())
	}
	s := &Stream{cfg: c, source: src, timing: timing, control: turn.New(), period: period(src.frames(), src.spec().Rate)}
	s.receiving.from = from
	timing.offline = c.Backend == Offline
	s.cleanup = runtime.AddCleanup(s, func(src source) { _ = src.close() }, src)
	return s, nil
}

// Spec is what the device granted. Its Rate is the device's now.
func (s *Stream) Spec() Spec {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return s.last.spec
	}
	return s.source.spec()
}

// Granted says what the stream's own thread got. Before Start, offline, and in
// Direct, where the thread is the device's, there is none, and Missing says so.
func (s *Stream) Granted() rt.Granted {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return s.last.granted
	}
	return s.source.granted()
}

// noThread is what a stream without a thread of its own was granted.
var noThread = rt.Granted{Mode: rt.Portable, Missing: []string{"the stream has no thread of its own now"}}

// Start resets the Processor and lets the device call. Starting a running stream
// is an error. After Process has panicked it is called again, and a device that has
// gone is opened again.
func (s *Stream) Start() error {
	if s.source.calledByProcess() {
		return ErrInProcess
	}
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
	if err := s.source.start(); err != nil {
		return err
	}
	s.mu.Lock()
	s.started, s.stalled, s.silence = true, false, silence{}
	s.mu.Unlock()
	s.running = true
	s.end, s.ended = make(chan struct{}), make(chan struct{})
	go s.monitor(s.end, s.ended)
	return nil
}

// Stop ends the calls and waits for Process to return, one second at most; after
// [ErrStuck] the stream can be started again once Process has returned. What the
// Processor would still have sounded, its latency and its tail, is not played: give it
// silence for so long first to hear it. Stopping a stopped stream is harmless.
//
// It returns after the functions of the Config have been called for all that was
// recorded, except when one of them is its caller.
func (s *Stream) Stop() error {
	if s.source.calledByProcess() {
		return ErrInProcess
	}
	s.control.Lock()
	ended, err := s.stop()
	s.control.Unlock()
	s.await(ended)
	return err
}

// stop stops the stream; control is held. The monitor ends after it: see await.
func (s *Stream) stop() (ended chan struct{}, err error) {
	if !s.running {
		return nil, nil
	}
	s.running = false
	err = s.source.stop()
	s.mu.Lock()
	s.started = false
	s.mu.Unlock()
	close(s.end)
	return s.ended, err
}

// await waits for the monitor's end, but not for itself. No lock may be held: the
// functions that the monitor calls may want it.
func (s *Stream) await(ended chan struct{}) {
	if ended != nil && s.timing.deliverer.Load() != goroutine() {
		<-ended
	}
}

// Close stops the stream and gives the device back. The other methods still answer.
func (s *Stream) Close() error {
	if s.source.calledByProcess() {
		return ErrInProcess
	}
	s.control.Lock()
	var errs []error
	for s.running {
		ended, err := s.stop()
		errs = append(errs, err)
		s.control.Unlock()
		s.await(ended)
		s.control.Lock()
	}
	defer s.control.Unlock()
	if s.closed {
		return errors.Join(errs...)
	}
	last := lastWords{s.Stats(), s.source.spec(), s.source.granted(), s.Err()}
	last.stats.State = Closed
	s.gate.Lock()
	defer s.gate.Unlock()
	s.closed, s.last = true, last
	s.cleanup.Stop()
	return errors.Join(append(errs, s.source.close())...)
}

// Err is nil while all is well; else it says what Stats.State stands for:
// [ErrStalled], [ErrDeviceGone], [ErrStuck], [ErrExited], or a *PanicError after a
// panic in Process. An isolate that has ended is a *isolate.ExitError.
func (s *Stream) Err() error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return s.last.err
	}
	return s.condition().Err
}

// condition is how an open stream is.
func (s *Stream) condition() condition {
	c := s.source.condition()
	s.mu.Lock()
	started, stalled := s.started, s.stalled
	s.mu.Unlock()
	if c.State == Lost && !errors.Is(c.Err, ErrDeviceGone) {
		c.Err = &lostError{c.Err}
	}
	switch {
	case c.State == Failed || c.State == Stuck:
	case !started:
		c.State = Ready
	case c.State == Running && stalled:
		return condition{Stalled, ErrStalled}
	}
	return c
}

// Stats is a snapshot.
func (s *Stream) Stats() Stats {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return s.last.stats
	}
	s.drain()
	state := s.condition().State // before the counts, so that these hold its causes
	st := s.counted()
	s.mu.Lock()
	st = st.since(&s.base)
	s.mu.Unlock()
	st.State = state
	s.timing.mu.Lock()
	defer s.timing.mu.Unlock()
	s.timing.report(&st)
	return st
}

// counted returns the counts since Open.
func (s *Stream) counted() (st Stats) {
	s.source.count(&st)
	st.EventsRefused = s.refused.Load()
	st.Unrecorded += s.timing.undelivered.Load()
	return st
}

// ResetStats forgets the counts and times so far, for instance a warm-up.
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
	st := s.counted()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = st
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

// Send gives e to the Processor at e.Frame, and answers false when the queue is full:
// Stats.EventsRefused counts that. Events for a frame to come and events for the next
// block, whose Frame is 0, have a queue of Config.Queue each.
func (s *Stream) Send(e Event) bool {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return false
	}
	q := s.source.queues()
	to := q.scheduled
	if e.Frame <= 0 {
		to = q.immediate
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	to.HandOver()
	if to.Push(e) {
		return true
	}
	s.refused.Add(1)
	return false
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

// drain moves records into the timings; the stream is open.
func (s *Stream) drain() {
	s.timing.mu.Lock()
	defer s.timing.mu.Unlock()
	s.source.drain(s.timing.cycle, s.timing.block)
}
