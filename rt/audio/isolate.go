package audio

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/audio/internal/targets"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/ring"
)

// isolateCommand is what the parent wants.
type isolateCommand struct {
	Number uint32 // of the command, from 1
	Run    bool
}

// isolateReport is how the isolate is.
type isolateReport struct {
	Generation uint32
	Number     uint32 // of the last command that was carried out
	Opened     bool
	Spec       Spec
	Frames     int  // a cycle
	InGo       bool // the device's thread runs Go
	Stats      Stats
	At         int64        // when Stats were so
	Error      isolateError // of Open or of the last command
	State      State        // Running where nothing is wrong
	Condition  isolateError // that belongs to State
}

// isolateText is a string in shared memory, cut off at its end.
type isolateText struct {
	Bytes [1000]byte
	N     int64
}

func (t *isolateText) set(s string) { t.N = int64(copy(t.Bytes[:], s)) }

func (t *isolateText) String() string {
	return string(t.Bytes[:min(uint64(t.N), uint64(len(t.Bytes)))])
}

// isolateError is an error in shared memory.
type isolateError struct {
	Kind         errorKind
	Text, Reason isolateText
	Frame        int64 // of a panic
}

type errorKind uint32

const (
	noError errorKind = iota
	otherError
	deviceError
	noDevice
	noBackend
	gone
	stalled
	stuck
	exited
	panicked
)

func (e *isolateError) set(err error) {
	*e = isolateError{}
	if err == nil {
		return
	}
	var (
		device *DeviceError
		panics *PanicError
	)
	switch {
	case errors.As(err, &panics):
		e.Kind, e.Frame = panicked, panics.Frame
		e.Text.set(fmt.Sprint(panics.Value))
		e.Reason.set(panics.Stack)
		return
	case errors.As(err, &device):
		e.Kind = deviceError
		e.Text.set(device.Want)
		e.Reason.set(device.Reason)
		return
	case errors.Is(err, ErrNoDevice):
		e.Kind = noDevice
	case errors.Is(err, ErrNoBackend):
		e.Kind = noBackend
	case errors.Is(err, backend.ErrGone):
		e.Kind = gone
	case errors.Is(err, ErrStalled):
		e.Kind = stalled
	case errors.Is(err, ErrStuck):
		e.Kind = stuck
	case errors.Is(err, ErrExited):
		e.Kind = exited
	default:
		e.Kind = otherError
	}
	e.Text.set(err.Error())
}

func (e *isolateError) get() error {
	switch e.Kind {
	case noError:
		return nil
	case deviceError:
		return &DeviceError{e.Text.String(), e.Reason.String()}
	case panicked:
		return &PanicError{Value: e.Text.String(), Stack: e.Reason.String(), Frame: e.Frame}
	case noDevice:
		return e.like(ErrNoDevice)
	case noBackend:
		return e.like(ErrNoBackend)
	case stalled:
		return e.like(ErrStalled)
	case stuck:
		return e.like(ErrStuck)
	case exited:
		return e.like(ErrExited)
	case gone:
		return e.like(backend.ErrGone)
	}
	return errors.New(e.Text.String())
}

// like is the error's text, and errors.Is the sentinel.
func (e *isolateError) like(sentinel error) error {
	return &sameError{e.Text.String(), sentinel}
}

// sameError is an error of the isolate's with the text that it had there.
type sameError struct {
	text string
	is   error
}

func (e *sameError) Error() string { return e.text }
func (e *sameError) Unwrap() error { return e.is }

// channels join an isolate to its parent. Both sides make them from the same
// Config.
type channels struct {
	immediate, scheduled, notices *isolate.Queue[Event]
	cycles                        *isolate.Queue[handoff.Record]
	blocks                        *isolate.Queue[blockRecord]
	command                       *isolate.Cell[isolateCommand]
	report                        *isolate.Cell[isolateReport]
	params                        *isolate.Region
}

func newChannels(c Config) channels {
	return channels{
		isolate.NewQueue[Event]("audio immediate", c.Queue), isolate.NewQueue[Event]("audio scheduled", c.Queue), isolate.NewQueue[Event]("audio notices", c.Queue),
		isolate.NewQueue[handoff.Record]("audio cycles", ringRecords), isolate.NewQueue[blockRecord]("audio blocks", ringRecords),
		isolate.NewCell[isolateCommand]("audio command"), isolate.NewCell[isolateReport]("audio report"), isolate.NewRegion("audio params", targets.Size(maxShared)),
	}
}

