package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/playback"
)

func TestAudioRefuses(t *testing.T) {
	dir := t.TempDir()
	noise := filepath.Join(dir, "noise.wav")
	if err := os.WriteFile(noise, []byte("no sound at all"), 0o644); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, "kept.wav")
	if err := os.WriteFile(kept, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"audio", "--seconds", "0"}, "--seconds"},
		{[]string{"audio", "--seconds", "1e99"}, "--seconds 1e+99"},
		{[]string{"audio", "--seconds", "nan"}, "--seconds NaN"},
		{[]string{"audio", "--frames", "100"}, "--frames 100"},
		{[]string{"audio", "--busy", "-1"}, "--busy"},
		{[]string{"audio", "--modes", "loud"}, "no such mode"},
		{[]string{"audio", "in.wav"}, "--offline in.wav out.wav"},
		{[]string{"audio", "--offline", "in.wav"}, "two files"},
		{[]string{"audio", "--offline", filepath.Join(dir, "nowhere.wav"), kept}, "nowhere.wav"},
		{[]string{"audio", "--offline", noise, kept}, "noise.wav"},
	} {
		newTestApp().try(t, c.args...).want(t, exitError, c.want)
	}
	if text, err := os.ReadFile(kept); err != nil || string(text) != "kept" {
		t.Errorf("a failed rendering has touched its output: %q, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".rtbench-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestAudioFields: the modes come in the order of the measurement, each a flat object with
// what scripts read.
func TestAudioFields(t *testing.T) {
	figures := playback.Figures{
		Gaps: playback.Gaps{Gaps: 1, Frames: 2, Exempt: 3, Shared: 11}, CGaps: 4,
		Late: 5, Misses: 6, Xruns: 7, P50: 8, P99: 9, Max: 10,
	}
	s := &playback.Session{
		Outcomes: []playback.Outcome{
			{Mode: playback.Default, Loaded: figures, AllocsPerBlock: 0.25},
			{Mode: playback.Undeclared, Loaded: figures},
		},
		Control: []playback.Cycle{{}},
	}
	text, err := json.Marshal(newAudioResult(playback.Config{Rate: 48000, Frames: 64}, s))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Modes map[string]map[string]any `json:"modes"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{
		"gaps": 1, "gap_frames": 2, "gaps_exempt": 3, "gaps_shared": 11, "c_gaps": 4, "late": 5, "misses": 6, "xruns": 7,
		"p50": 8, "p99": 9, "max": 10, "allocs_per_block": 0.25,
	} {
		if v := got.Modes["default"][name]; v != want {
			t.Errorf("modes.default.%s is %v, want %v", name, v, want)
		}
	}
	if c := got.Modes["c"]; c["gaps"] != 8.0 || c["c_gaps"] != 8.0 {
		t.Errorf("C has gaps %v in all, want 8", c["gaps"])
	}
	order := []int{bytes.Index(text, []byte(`"default":{`)), bytes.Index(text, []byte(`"undeclared":{`)), bytes.Index(text, []byte(`"c":{`))}
	if order[0] < 0 || !slices.IsSorted(order) {
		t.Errorf("modes at %v of %s", order, text)
	}
}

// TestAudioResult: what scripts read, and that one differing mode spoils the whole.
func TestAudioResult(t *testing.T) {
	exact := playback.Comparison{Frames: 64}
	s := &playback.Session{Backend: "jack-dummy", Outcomes: []playback.Outcome{
		{Mode: playback.Handoff, Comparison: exact, AllocsPerBlock: 0.5},
		{Mode: playback.Direct, Failed: "no"},
	}}
	c := playback.Config{Rate: 48000, Frames: 64}
	r := newAudioResult(c, s)
	if !r.SampleExact || r.PeriodNs != 1333333 || r.Modes.of(playback.Handoff).AllocsPerBlock != 0.5 || r.Modes.of(playback.Direct).Failed != "no" {
		t.Errorf("%+v", r)
	}
	s.Outcomes[0].Comparison.Differing = 1
	if newAudioResult(c, s).SampleExact {
		t.Error("a differing frame passes for exact")
	}
	if newAudioResult(c, &playback.Session{}).SampleExact {
		t.Error("nothing at all passes for exact")
	}
}

// TestAudioDemo: a gap that was heard breaks the budget, and the page has the sounds of
// memkit and of the plain callback, which are written next to it.
func TestAudioDemo(t *testing.T) {
	for _, c := range []struct {
		gaps    int
		verdict string
	}{{0, "PASS"}, {1, "FAIL"}} {
		outcome := func(m playback.Mode) playback.Outcome {
			o := playback.Outcome{Mode: m, Heard: make([]float32, 2*4800), Comparison: playback.Comparison{Frames: 4800}}
			for i := range 5000 {
				o.Durations = append(o.Durations, 50_000+int64(i*7919%5000))
			}
			o.Loaded = playback.Figures{Callbacks: len(o.Durations), Gaps: playback.Gaps{Gaps: c.gaps, Frames: 64 * c.gaps, Exempt: 1}}
			return o
		}
		s := &playback.Session{Backend: "jack-dummy", Outcomes: []playback.Outcome{outcome(playback.Gordonklaus), outcome(playback.Handoff), outcome(playback.Default)}}
		dir := t.TempDir()
		out, err := openOutputs(dir)
		if err != nil {
			t.Fatal(err)
		}
		r := &audioRequest{config: playback.Config{Rate: 48000, Frames: 64, Long: time.Second}, out: dir}
		a := newTestApp()
		if err := a.writeDemo(r, s, out); err != nil {
			t.Fatal(err)
		}
		var certificate struct {
			Benches []struct {
				Name       string
				Evaluation *struct {
					Checks []struct{ Metric, Verdict string }
				}
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, audioCertificateName))
		if err == nil {
			err = json.Unmarshal(text, &certificate)
		}
		if err != nil {
			t.Fatal(err)
		}
		verdict := ""
		for _, b := range certificate.Benches {
			if b.Name == "audio/default" && b.Evaluation != nil {
				for _, check := range b.Evaluation.Checks {
					if check.Metric == "count/gaps" {
						verdict = check.Verdict
					}
				}
			}
		}
		if verdict != c.verdict {
			t.Errorf("%d gaps: %q, want %s", c.gaps, verdict, c.verdict)
		}
		page, err := os.ReadFile(filepath.Join(dir, audioReportName))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`src="demo.wav"`, `src="demo-plain.wav"`, "memkit (default)", "the usual Go callback (gordonklaus)", "1 in cycles in which C was late too"} {
			if !bytes.Contains(page, []byte(want)) {
				t.Errorf("the page has no %s", want)
			}
		}
		for _, name := range demoNames(s) {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// of is a mode's result, nil where it was not measured.
func (m audioModes) of(mode playback.Mode) *audioModeResult {
	for i := range m {
		if m[i].mode == mode {
			return &m[i]
		}
	}
	return nil
}
