package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/record"
)

func wakeBudget(p99 string) string {
	return "[profile.any]\nmatch = {}\n[profile.any.budget.\"loop/wake\"]\np99 = \"" + p99 + "\"\n"
}

func TestRunUntilDecided(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for _, c := range []struct {
		name, p99       string
		code            int
		verdict         string
		look, processes int
	}{
		{"wide", "100us", exitPass, "PASS", 1, 5},
		{"broken", "1us", exitBreach, "FAIL", 1, 5},
		{"at the truth", "66052ns", exitOpen, "INCONCLUSIVE", 5, 25},
	} {
		t.Run(c.name, func(t *testing.T) {
			inDir(t, map[string]string{"rtbench.toml": wakeBudget(c.p99)})
			a := newTestApp()
			o := a.try(t, "run", "--bench", "loop/wake", "--until-decided", "--max", "8s")
			o.want(t, c.code, "Verdict   "+c.verdict, counted(c.look, "look"))
			run, _, err := loadRun("rtbench-out/" + runName)
			if err != nil || run.Look != c.look || len(run.Series) != c.processes {
				t.Fatalf("look %d, %d series, %v", run.Look, len(run.Series), err)
			}
			for i, s := range run.Series {
				if s.Process != i || i > 0 && slices.Equal(s.Samples, run.Series[0].Samples) {
					t.Errorf("series %d is of process %d, or repeats the first", i, s.Process)
				}
			}
			// The run file alone leads to the same verdict.
			a.try(t, "check", "rtbench-out/"+runName, "--budget", "rtbench.toml").want(t, c.code, "Verdict   "+c.verdict)
			var cert struct{ Verdict string }
			if err := json.Unmarshal([]byte(listing(t)["rtbench-out/"+certificateName]), &cert); err != nil || cert.Verdict != c.verdict {
				t.Errorf("certificate %+v, %v", cert, err)
			}
		})
	}
}

func TestRunUntilDecidedRefusals(t *testing.T) {
	inDir(t, map[string]string{"rtbench.toml": wakeBudget("100us"), "p9999.toml": strings.Replace(wakeBudget("1ms"), "p99", "p9999", 1)})
	a := newTestApp()
	for _, c := range []struct{ args, want string }{
		{"--bench loop/wake --until-decided", "--max 0s"},
		{"--bench loop/wake --max 1s", "--until-decided"},
		{"--bench loop/wake --budget rtbench.toml", "rtbench check"},
		{"--bench loop/wake --until-decided --max 1s --duration 1s", "--max instead"},
		{"--bench today/ticker --until-decided --max 8s", "limits nothing"},
		{"--bench loop/wake --until-decided --max 8s --budget none.toml", "none.toml"},
		{"--bench loop/wake --until-decided --max 8s --budget p9999.toml", "needs ≥29,956"},
		{"--bench loop/wake --until-decided --max 10ms", "at least 10ms are needed"},
	} {
		a.try(t, append([]string{"run"}, strings.Fields(c.args)...)...).want(t, exitError, c.want)
	}
	if n := len(a.launch.(*inProcess).launched); n > 0 {
		t.Errorf("%d processes were launched all the same", n)
	}
	if got := names(listing(t)); got != "p9999.toml rtbench.toml" {
		t.Errorf("left %s", got)
	}
}

func TestStepsAddUp(t *testing.T) {
	a := newTestApp()
	for _, c := range []struct {
		most  time.Duration
		looks int
	}{{time.Minute, 5}, {800 * time.Millisecond, 5}, {300 * time.Millisecond, 3}, {50 * time.Millisecond, 1}} {
		r := &request{selection: bench.Selection{Names: []string{"loop/wake"}}}
		plans, err := r.steps(a, c.most)
		if err != nil || len(plans) != c.looks {
			t.Fatalf("%v: %d plans, %v", c.most, len(plans), err)
		}
		var total, before time.Duration
		for i, p := range plans {
			if i > 0 && p.Duration != before {
				t.Errorf("%v: step %d lasts %v after %v", c.most, i, p.Duration, before)
			}
			total += p.Duration
			before += p.Duration
		}
		if total > c.most || total < c.most-time.Microsecond {
			t.Errorf("%v: steps last %v", c.most, total)
		}
	}
}

// Joined campaigns stay on one clock: launches and steal of the second lie after
// the first.
func TestExtendKeepsTime(t *testing.T) {
	whole := &record.Run{}
	first := &record.Run{
		Created:      "first",
		Series:       []record.Series{{Start: 3}},
		Interference: []record.Interference{{At: 5}},
	}
	second := &record.Run{
		Created:      "second",
		Series:       []record.Series{{Process: 1, Start: 2}},
		Interference: []record.Interference{{At: 7}},
	}
	extend(whole, first, 0, 0)
	extend(whole, second, 5, time.Second)
	if whole.Created != "first" || whole.Series[0].Start != 3 || whole.Interference[0].At != 5 {
		t.Errorf("the first campaign moved: %+v", whole)
	}
	if s := whole.Series[1]; s.Process != 6 || s.Start != 1_000_000_002 || whole.Interference[1].At != 1_000_000_007 {
		t.Errorf("the second campaign: %+v, interference %+v", s, whole.Interference[1])
	}
}
