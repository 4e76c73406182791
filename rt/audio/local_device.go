package audio

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/audio/internal/heaproom"
)

// openDevice finds and opens the device that the config names, and keeps its
// settings.
func (l *local) openDevice() error {
	c := l.cfg
	if c.Backend == Offline {
		l.info = backend.Info{Rate: c.Rate, Frames: c.Frames, MaxFrames: c.Frames, In: c.In, Out: c.Out}
		return nil
	}
	from, found, err := c.find(l.sys, l.from)
	if err != nil {
		return err
	}
	defer drop(from)
	in, out, err := c.choose(found)
	if err != nil {
		return err
	}
	device, err := from.Open(backend.Request{
		InDevice: in, OutDevice: out, Rate: c.Rate, Frames: l.wantedFrames(), In: c.In, Out: c.Out,
		Mode: backend.Mode(c.Mode), Name: c.Name,
	})
	if err != nil {
		return fmt.Errorf("audio: %s: %w", from.Name(), err)
	}
	info := device.Info()
	if err := c.check(info); err != nil {
		return errors.Join(err, device.Close())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.from, l.device, l.info = from, device, info
	return nil
}

// wantedFrames is the block size to ask for: a device that is found again may have another.
func (l *local) wantedFrames() int {
	if l.from != nil {
		return 0
	}
	return l.cfg.Frames
}

// find makes the backend and lists its devices. One that was used before stays.
func (c Config) find(sys *system, used backend.Backend) (from backend.Backend, found []backend.Device, err error) {
	switch {
	case used != nil:
		return listed(used, nil)
	case c.Backend == Sim:
		return listed(&simBackend{sys: sys, cfg: c.Sim, pinned: c.Pinned}, nil)
	case c.Backend == JACK:
		return listed(sys.jack(c.Name))
	case c.Backend == PortAudio:
		return listed(sys.portAudio(c.HostAPI, c.Name))
	}
	var noServer error
	if c.Mode != Blocking && (c.HostAPI == "" || strings.EqualFold(c.HostAPI, "JACK")) {
		from, found, noServer = listed(sys.jack(c.Name))
		if !errors.Is(noServer, ErrNoDevice) && !errors.Is(noServer, ErrNoBackend) {
			return from, found, noServer
		}
	}
	from, found, err = listed(sys.portAudio(c.HostAPI, c.Name))
	switch {
	case !errors.Is(err, ErrNoBackend):
	case errors.Is(noServer, ErrNoDevice):
		err = noServer
	case c.Mode == Blocking:
		err = errkind.Errorf(ErrNoBackend, "audio: Config.Mode blocking: needs PortAudio, which is not built in; build with cgo and -tags portaudio, or give Handoff or Direct")
	}
	return from, found, err
}

// drop closes what listing devices has left open.
func drop(from backend.Backend) {
	if k, ok := from.(backend.Keeper); ok {
		_ = k.Drop() // of a server that may be gone
	}
}

// listed lists the devices of a backend. None is an error.
func listed(from backend.Backend, err error) (backend.Backend, []backend.Device, error) {
	if err != nil {
		return nil, nil, err
	}
	found, err := from.Devices()
	switch {
	case errors.Is(err, backend.ErrNoServer):
		return nil, nil, fmt.Errorf("%w (%s: %w)", ErrNoDevice, from.Name(), err)
	case err != nil:
		return nil, nil, fmt.Errorf("audio: %s: listing devices: %w", from.Name(), err)
	case len(found) == 0:
		drop(from)
		return nil, nil, ErrNoDevice
	}
	return from, found, nil
}

// deadline is how long after the start of a cycle, and at least after the device's
// call, Handoff plays a substitute, in ns. A thread that nothing in its process delays
// is late where the machine was, and then for less than the server tolerates. Another
// one waits for the Go scheduler, for many periods; until the cycle is over that costs
// the server's other clients nothing.
func (c Config) deadline(period int64, tolerated float64, delayed bool) (budget, least int64) {
	p := float64(period)
	switch {
	case c.Budget > 0:
		return max(1, int64(p*c.Budget)), 0
	case delayed:
		return int64(p * delayedBudget), period / 2
	}
	return int64(p * max(1, tolerated)), int64(p * max(1, tolerated) / 2)
}

// delayedBudget leaves the end of the cycle to the substitute and to the clients that
// come after this one.
const delayedBudget = 0.9

// check refuses a device that grants something else than was asked for.
func (c Config) check(got backend.Info) error {
	switch {
	case c.Rate != 0 && math.Abs(got.Rate-c.Rate) > c.Rate*rateTolerance:
		return &DeviceError{fmt.Sprintf("rate %g", c.Rate), fmt.Sprintf("the device runs at %g; set Config.Rate to that, or to 0", got.Rate)}
	case got.In != c.In:
		return &DeviceError{fmt.Sprintf("%d input channels", c.In), fmt.Sprintf("the device has opened %d", got.In)}
	case got.Out != c.Out:
		return &DeviceError{fmt.Sprintf("%d output channels", c.Out), fmt.Sprintf("the device has opened %d", got.Out)}
	case got.InGo && c.Pinned:
		return &ConfigError{"Pinned", "true", "cannot be had where PortAudio's callback is in Go, which the pinned goroutine would have to wait for", "leave it out"}
	case got.Frames <= 0 || got.MaxFrames < got.Frames || got.Rate <= 0:
		return fmt.Errorf("audio: the device granted %d frames, %d at most, at rate %g", got.Frames, got.MaxFrames, got.Rate)
	}
	return nil
}

// rateTolerance is how far a device may be from the rate it was asked for: clocks
// of sound cards are good to 100 ppm.
const rateTolerance = 1e-3

// maintain looks after the device, every monitorEvery: it keeps a Processor that does
// not return from holding up the device's other clients, prepares the Processor for
// another rate, and looks for a device that has gone.
func (l *local) maintain() {
	if l.roomy {
		heaproom.Follow()
	}
	if l.input != nil {
		l.input.maintain()
		if err := l.input.fit(l.spec().Rate, l.frames()); err != nil {
			l.engine.fail(err)
		}
	}
	switch c := l.condition(); c.State {
	case Stuck:
		l.setGate(handoff.Bypassed)
	case Failed:
		if l.ended.Load() != nil || errors.Is(l.engine.err(), ErrExited) {
			l.setGate(handoff.Paused)
		}
	case Lost:
		if l.retry.due(l.sys.now()) {
			l.retry.next(l.sys.now(), l.reopen() == nil)
		}
	default:
		l.followRate()
		if l.gate == handoff.Bypassed {
			l.setGate(handoff.Open)
		}
	}
}

func (l *local) setGate(state uint32) {
	if l.gate != state {
		l.gate = state
		l.region.Gate(state)
	}
}

// followRate prepares the Processor for the device's rate where that has changed.
func (l *local) followRate() {
	d, ok := l.device.(backend.Variable)
	if !ok {
		return
	}
	rate, frames := d.Format()
	if rate == l.info.Rate {
		l.mu.Lock()
		l.info.Frames = frames
		l.mu.Unlock()
		return
	}
	// The device has set the gate by itself, and maybe not yet for what it had begun.
	l.gate = handoff.Paused
	l.region.Gate(handoff.Paused)
	if !l.quiet() {
		return // at the next look
	}
	if err := l.prepareRate(rate); err != nil {
		l.engine.fail(err)
		return
	}
	d.Resume(rate)
	l.setGate(handoff.Open)
}

// quiet waits until the device no longer hands blocks over and Process has returned,
// and reports whether both are so.
func (l *local) quiet() bool {
	passed := l.region.Counters().Cycles
	limit := l.sys.now() + l.patience()
	for l.sys.now() < limit {
		// The cycle that was in work when the gate was set may still post a block.
		if l.region.Counters().Cycles >= passed+2 && l.region.Idle() {
			return true
		}
		l.sys.pause()
	}
	return false
}

// prepareRate prepares the Processor for a rate. No block may be in work.
func (l *local) prepareRate(rate float64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.info.Rate = rate
	if err := l.prepareProcessor(); err != nil {
		return err
	}
	l.processor.Reset()
	l.region.Reformat()
	return nil
}

// reopen opens the device again, by its name, and goes on where the last one ended.
func (l *local) reopen() error {
	if l.cfg.Mode == Blocking {
		if err := l.stopThread(); err != nil {
			return err
		}
	}
	l.dropDevice()
	if l.stuck {
		return ErrStuck
	}
	before, maxFrames := l.info.Rate, l.grants.MaxFrames
	if err := l.openDevice(); err != nil {
		l.fail(err)
		return err
	}
	err := l.resume(before, maxFrames)
	if err != nil {
		l.dropDevice()
		l.fail(err)
		return err
	}
	return nil
}

// resume binds the new device and starts it.
func (l *local) resume(rate float64, maxFrames int) error {
	if l.info.MaxFrames > maxFrames {
		return fmt.Errorf("audio: the device now has blocks of up to %d frames, the Processor is prepared for %d; open the stream again", l.info.MaxFrames, maxFrames)
	}
	if l.info.Rate != rate {
		if !l.region.Idle() {
			return ErrStuck
		}
		if err := l.prepareRate(l.info.Rate); err != nil {
			return err
		}
	}
	if err := l.device.Bind(l.sink()); err != nil {
		return err
	}
	if l.cfg.Mode != Blocking {
		if l.cfg.Mode == Direct { // elsewhere a worker may be using the marker
			l.engine.marker.fresh = true
		}
		l.follow()
	}
	if err := l.startDevice(); err != nil {
		return err
	}
	// Whoever sees the stream run again sees it counted.
	l.reconnects.Add(1)
	l.failure.Store(nil)
	if l.cfg.Mode != Blocking {
		return nil
	}
	l.engine.handOver()
	return l.startThread()
}

// dropDevice gives a device back that has ended.
func (l *local) dropDevice() {
	if l.device == nil {
		return
	}
	if err := l.device.Err(); err != nil {
		l.fail(err)
	}
	_ = l.device.Stop()
	_ = l.device.Close() // its server has gone, so nothing can be done about an error
	l.mu.Lock()
	l.device = nil
	l.mu.Unlock()
}
