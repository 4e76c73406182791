package main

import (
	"os"
	"path/filepath"
	"testing"

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
