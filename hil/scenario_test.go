package hil

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil/recording"
)

// scenario is one that passes.
func scenario() Scenario {
	return Scenario{
		Name:     "fill the tank",
		Rig:      func() (Config, error) { c := config(newDevice()); c.Record = 0; return c, nil },
		Stimulus: Stimulus{Steps: 2000, Setpoints: target, Seed: 42},
		Checks: []Check{
			NoMisses("REQ-1"),
			{ID: "REQ-2", Name: "the level is reached", Judge: func(r *Result) error {
				if level := r.Recording.Signal("level"); level[1999] < 0.99 {
					return errors.New("it is not")
				}
				return nil
			}},
		},
	}
}

func TestScenarioThatPasses(t *testing.T) {
	r := Test(t, scenario())
	if r.Outcome() != Pass || len(r.Verdicts) != 3 || r.Result.Recording.Len() != 2000 {
		t.Error(r, r.Verdicts)
	}
}

func evaluate(t *testing.T, s Scenario) *Report {
	t.Helper()
	r, err := s.Evaluate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func outcomes(r *Report) (all []string) {
	for _, v := range r.Verdicts {
		all = append(all, v.Outcome.String()+" "+v.Name)
	}
	return all
}

// What ends a run early is a verdict with a name, and the checks are not judged.
func TestVerdictsAreNamed(t *testing.T) {
	failing := func(change func(c *Config, d *device, p *integrator)) Scenario {
		s := scenario()
		s.Rig = func() (Config, error) {
			d := newDevice()
			c := config(d)
			c.Watchdog = 20 * time.Millisecond
			change(&c, d, c.Plant.(*integrator))
			return c, nil
		}
		return s
	}
	for want, s := range map[string]Scenario{
		"stalled": failing(func(_ *Config, d *device, _ *integrator) {
			d.answer = func(s uint32, frame []byte) [][]byte { return nil }
		}),
		"link down": failing(func(c *Config, d *device, _ *integrator) { c.Connections[0].Link = &failingLink{d, 7} }),
		"unstable": failing(func(c *Config, _ *device, p *integrator) {
			c.Sensors[0].Trip = 0.5
		}),
		"plant failed": failing(func(_ *Config, _ *device, p *integrator) { p.step = func(Tick) error { return errors.New("solver") } }),
		"run": failing(func(c *Config, _ *device, _ *integrator) {
			c.Tasks = []Task{{Every: 1, Run: func(Tick, Values) error { return errors.New("a task's") }}}
		}),
	} {
		r := evaluate(t, s)
		got := []string{"FAIL " + want, "INCONCLUSIVE no deadline is missed", "INCONCLUSIVE the level is reached"}
		if !slices.Equal(outcomes(r), got) || r.Outcome() != Fail || r.Verdicts[0].Why == "" {
			t.Errorf("%v, want %v", r.Verdicts, got)
		}
		s.End = func(end error) error {
			if end == nil {
				return errors.New("it must end")
			}
			return nil
		}
		s.Checks = nil
		if r := evaluate(t, s); r.Verdicts[0].Outcome != Pass || r.Verdicts[0].Name != "run" {
			t.Errorf("with an end that is wanted: %v", r.Verdicts)
		}
	}
}

// failingLink is down after some frames.
type failingLink struct {
	*device
	left int
}

func (f *failingLink) Send(t Tick, frame []byte) error {
	if f.left--; f.left < 0 {
		return ErrDown
	}
	return f.device.Send(t, frame)
}

func TestMissesAreJudged(t *testing.T) {
	for _, c := range []struct {
		misses Misses
		want   Outcome
	}{{Misses{}, Pass}, {Misses{Rig: 1}, Inconclusive}, {Misses{Device: 1}, Fail}, {Misses{Rig: 3, Device: 1}, Fail}} {
		var v Verdict
		if v.judge(NoMisses("").Judge(&Result{Misses: c.misses})); v.Outcome != c.want {
			t.Errorf("%v: %v, want %v", c.misses, v, c.want)
		}
	}
	r := Report{Verdicts: []Verdict{{}, {Outcome: Inconclusive}}}
	if r.Outcome() != Inconclusive {
		t.Error(r.Outcome())
	}
	if v := (Verdict{ID: "R", Name: "n", Outcome: Fail, Why: "w"}); v.String() != "FAIL R n: w" {
		t.Error(v)
	}
}

// The files of a report: each can be read, and the verdicts carry the requirements' ids.
func TestReportFiles(t *testing.T) {
	s := scenario()
	s.Checks = append(s.Checks, Check{ID: "REQ-3", Name: "<never>", Judge: func(*Result) error { return errors.New("too & bad") }})
	r := evaluate(t, s)
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := r.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "recording.mcap"))
	if err != nil {
		t.Fatal(err)
	}
	rec, err := recording.ReadMCAP(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	if rec.Len() != 2000 || rec.Hash != r.Result.Hash || rec.Seed() != 42 {
		t.Error(rec.Len(), rec.Hash, rec.Seed())
	}
	for _, name := range []string{"recording.csv", "plot-1.svg", "plot-2.svg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 1000 {
			t.Error(name, err)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "junit.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Suites []struct {
			Tests      int `xml:"tests,attr"`
			Failures   int `xml:"failures,attr"`
			Properties []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"properties>property"`
			Cases []struct {
				Name string `xml:"name,attr"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b, &read); err != nil {
		t.Fatal(err)
	}
	suite := read.Suites[0]
	if suite.Tests != 4 || suite.Failures != 1 || suite.Cases[3].Name != "REQ-3 <never>" || suite.Properties[0].Value != "42" {
		t.Errorf("%+v", read)
	}
}

