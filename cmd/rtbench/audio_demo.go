package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/playback"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/audio/wav"
	"github.com/memkit-go/memkit/rt/record"
)

// The files of rtbench audio --demo.
const (
	audioReportName      = "audio.html"
	audioCertificateName = "audio.json"
	audioRunName         = "audio.rtrun"
	audioSoundName       = "demo.wav"
	audioPlainName       = "demo-plain.wav"
)

// demoNames are the files that a demonstration of this session has.
func demoNames(s *playback.Session) []string {
	names := []string{audioReportName, audioCertificateName, audioRunName}
	for _, r := range recordingsOf(s) {
		names = append(names, r.file)
	}
	return names
}

// audioProfile begins the budget: a deadline that the sound card sets holds on every
// machine.
const audioProfile = "[profile.period]\nmatch = {}\n"

// audioBudget is what a way of calling Go for sound has to keep: no gap that the recorder
// has heard, but in cycles in which C was late too; no glitch, which is a
// late or substituted block in a cycle in which all code in C was in time, and 99 of
// 100 callbacks done in a tenth of the period, with 95% confidence. The time from the
// beginning of the cycle counts for the glitches only: it drifts with the server's own
// wake latency.
const audioBudget = `[profile.period.budget."audio/%s"]
counts = { gaps = 0, glitches = 0, allocs = 0 }
p99 = "%v"
`

// writeDemo evaluates the measurement and writes the files.
func (a *app) writeDemo(r *audioRequest, s *playback.Session, out *outputs) error {
	run, catalogue := a.audioRun(r, s)
	if len(run.Series) == 0 {
		return errors.New("nothing has played, so there is nothing to report")
	}
	file, digest, err := encodeRun(run)
	if err != nil {
		return err
	}
	budgets, err := audioBudgets(r, run, catalogue)
	if err != nil {
		return err
	}
	c, err := a.analyse(certificate.Evidence{Run: run, Digest: digest, Catalogue: catalogue, Budgets: budgets})
	if err != nil {
		return err
	}
	all := recordingsOf(s)
	if len(all) == 0 {
		return errors.New("nothing was heard, so there is nothing to listen to")
	}
	spectrum := report.Spectrogram("The recording of memkit",
		"Left channel of "+string(all[0].outcome.Mode)+" under the load: a steady voice of 220 Hz and one that sweeps from 110 to 1760 Hz, each with four partials. The darker, the louder, 9 dB a shade.",
		playback.Channel(all[0].outcome.Heard, 0), float64(r.config.Rate))
	listen := report.Listen(listenWords(r, s), toHear(all, r.config)...)
	err = errors.Join(
		stageBytes(out, audioRunName, file),
		out.stage(audioCertificateName, func(w io.Writer) error { return result.JSON(w, c) }),
		out.stage(audioReportName, func(w io.Writer) error { return report.HTML(w, c, run, listen, spectrum) }))
	for _, one := range all {
		err = errors.Join(err, stageSound(out, one.file, &wav.Sound{
			Rate: r.config.Rate, Channels: [][]float32{playback.Channel(one.outcome.Heard, 0), playback.Channel(one.outcome.Heard, 1)},
		}))
	}
	return errors.Join(err, out.commit())
}

// audioRun is the response times as a run file has them, and what describes them.
func (a *app) audioRun(r *audioRequest, s *playback.Session) (*record.Run, []bench.Benchmark) {
	run := &record.Run{Created: time.Now().UTC().Format(time.RFC3339), Command: a.command, Env: a.fingerprint()}
	var catalogue []bench.Benchmark
	period := time.Duration(r.config.Period())
	for _, o := range s.Outcomes {
		if o.Failed != "" {
			continue
		}
		b := bench.Benchmark{
			Name: audioName(o.Mode), Period: period,
			Doc: fmt.Sprintf("From the entry of a sound card's callback to its end; %s, %s.", o.Mode, s.Backend),
		}
		if o.Mode != playback.Gordonklaus {
			b.Peers, b.RatioOf = []string{audioName(playback.Gordonklaus)}, "p99"
		}
		catalogue = append(catalogue, b)
		f := o.Loaded
		run.Series = append(run.Series, record.Series{
			Name: b.Name, Kind: record.Latency, Unit: "ns", Ops: 1, Period: period.Nanoseconds(), Samples: o.Durations,
			Counters: map[string]float64{
				"callbacks": float64(f.Callbacks), "xruns": float64(f.Xruns), "allocs": o.AllocsPerBlock * float64(f.Callbacks),
				"late": float64(f.Late), "misses": float64(f.Misses), "control_late": float64(f.ControlLate),
				"late_outside": float64(f.LateOutside), "misses_outside": float64(f.MissesOutside),
				"gaps": float64(f.Gaps.Gaps), "gaps_exempt": float64(f.Exempt), "c_gaps": float64(f.CGaps),
				"code_in_c_late": float64(f.CodeInC), "glitches": float64(f.LateOutside + f.MissesOutside - f.CodeInC),
			},
		})
	}
	return run, catalogue
}

