package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/playback"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt"
)

// audioResult is what rtbench audio --json prints.
type audioResult struct {
	Schema  string `json:"schema"`
	Backend string `json:"backend"`
	// Why there is no more than a simulated device.
	Why string `json:"why,omitempty"`
	// SampleExact: in every mode, all that was heard outside of substituted and late
	// blocks is what an offline rendering has there.
	SampleExact bool       `json:"sample_exact"`
	Rate        int        `json:"rate"`
	Frames      int        `json:"frames"`
	PeriodNs    int64      `json:"period_ns"`
	Modes       audioModes `json:"modes"`
}

// audioModes are printed in the order in which they were measured.
type audioModes []audioModeResult

// MarshalJSON makes an object of the modes, by their names.
func (m audioModes) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i := range m {
		if i > 0 {
			text = append(text, ',')
		}
		value, err := json.Marshal(m[i])
		if err != nil {
			return nil, err
		}
		text = append(strconv.AppendQuote(text, string(m[i].mode)), ':')
		text = append(text, value...)
	}
	return append(text, '}'), nil
}

// audioModeResult is one mode under the load; see playback.Figures.
type audioModeResult struct {
	mode playback.Mode
	playback.Figures
	AllocsPerBlock float64 `json:"allocs_per_block"`
	// Quiet is the same before the load.
	Quiet playback.Figures `json:"quiet"`
	// Control and ControlQuiet are what C did in the same cycles.
	Control      *playback.Figures `json:"control,omitempty"`
	ControlQuiet *playback.Figures `json:"control_quiet,omitempty"`
	// ExecP50 is the median time in the synth, in ns; ControlExecP50 that in C.
	ExecP50        int64               `json:"exec_p50,omitempty"`
	ControlExecP50 int64               `json:"control_exec_p50,omitempty"`
	Collections    float64             `json:"collections_per_second"`
	Granted        string              `json:"granted,omitempty"`
	Heard          playback.Comparison `json:"heard"`
	Failed         string              `json:"failed,omitempty"`
}

const audioSchema = "memkit/audio/1"

func newAudioResult(c playback.Config, s *playback.Session) audioResult {
	r := audioResult{
		Schema: audioSchema, Backend: s.Backend, Why: s.Why, SampleExact: sampleExact(s),
		Rate: c.Rate, Frames: c.Frames, PeriodNs: c.Period(),
	}
	for _, o := range s.Outcomes {
		m := audioModeResult{
			mode:    o.Mode,
			Figures: o.Loaded, AllocsPerBlock: o.AllocsPerBlock, Quiet: o.Quiet,
			ExecP50: o.ExecP50, ControlExecP50: o.ControlExecP50, Collections: o.Collections,
			Granted: o.Granted, Heard: o.Comparison, Failed: o.Failed,
		}
		if o.ControlLoaded.Callbacks > 0 {
			m.Control, m.ControlQuiet = &o.ControlLoaded, &o.ControlQuiet
		}
		r.Modes = append(r.Modes, m)
	}
	if len(s.Control) > 0 {
		r.Modes = append(r.Modes, audioModeResult{mode: playback.C, Figures: controlFigures(c, s)})
	}
	return r
}

// controlFigures are C's in all runs together.
func controlFigures(c playback.Config, s *playback.Session) playback.Figures {
	f := playback.FiguresOfAll(s.Control, c.Period())
	for _, o := range s.Outcomes {
		f.CGaps += o.Loaded.CGaps
	}
	f.Gaps.Gaps = f.CGaps
	return f
}

// sampleExact: every mode that played was heard as rendered.
func sampleExact(s *playback.Session) bool {
	played := slices.DeleteFunc(slices.Clone(s.Outcomes), func(o playback.Outcome) bool { return o.Failed != "" })
	return len(played) > 0 && !slices.ContainsFunc(played, func(o playback.Outcome) bool { return !o.Comparison.Exact() })
}