// A disk that is full while the files are written is a verdict; the verdicts are written
// as far as they can be.
func TestFullDiskIsAVerdict(t *testing.T) {
	r := evaluate(t, scenario())
	err := r.writeFiles(t.TempDir(), func(name string) (io.WriteCloser, error) {
		if strings.HasSuffix(name, ".mcap") {
			if f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
				return f, nil
			}
			return nil, errors.New("no space left on device")
		}
		return os.Create(name)
	})
	last := r.Verdicts[len(r.Verdicts)-1]
	if err == nil || last.Name != "recording" || last.Outcome != Fail || !strings.Contains(last.Why, "no space left") || r.Outcome() != Fail {
		t.Error(err, r.Verdicts)
	}
	r = evaluate(t, scenario())
	if err := r.WriteFiles("/dev/null/none"); err == nil || r.Verdicts[len(r.Verdicts)-1].Name != "recording" {
		t.Error(err, r.Verdicts)
	}
}

// The environment of a failed test replays its run.
func TestReplayFromAFile(t *testing.T) {
	s := scenario()
	r := evaluate(t, s)
	dir := t.TempDir()
	if err := r.WriteFiles(dir); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "recording.mcap")
	env := func(values map[string]string) func(string) string { return func(k string) string { return values[k] } }
	again := scenario()
	again.Seed = 0
	if err := again.fromEnvironment(env(map[string]string{ReplayVariable: file, SeedVariable: "42"})); err != nil {
		t.Fatal(err)
	}
	replayed := evaluate(t, again)
	if replayed.Result.Hash != r.Result.Hash || replayed.Result.Seed != 42 || replayed.Outcome() != Pass || replayed.Verdicts[len(replayed.Verdicts)-1].Name != "replay" {
		t.Errorf("%v %v, want %v", replayed, replayed.Verdicts, r)
	}
	again.Rig = func() (Config, error) { // the plant has changed
		c := config(newDevice())
		c.Plant.(*integrator).x, c.Record = 0.1, 0
		return c, nil
	}
	if r := evaluate(t, again); r.Outcome() != Fail {
		t.Error(r.Verdicts)
	}
	seeded := scenario()
	if err := seeded.fromEnvironment(env(map[string]string{SeedVariable: "7"})); err != nil || seeded.Seed != 7 || seeded.Replay != nil {
		t.Error(err, seeded.Seed)
	}
	junk := filepath.Join(dir, "junk")
	if err := os.WriteFile(junk, []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []map[string]string{{SeedVariable: "-1"}, {ReplayVariable: filepath.Join(dir, "none")}, {ReplayVariable: junk}} {
		if err := seeded.fromEnvironment(env(bad)); err == nil || !strings.HasPrefix(err.Error(), "hil: ") {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if got := replayCommand("TestA/b c's", "/x y/r.mcap", 5); got != `MEMKIT_HIL_SEED=5 MEMKIT_HIL_REPLAY='/x y/r.mcap' go test -count=1 -run '^TestA$/^b c'\''s$'` {
		t.Error(got)
	}
	if got := fileName("../a b/ü"); got != "a-b" {
		t.Error(got)
	}
}

// failingVariable makes TestScenarioThatFails fail, in a process of its own.
const failingVariable = "MEMKIT_HIL_TEST_FAILS"

// A scenario that fails says where its files are and how to replay it, and the command
// does: it fails in the same way, with the same hash.
func TestScenarioThatFails(t *testing.T) {
	s := scenario()
	s.Name = "it fails"
	s.Checks = append(s.Checks, Check{ID: "REQ-9", Name: "it cannot hold", Judge: func(*Result) error { return errors.New("so it is") }})
	if os.Getenv(failingVariable) != "" {
		Test(t, s)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	want := "hash " + evaluateHash(t, s)
	dir := t.TempDir()
	test := func(more ...string) string {
		cmd := exec.CommandContext(t.Context(), self, "-test.run", "^TestScenarioThatFails$", "-test.v")
		cmd.Env = append(append(os.Environ(), failingVariable+"=1", OutputVariable+"="+dir), more...)
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Fatalf("it passes:\n%s", out)
		}
		return string(out)
	}
	out := test(SeedVariable + "=9")
	file := filepath.Join(dir, "it-fails-9", "recording.mcap")
	for _, text := range []string{"FAIL REQ-9 it cannot hold: so it is", "seed 9", ReplayVariable + "='" + file + "'", "-run '^TestScenarioThatFails$'", want, "--- FAIL: TestScenarioThatFails/REQ-9_it_cannot_hold", "--- PASS: TestScenarioThatFails/REQ-2_the_level_is_reached"} {
		if !strings.Contains(out, text) {
			t.Errorf("the output has no %q:\n%s", text, out)
		}
	}
	if out := test(ReplayVariable + "=" + file); !strings.Contains(out, want) || !strings.Contains(out, "--- PASS: TestScenarioThatFails/replay") {
		t.Errorf("the replay:\n%s", out)
	}
}

func evaluateHash(t *testing.T, s Scenario) string {
	return strings.Repeat("0", 16-len(strconv.FormatUint(evaluate(t, s).Result.Hash, 16))) + strconv.FormatUint(evaluate(t, s).Result.Hash, 16)
}

func TestScenariosAreRefused(t *testing.T) {
	mine := errors.New("no board")
	for want, change := range map[string]func(*Scenario){
		"Scenario.Rig nil":  func(s *Scenario) { s.Rig = nil },
		"Scenario.Checks 0": func(s *Scenario) { s.Checks[0].Judge = nil },
		"no board":          func(s *Scenario) { s.Rig = func() (Config, error) { return Config{}, mine } },
		"Config.Rate":       func(s *Scenario) { s.Rig = func() (Config, error) { return Config{}, nil } },
		"Stimulus.Steps":    func(s *Scenario) { s.Steps = 0 },
	} {
		s := scenario()
		change(&s)
		if _, err := s.Evaluate(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error about %q", err, want)
		}
	}
}

// A device that was started ends also when the rig's configuration is wrong.
func TestDevicesEndWithAWrongConfig(t *testing.T) {
	d := newDevice()
	s := scenario()
	s.Rig = func() (Config, error) {
		c := config(d)
		c.Rate = 3
		return c, nil
	}
	if _, err := s.Evaluate(context.Background()); err == nil || d.closed != 1 {
		t.Error(err, d.closed)
	}
}

func TestJUnitThatCannotBeWritten(t *testing.T) {
	r := evaluate(t, scenario())
	var b bytes.Buffer
	if err := r.WriteJUnit(&b); err != nil || !bytes.Contains(b.Bytes(), []byte("REQ-1 no deadline is missed")) {
		t.Error(err, b.String())
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	if err := r.WriteJUnit(f); err == nil {
		t.Error("a full disk takes the verdicts")
	}
}
