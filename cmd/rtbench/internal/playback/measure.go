package playback

import (
	"context"
	"slices"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
	"github.com/memkit-go/memkit/rt"
)

// recording is what the probe saw while a process played.
type recording struct {
	control  []jackprobe.Cycle
	captured []jackprobe.Cycle
	heard    []float32 // of captured, interleaved
	// reference is C's left channel, as another recorder heard it in cycles ofControl.
	ofControl []jackprobe.Cycle
	reference []float32
	// complaints are what the server said about xruns.
	complaints []complaint
}

// ear listens to a process while it plays.
type ear interface {
	attach(ctx context.Context) error
	record(on bool)
	recording() recording
}

// deaf is for devices that keep what they heard themselves.
type deaf struct{}

func (deaf) attach(context.Context) error { return nil }
func (deaf) record(bool)                  {}
func (deaf) recording() recording         { return recording{} }

// play has a fresh process play one mode while e listens.
func (c Config) play(ctx context.Context, m Mode, e ear) (Outcome, error) {
	o := Outcome{Mode: m, Started: time.Now()}
	j := c.job(m)
	process, err := startChild(ctx, c.Start, j)
	if err != nil {
		return o, err
	}
	played, quiet, loaded, err := c.lead(ctx, process, e)
	if err != nil {
		_ = process.end()
		return o, err
	}
	if err := process.end(); err != nil {
		return o, err
	}
	return c.outcome(o, played, e.recording(), quiet, loaded)
}

// lead takes the process through its part.
func (c Config) lead(ctx context.Context, p *child, e ear) (played *Played, quiet, loaded window, err error) {
	if err := e.attach(ctx); err != nil {
		return nil, quiet, loaded, err
	}
	e.record(true)
	if _, err := p.tell(sayCount); err != nil {
		return nil, quiet, loaded, err
	}
	if quiet, err = wait(ctx, c.Quiet); err != nil {
		return nil, quiet, loaded, err
	}
	if _, err := p.tell(sayLoad); err != nil {
		return nil, quiet, loaded, err
	}
	if _, err := wait(ctx, c.WarmUp); err != nil {
		return nil, quiet, loaded, err
	}
	if loaded, err = wait(ctx, c.Long); err != nil {
		return nil, quiet, loaded, err
	}
	e.record(false)
	played, err = p.tell(sayStop)
	return played, quiet, loaded, err
}

// wait lets time pass and says which.
func wait(ctx context.Context, d time.Duration) (window, error) {
	w := window{from: rt.Now()}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return w, context.Cause(ctx)
	}
	w.to = rt.Now()
	return w, nil
}

// outcome makes the outcome of the blocks played and the samples captured.
func (c Config) outcome(o Outcome, played *Played, r recording, quiet, loaded window) (Outcome, error) {
	period := c.Period()
	var k *control
	if len(r.control) > 0 {
		k = newControl(r.control, period)
		seen := asCycles(r.control)
		o.ControlQuiet = figuresOf(seen, quiet, period, nil)
		o.ControlLoaded = figuresOf(seen, loaded, period, nil)
		for _, c := range seen {
			if loaded.holds(c.Begin) {
				o.control = append(o.control, c)
			}
		}
		var work []int64
		for _, c := range r.control {
			if quiet.holds(c.Begin) {
				work = append(work, c.Work)
			}
		}
		o.ControlExecP50, _ = quantiles(work)
	}
	o.Quiet = figuresOf(played.Cycles, quiet, period, k)
	o.Loaded = figuresOf(played.Cycles, loaded, period, k)
	o.Quiet.XrunsOf = attribute(r.complaints, quiet, period)
	o.Loaded.XrunsOf = attribute(r.complaints, loaded, period)
	o.ExecP50, o.Granted = played.ExecP50, played.Granted
	if played.Blocks > 0 {
		o.AllocsPerBlock = float64(played.Allocs) / float64(played.Blocks)
	}
	if played.Loaded > 0 {
		o.Collections = float64(played.Collections) / played.Loaded.Seconds()
	}
	for _, c := range played.Cycles {
		if loaded.holds(c.Begin) {
			o.Durations = append(o.Durations, c.End-c.Entry)
		}
	}
	// C has played since before the first cycle, and some cycles more than were captured.
	rendered, err := render(c.Rate, c.Frames, max(length(played.Cycles), int(c.job(o.Mode).Long.Seconds())*c.Rate))
	if err != nil {
		return o, err
	}
	if played.Heard != nil {
		o.Comparison = compareHeard(played.Heard, played.Cycles, rendered)
		r := simulated(played)
		o.Heard = during(r, loaded)
		o.addGaps(r, rendered, nil, quiet, loaded)
		return o, nil
	}
	o.Comparison = compareCaptured(r.captured, r.heard, played.Cycles, rendered, period)
	o.Heard = during(r, loaded)
	o.addGaps(r, rendered, k, quiet, loaded)
	return o, nil
}

// simulated is what a simulated device got as a recorder would have it.
func simulated(played *Played) recording {
	r := recording{heard: played.Heard}
	frames := len(played.Heard) / 2
	for i, c := range played.Cycles {
		if frames -= c.N; frames < 0 {
			break
		}
		n := uint32(c.N)
		r.captured = append(r.captured, jackprobe.Cycle{Begin: c.Begin, Entry: c.Entry, End: c.End, Frame: uint32(i) * n, N: n})
	}
	return r
}

// addGaps finds the gaps of both windows.
func (o *Outcome) addGaps(r recording, rendered []float32, k *control, quiet, loaded window) {
	gaps := r.gapsIn(rendered, k)
	for _, part := range []struct {
		w  window
		to *Figures
	}{{quiet, &o.Quiet}, {loaded, &o.Loaded}} {
		found, c := gaps(part.w)
		part.to.Gaps, part.to.CGaps = count(found), c.Gaps
		o.Gaps = found // of the load at last
	}
}

// longestSilence is the most frames in a row that during puts in for lost cycles.
const longestSilence = 1 << 20

// during returns the samples captured in a window, with silence for the cycles in which
// the recorder was not called.
func during(r recording, w window) (heard []float32) {
	rest := r.heard
	next, begun := uint32(0), false
	for _, c := range r.captured {
		block := rest[:2*c.N]
		rest = rest[2*c.N:]
		if !w.holds(c.Begin) {
			continue
		}
		if lost := int32(c.Frame - next); begun && lost > 0 {
			heard = append(heard, make([]float32, 2*min(lost, longestSilence))...)
		}
		heard = append(heard, block...)
		next, begun = c.Frame+c.N, true
	}
	return heard
}

// has reports whether the config asks for a mode.
func (c Config) has(m Mode) bool {
	if len(c.Modes) == 0 {
		return slices.Contains(standard, m)
	}
	return slices.Contains(c.Modes, m)
}

// simulate measures the simulated device.
func (c Config) simulate(ctx context.Context, s *Session) error {
	if !c.has(Sim) {
		return nil
	}
	return c.add(ctx, s, Sim, deaf{})
}

// add measures one mode. A mode that fails is an outcome without figures.
func (c Config) add(ctx context.Context, s *Session, m Mode, e ear) error {
	if c.Progress != nil {
		c.Progress(m)
	}
	o, err := c.play(ctx, m, e)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		o.Failed = err.Error()
	}
	s.Outcomes = append(s.Outcomes, o)
	s.Control = append(s.Control, o.control...)
	return nil
}