// writeAudioTable prints a line a mode.
func writeAudioTable(w *result.Page, r *audioRequest, s *playback.Session) error {
	c := r.config
	fmt.Fprintf(w, "%s, %d frames at %d Hz (%v), %v a mode under load from %s and %s\n",
		deviceWords(s), c.Frames, c.Rate, time.Duration(c.Period()), c.Long, plural(c.Busy, "busy goroutine"), plural(c.Garbage, "garbage-maker"))
	if s.Why != "" {
		fmt.Fprintf(w, "Only a simulated device: %s\n", s.Why)
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "MODE\tBLOCKS\tGAPS\tms\tOF C\tp50\tp99\tMAX\tLATE\tMISSES\tXRUNS\tALLOCS\tGC/s\tHEARD\t")
	if len(s.Control) > 0 {
		f := controlFigures(c, s)
		fmt.Fprintf(t, "c\t%d\t%d\t–\t–\t%v\t%v\t%v\t%d\t–\t–\t–\t–\t–\t\n", f.Callbacks, f.CGaps, inMicros(f.P50), inMicros(f.P99), inMicros(f.Max), f.Late)
	}
	for _, o := range s.Outcomes {
		if o.Failed != "" {
			continue
		}
		f, ofC := o.Loaded, "–"
		gaps := fmt.Sprint(f.Gaps.Gaps)
		if f.Exempt > 0 {
			gaps += fmt.Sprintf("+%d", f.Exempt)
		}
		if o.ControlLoaded.Callbacks > 0 {
			ofC = fmt.Sprint(f.CGaps)
		}
		xruns := fmt.Sprint(f.Xruns)
		if s.Backend == playback.JACK.Backend() && o.ControlLoaded.Callbacks > 0 {
			xruns += fmt.Sprintf("/%d", f.Stream)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%.0f\t%s\t%v\t%v\t%v\t%d\t%d\t%s\t%.3g\t%.0f\t%s\t\n", o.Mode, f.Callbacks, gaps, 1000*float64(f.Frames)/float64(c.Rate), ofC, inMicros(f.P50), inMicros(f.P99), inMicros(f.Max),
			f.Late, f.Misses, xruns, o.AllocsPerBlock, o.Collections, heardWords(o.Comparison))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, o := range s.Outcomes {
		if o.Failed != "" {
			fmt.Fprintf(w, "%s did not play: %s\n", o.Mode, strings.TrimSpace(o.Failed))
		} else if o.Mode.Guaranteed() && !strings.HasPrefix(o.Granted, rt.Strict.String()) {
			fmt.Fprintf(w, "%s was granted %s, so it promises nothing; rtbench doctor lists the missing rights\n", o.Mode, o.Granted)
		}
	}
	fmt.Fprint(w, `
GAPS: interruptions that a recorder on the same server heard, + those in cycles in which
the same synth in C was late too; ms: how long the former lasted in all; OF C: the gaps
of C in the same run. p50, p99, max: from the callback's entry to its end. LATE: ended
after the period; MISSES: a substitute was played instead; XRUNS: cycles that the server
reported to all its clients / those of them in which it names the stream and not C.
HEARD: the recording against an offline rendering, outside of late and substituted
blocks.
`)
	if r.demo {
		fmt.Fprintln(w)
		for _, name := range demoNames(s) {
			w.Entry("Written", outputPath(r.out, name))
		}
	}
	return nil
}

func deviceWords(s *playback.Session) string {
	name := map[string]string{"jack-dummy": "JACK", "pipewire": "PipeWire"}[s.Backend]
	if name == "" {
		return "simulated device"
	}
	if s.ServerPriority == 0 {
		return name + " without a sound card, not real-time"
	}
	return fmt.Sprintf("%s without a sound card, priority %d", name, s.ServerPriority)
}

func heardWords(c playback.Comparison) string {
	switch {
	case c.Frames == 0:
		return "nothing"
	case c.Differing > 0:
		return fmt.Sprintf("%d of %d differ", c.Differing, c.Frames)
	}
	return "exact"
}

// inMicros prints ns as µs.
func inMicros(ns int64) string {
	v := float64(ns) / 1e3
	if v < 100 {
		return fmt.Sprintf("%.1fµs", v)
	}
	return fmt.Sprintf("%.0fµs", v)
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