// audioName is the name of a mode in the run: one of audio's, or today's usual way.
func audioName(m playback.Mode) string {
	if m == playback.Gordonklaus {
		return "today/" + string(m)
	}
	return "audio/" + string(m)
}

// audioBudgets judge the modes that promise something.
func audioBudgets(r *audioRequest, run *record.Run, catalogue []bench.Benchmark) (*budget.Resolved, error) {
	text := []byte(audioProfile)
	known := budget.Known{}
	for _, b := range catalogue {
		known[b.Name] = b.Period
		if m := playback.Mode(path.Base(b.Name)); m.Guaranteed() {
			text = fmt.Appendf(text, audioBudget, m, b.Period/10)
		}
	}
	if len(text) == len(audioProfile) {
		return nil, nil
	}
	f, err := budget.Parse("the budget of rtbench audio", text, known)
	if err != nil {
		return nil, err
	}
	return f.For(run.Env)
}

// recording is a sound of the demonstration.
type recording struct {
	title, file string
	outcome     playback.Outcome
}

// recordingsOf are the sounds to compare: memkit's, of the first of these modes that was
// heard, and that of the plain callback.
func recordingsOf(s *playback.Session) (all []recording) {
	heard := func(title, file string, modes ...playback.Mode) {
		for _, m := range modes {
			i := slices.IndexFunc(s.Outcomes, func(o playback.Outcome) bool { return o.Mode == m && o.Failed == "" && len(o.Heard) > 0 })
			if i >= 0 {
				all = append(all, recording{title, file, s.Outcomes[i]})
				return
			}
		}
	}
	heard("memkit", audioSoundName, playback.Default, playback.Handoff, playback.Undeclared, playback.Direct, playback.Sim)
	heard("the usual Go callback", audioPlainName, playback.Gordonklaus)
	return all
}

// toHear is what the page shows of the recordings.
func toHear(all []recording, c playback.Config) (out []report.Recording) {
	seconds := func(frames int) float64 { return float64(frames) / float64(c.Rate) }
	for _, one := range all {
		r := report.Recording{
			Title: fmt.Sprintf("%s (%s)", one.title, one.outcome.Mode), File: one.file, Words: gapWords(one.outcome.Loaded, c),
			Seconds: seconds(len(one.outcome.Heard) / 2),
		}
		for _, g := range one.outcome.Gaps {
			r.Gaps = append(r.Gaps, report.Gap{From: seconds(g.From), Seconds: seconds(g.Frames), Exempt: g.Exempt})
		}
		out = append(out, r)
	}
	return out
}

// gapWords says how the sound was interrupted.
func gapWords(f playback.Figures, c playback.Config) string {
	words := "No gap"
	if f.Gaps.Gaps > 0 {
		words = fmt.Sprintf("%s, %.0f ms in all", plural(f.Gaps.Gaps, "gap"), 1000*float64(f.Frames)/float64(c.Rate))
	}
	if f.Exempt > 0 {
		words += fmt.Sprintf(", and %d in cycles in which C was late too", f.Exempt)
	}
	return words + "."
}

// listenWords say under what conditions the recordings were made.
func listenWords(r *audioRequest, s *playback.Session) string {
	words := fmt.Sprintf("%g s of each, recorded from %s while the program also ran %s and %s. Red marks are gaps, grey ones those in cycles in which the same synth in C was late too.",
		r.config.Long.Seconds(), deviceWords(s), plural(r.config.Busy, "busy goroutine"), plural(r.config.Garbage, "goroutine")+" that made garbage")
	if s.Why != "" {
		words += " The usual callback needs a sound server: " + s.Why
	}
	return words
}

// stageSound stages a WAV file, which is written with seeking.
func stageSound(o *outputs, name string, s *wav.Sound) (err error) {
	f, err := os.CreateTemp("", "rtbench-*.wav")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if err := wav.Write(f, s, wav.PCM24); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return o.stage(name, func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	})
}

func outputPath(dir, name string) string { return filepath.Join(dir, name) }

// renderFile renders a WAV file through the demo's effects. An error leaves to as it
// was.
func renderFile(w io.Writer, from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.CreateTemp(filepath.Dir(to), ".rtbench-*.wav")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is left of it after the rename
	s, short, err := playback.Effect(in, f)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", from, err), f.Close())
	}
	if err := errors.Join(f.Chmod(0o644), f.Close(), os.Rename(f.Name(), to)); err != nil {
		return err
	}
	if short != nil {
		fmt.Fprintf(w, "%s: %v; what there is of it was rendered\n", from, short)
	}
	_, err = fmt.Fprintf(w, "%s: %s at %d Hz, %.2f s\n", to, plural(len(s.Channels), "channel"), s.Rate, float64(s.Frames())/float64(s.Rate))
	return err
}

// selectModes checks the names.
func (r *audioRequest) selectModes() error {
	all := append(slices.Clone(playback.Live), playback.Sim)
	for _, name := range r.modes {
		if !slices.Contains(all, playback.Mode(name)) {
			return fmt.Errorf("--modes %s: no such mode; there are %v", name, all)
		}
		r.config.Modes = append(r.config.Modes, playback.Mode(name))
	}
	return nil
}
