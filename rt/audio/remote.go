package audio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/audio/internal/targets"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/ring"
)

// remote is a stream in an isolate, as its parent sees it.
type remote struct {
	isolate *isolate.Isolate
	cycled  *ring.Consumer[handoff.Record]
	blocked *ring.Consumer[blockRecord]
	command *ring.LatestWriter[isolateCommand]
	events  eventQueues
	params  *targets.Cell
	notices *ring.Consumer[Event]

	mu      sync.Mutex
	report  *ring.LatestReader[isolateReport]
	now     isolateReport
	carried Stats // of generations that have ended
	number  uint32
	closed  bool
}

const (
	// isolateBeat is how long Process may hang before the isolate is ended: far
	// longer than a device takes to come back after a change of its settings.
	isolateBeat = 2 * time.Second
	// isolatePatience is how long an isolate may take to open its device, or to
	// start or stop it.
	isolatePatience = 10 * time.Second
	isolateLook     = time.Millisecond
)

func openRemote(c Config, d *Declared) (*remote, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("audio: %w", err)
	}
	ch := newChannels(c)
	iso, err := isolate.Start(context.Background(), d.entry, isolate.Config{
		Args: append([]string{string(text)}, c.Args...), Channels: ch.all(), Restart: c.Restart,
		FirstBeat: -1, // a loop runs only while the stream plays; await has a limit of its own
		Heartbeat: isolateBeat, Process: rt.ProcessConfig{Loops: c.loops()},
	})
	if err != nil {
		return nil, errkind.Wrapf(err, "isolate", "audio: isolate %s", d.name)
	}
	r := &remote{isolate: iso}
	if err := r.claim(ch); err != nil {
		return nil, errors.Join(err, iso.Close())
	}
	follow(r.params)
	if err := r.await(func(now *isolateReport) bool { return now.Opened || now.Error.Kind != noError }); err != nil {
		return nil, errors.Join(err, r.end())
	}
	if err := r.now.Error.get(); err != nil {
		return nil, errors.Join(err, r.end())
	}
	return r, nil
}

// loops is how many loops the stream runs at once.
func (c Config) loops() int {
	n := 1
	if c.Backend == Sim && c.Mode == Handoff {
		n++
	}
	if c.Input != nil {
		in := c
		in.Input, in.Backend = nil, c.Input.Backend
		n += in.loops()
	}
	return n
}

// claim takes the parent's ends of the channels.
func (r *remote) claim(ch channels) error {
	var errs [8]error
	r.events.immediate, errs[0] = ch.immediate.Producer(r.isolate)
	r.events.scheduled, errs[6] = ch.scheduled.Producer(r.isolate)
	params, err := ch.params.Bytes(r.isolate)
	r.params, errs[7] = targets.NewCell(params), err
	r.notices, errs[1] = ch.notices.Consumer(r.isolate)
	r.cycled, errs[2] = ch.cycles.Consumer(r.isolate)
	r.blocked, errs[3] = ch.blocks.Consumer(r.isolate)
	r.command, errs[4] = ch.command.Writer(r.isolate)
	r.report, errs[5] = ch.report.Reader(r.isolate)
	return errors.Join(errs[:]...)
}

// await waits for a report.
func (r *remote) await(enough func(*isolateReport) bool) error {
	patience := time.After(isolatePatience)
	for {
		if now := r.look(); enough(&now) {
			return nil
		}
		select {
		case <-time.After(isolateLook):
		case <-r.isolate.Done():
			return r.ended()
		case <-patience:
			return fmt.Errorf("audio: the isolate has not answered for %v", isolatePatience)
		}
	}
}

// look is the newest report. The counts of an isolate that was started again go
// on where the last one's ended.
func (r *remote) look() isolateReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return r.now
	}
	r.report.HandOver()
	if now, fresh := r.report.Load(); fresh {
		if now.Generation != r.now.Generation {
			r.carried = r.carried.plus(&r.now.Stats)
		}
		r.now = now
	}
	return r.now
}

