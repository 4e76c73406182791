package audio

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/ring"
)

// Declared is a Processor that an isolate, a process of its own, can make. Make
// one with [Declare].
type Declared struct {
	name  string
	make  func(args []string) (Processor, error)
	entry *isolate.EntryPoint
}

// Declare names a constructor, so that the isolate, which is this program started
// once more, finds it. Call it in a package-level variable, and rt.Main as the
// first statement of main:
//
//	var synth = audio.Declare("synth", newSynth)
//
// A name used twice is a programming error and panics.
func Declare(name string, make func(args []string) (Processor, error)) *Declared {
	d := &Declared{name: name, make: make}
	d.entry = isolate.Entry("audio/"+name, d.run)
	return d
}

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
	Frames     int // a cycle
	Stats      Stats
	Error      isolateError // of Open, Start or the device
	Panicked   bool
	Panic      isolateText
	PanicStack isolateText
	PanicFrame int64
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
}

type errorKind uint32

const (
	noError errorKind = iota
	otherError
	deviceError
	noDevice
	noBackend
	gone
	stuck
)

func (e *isolateError) set(err error) {
	*e = isolateError{}
	if err == nil {
		return
	}
	var device *DeviceError
	switch {
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
	case errors.Is(err, ErrStuck):
		e.Kind = stuck
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
	case noDevice:
		return ErrNoDevice
	case noBackend:
		return ErrNoBackend
	case stuck:
		return ErrStuck
	case gone:
		return fmt.Errorf("%w: %s", backend.ErrGone, e.Text.String())
	}
	return errors.New(e.Text.String())
}

// channels join an isolate to its parent. Both sides make them from the same
// Config.
type channels struct {
	events, notices *isolate.Queue[Event]
	cycles          *isolate.Queue[handoff.Record]
	blocks          *isolate.Queue[blockRecord]
	command         *isolate.Cell[isolateCommand]
	report          *isolate.Cell[isolateReport]
}

func newChannels(c Config) channels {
	return channels{
		isolate.NewQueue[Event]("audio events", c.Queue), isolate.NewQueue[Event]("audio notices", c.Queue),
		isolate.NewQueue[handoff.Record]("audio cycles", ringRecords), isolate.NewQueue[blockRecord]("audio blocks", ringRecords),
		isolate.NewCell[isolateCommand]("audio command"), isolate.NewCell[isolateReport]("audio report"),
	}
}

func (c channels) all() []isolate.Channel {
	return []isolate.Channel{c.events, c.notices, c.cycles, c.blocks, c.command, c.report}
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
	in, out, err := s.claim(c, ch)
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
	s.engine.inbox.from, s.engine.block.notify.to = in, out
	err = s.serve(c)
	return errors.Join(err, s.close())
}

// claim takes the isolate's ends of the channels.
func (s *isolated) claim(c *isolate.Child, ch channels) (in *ring.Consumer[Event], out *ring.Producer[Event], err error) {
	var errs [6]error
	in, errs[0] = ch.events.Consumer(c)
	out, errs[1] = ch.notices.Producer(c)
	s.cycles, errs[2] = ch.cycles.Producer(c)
	s.blocks, errs[3] = ch.blocks.Producer(c)
	s.command, errs[4] = ch.command.Reader(c)
	s.report, errs[5] = ch.report.Writer(c)
	return in, out, errors.Join(errs[:]...)
}

func (s *isolated) open(d *Declared, c *isolate.Child, cfg Config) error {
	p, err := d.make(c.Args[1:])
	if err != nil {
		return err
	}
	sys := host
	sys.thread, sys.isolated = threads(c.NewLoop), true
	if s.local, err = openLocal(cfg, p, &sys); err != nil {
		return err
	}
	s.now.Spec, s.now.Frames, s.now.Opened = s.grants, s.info.Frames, true
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
		s.now.Stats = Stats{}
		s.count(&s.now.Stats)
		s.now.Stats.Unrecorded += s.lost
		if s.running {
			if err := s.deviceErr(); err != nil {
				s.now.Error.set(err)
			}
		}
		if p := s.panicked(); p != nil && !s.now.Panicked {
			s.now.Panicked, s.now.PanicFrame = true, p.Frame
			s.now.Panic.set(fmt.Sprint(p.Value))
			s.now.PanicStack.set(p.Stack)
		}
	}
	s.report.Store(s.now)
}