func (c channels) all() []isolate.Channel {
	return []isolate.Channel{c.immediate, c.scheduled, c.notices, c.cycles, c.blocks, c.command, c.report, c.params}
}

// isolated is a stream as its own process sees it.
type isolated struct {
	*local
	cycles  *ring.Producer[handoff.Record]
	blocks  *ring.Producer[blockRecord]
	command *ring.LatestReader[isolateCommand]
	report  *ring.LatestWriter[isolateReport]
	now     isolateReport
	running bool
	lost    uint64 // records that the queues did not hold
}

// run is the entry of the isolate.
func (d *Declared) run(c *isolate.Child) error {
	var cfg Config
	if err := json.Unmarshal([]byte(c.Args[0]), &cfg); err != nil {
		return fmt.Errorf("audio: the isolate's config: %w", err)
	}
	s := &isolated{}
	ch := newChannels(cfg)
	ends, err := s.claim(c, ch)
	if err != nil {
		return err
	}
	s.now.Generation = uint32(c.Generation)
	if err := s.open(d, c, cfg); err != nil {
		s.now.Error.set(err)
		s.publish()
		<-c.Context().Done()
		return nil
	}
	e := &s.engine
	e.inbox.immediate, e.inbox.scheduled, e.block.notify.to = ends.immediate, ends.scheduled, ends.notices
	e.shared = paramReader{targets.NewReader(ends.params), shared.params}
	err = s.serve(c)
	return errors.Join(err, s.close())
}

// engineEnds are the ends of the channels that the engine has.
type engineEnds struct {
	immediate, scheduled *ring.Consumer[Event]
	notices              *ring.Producer[Event]
	params               []byte
}

// claim opens the isolate's ends of the channels.
func (s *isolated) claim(c *isolate.Child, ch channels) (e engineEnds, err error) {
	var errs [8]error
	e.immediate, errs[0] = ch.immediate.Consumer(c)
	e.scheduled, errs[1] = ch.scheduled.Consumer(c)
	e.notices, errs[2] = ch.notices.Producer(c)
	e.params, errs[3] = ch.params.Bytes(c)
	s.cycles, errs[4] = ch.cycles.Producer(c)
	s.blocks, errs[5] = ch.blocks.Producer(c)
	s.command, errs[6] = ch.command.Reader(c)
	s.report, errs[7] = ch.report.Writer(c)
	return e, errors.Join(errs[:]...)
}

func (s *isolated) open(d *Declared, c *isolate.Child, cfg Config) error {
	p, err := d.construct(c.Args[1:])
	if err != nil {
		return err
	}
	sys := host
	sys.thread, sys.isolated = threads(c.NewLoop), true
	if s.local, err = openLocal(cfg, p, &sys); err != nil {
		return err
	}
	s.now.Opened = true
	return nil
}

// serveEvery is how often the isolate looks for commands and reports.
const serveEvery = 10 * time.Millisecond

// serve obeys commands and reports until the parent wants the isolate to end. A
// restarted isolate goes on where the last one was told to.
func (s *isolated) serve(c *isolate.Child) error {
	tick := time.NewTicker(serveEvery)
	defer tick.Stop()
	for {
		if want, _ := s.command.Load(); want.Number != s.now.Number {
			s.obey(want)
		}
		if s.running {
			s.maintain()
		}
		s.forward()
		s.publish()
		select {
		case <-tick.C:
		case <-c.Context().Done():
			if s.running {
				return s.stop()
			}
			return nil
		}
	}
}

func (s *isolated) obey(want isolateCommand) {
	var err error
	switch {
	case want.Run && !s.running:
		err = s.start()
		s.running = err == nil
	case !want.Run && s.running:
		err = s.stop()
		s.running = false
	}
	s.now.Error.set(err)
	s.now.Number = want.Number
}

// forward passes the records on.
func (s *isolated) forward() {
	s.drain(func(r *handoff.Record) {
		if !s.cycles.Push(*r) {
			s.lost++
		}
	}, func(r blockRecord) {
		if !s.blocks.Push(r) {
			s.lost++
		}
	})
}

func (s *isolated) publish() {
	if s.local != nil {
		state := s.condition() // before the counts, so that these hold its causes
		s.now.State = state.State
		s.now.Condition.set(state.Err)
		s.now.Stats = Stats{}
		s.count(&s.now.Stats)
		s.now.At = s.sys.now()
		s.now.Stats.Unrecorded += s.lost
		s.now.Spec, s.now.Frames, s.now.InGo = s.spec(), s.frames(), s.deviceInGo()
	}
	s.report.Store(s.now)
}