// tell has a command carried out.
func (r *remote) tell(run bool) error {
	r.number++
	r.command.HandOver()
	r.command.Store(isolateCommand{Number: r.number, Run: run})
	if err := r.await(func(now *isolateReport) bool { return now.Number == r.number }); err != nil {
		return err
	}
	now := r.look()
	return now.Error.get()
}

func (r *remote) start() error { return r.tell(true) }

// stop of an isolate that has ended has nothing to do; Err says that it has.
func (r *remote) stop() error {
	select {
	case <-r.isolate.Done():
		return nil
	default:
		return r.tell(false)
	}
}

// close of an isolate that has ended by itself is no error: Err says that it has.
func (r *remote) close() error {
	ended := false
	select {
	case <-r.isolate.Done():
		ended = true
	default:
	}
	r.look()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	if err := r.end(); err != nil && !ended {
		return errkind.Wrapf(err, "isolate", "audio: closing the isolate")
	}
	return nil
}

// end ends the isolate, and gives its memory back once no thread sets a parameter there.
// One that has been held up in Set for a second may never go on: then the memory stays.
func (r *remote) end() error {
	shared.cells.Leave(r.params)
	_ = r.isolate.Stop(context.Background()) // Err says how it ended
	if !soon(r.params.Idle) {
		return errSetting
	}
	return r.isolate.Close()
}

// soon waits for a second at most.
func soon(reached func() bool) bool {
	for range int(stopPatience / isolateLook) {
		if reached() {
			return true
		}
		time.Sleep(isolateLook)
	}
	return reached()
}

// errSetting: a thread in Set does not get on.
var errSetting = errors.New("audio: a thread has been setting a shared Param for a second; the isolate's memory is kept")

func (r *remote) spec() Spec {
	now := r.look()
	return now.Spec
}

func (r *remote) frames() int {
	now := r.look()
	return now.Frames
}

func (r *remote) granted() rt.Granted {
	g := noThread
	for _, loop := range r.isolate.Stats() {
		if loop.Name == threadName {
			g = loop.Granted
		}
	}
	if r.look().InGo {
		g.Missing = append(slices.Clone(g.Missing), inGo)
	}
	return g
}

// condition is what the isolate reports, or its end.
func (r *remote) condition() condition {
	select {
	case <-r.isolate.Done():
		return condition{Failed, r.ended()}
	default:
	}
	now := r.look()
	return condition{now.State, now.Condition.get()}
}

// errEnded: the isolate has ended, and not because it was told to.
var errEnded = errors.New("audio: the isolate has ended")

// ended is how an isolate has ended.
func (r *remote) ended() error {
	err := r.isolate.Wait()
	if err == nil {
		return errEnded
	}
	return errkind.Wrapf(err, "isolate", "audio: the isolate has ended")
}

// maintain is the isolate's own business.
func (r *remote) maintain() {}

// calledByProcess is never: Process is in the isolate, which has no Stream.
func (r *remote) calledByProcess() bool { return false }

func (r *remote) queues() eventQueues { return r.events }

func (r *remote) drain(cycle func(*handoff.Record), block func(blockRecord)) {
	r.cycled.HandOver()
	for c, ok := r.cycled.Pop(); ok; c, ok = r.cycled.Pop() {
		cycle(&c)
	}
	r.blocked.HandOver()
	for b, ok := r.blocked.Pop(); ok; b, ok = r.blocked.Pop() {
		block(b)
	}
}

// cycles are those that the isolate has reported. A report that is late says nothing
// about the device.
func (r *remote) cycles() (n uint64, at int64) {
	now := r.look()
	return now.Stats.Callbacks, now.At
}

func (r *remote) count(s *Stats) {
	now := r.look()
	*s = now.Stats.plus(&r.carried)
}
