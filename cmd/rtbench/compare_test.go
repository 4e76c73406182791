package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// samplesFile writes n processes' latencies around centre as a run would print them.
func samplesFile(t *testing.T, name string, centre int) {
	t.Helper()
	var b strings.Builder
	for i := range 6000 {
		v := centre + i*7919%1000
		fmt.Fprintf(&b, "%dns\n", v)
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestCompareFiles: two files are unconfirmed at most, whatever the difference.
func TestCompareFiles(t *testing.T) {
	inDir(t, nil)
	samplesFile(t, "a.txt", 20_000)
	samplesFile(t, "b.txt", 20_000)
	samplesFile(t, "slow.txt", 40_000)
	a := newTestApp()
	a.try(t, "compare", "a.txt", "b.txt").want(t, exitPass, "equivalent", "PASS")
	o := a.try(t, "compare", "a.txt", "slow.txt", "--json")
	o.want(t, exitOpen)
	var found struct {
		Verdict string
		Rows    []struct {
			Bench, Metric, Verdict string
			Effect                 float64
			CI                     [2]float64
			Confirmed              bool
		}
	}
	if err := json.Unmarshal([]byte(o.stdout), &found); err != nil || len(found.Rows) != 2 {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	for _, r := range found.Rows {
		if r.Verdict != "unconfirmed" || r.Confirmed || r.Effect < .9 || r.CI[0] > r.Effect || r.CI[1] < r.Effect {
			t.Errorf("%+v", r)
		}
	}
	a.try(t, "compare", "a.txt", "slow.txt", "--markdown", "m.md", "--junit", "j.xml", "--annotations", "github").want(t, exitOpen, "::warning")
	if text := listing(t)["m.md"]; !strings.Contains(text, "INCONCLUSIVE | latency | p50 | +") {
		t.Errorf("%s", text)
	}
}

// TestComparePrograms: this test binary as a program prints the same on either side.
func TestComparePrograms(t *testing.T) {
	slow(t)
	inDir(t, nil)
	t.Setenv(role, "program")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := newTestApp()
	o := a.try(t, "compare", program, program, "--rounds", "8", "--metric", "p50", "--name", "x")
	o.want(t, exitPass, "equivalent")
	got := listing(t)
	for _, name := range []string{"rtbench-out/compare.json", "rtbench-out/a.rtrun", "rtbench-out/b.rtrun"} {
		if got[name] == "" {
			t.Errorf("%s is missing in %s", name, names(got))
		}
	}
	run, _, err := loadRun("rtbench-out/b.rtrun")
	if err != nil || len(run.Series) != 8 || run.Series[7].Process != 7 {
		t.Errorf("%+v, %v", run, err)
	}
	// A command that fails keeps the older record.
	o = a.try(t, "compare", program, "sh -c 'exit 3'", "--rounds", "8")
	o.want(t, exitError, "side B: exit status 3")
	if now := listing(t); now["rtbench-out/compare.json"] != got["rtbench-out/compare.json"] {
		t.Error("a failed comparison replaced a record")
	}
}

// TestCompareConfirms: what differs is measured twice, and both batches are in the
// record.
func TestCompareConfirms(t *testing.T) {
	slow(t)
	inDir(t, nil)
	slow := "sh -c 'for i in 1 2 3 4 5 6 7 8; do echo 2us; done'"
	fast := "sh -c 'for i in 1 2 3 4 5 6 7 8; do echo 1us; done'"
	a := newTestApp()
	for _, c := range []struct {
		a, b, verdict string
		code          int
	}{{fast, slow, "worse", exitBreach}, {slow, fast, "better", exitPass}} {
		o := a.try(t, "compare", c.a, c.b, "--rounds", "8", "--json")
		o.want(t, c.code)
		var found struct {
			Rows []struct {
				Verdict   string
				Confirmed bool
				Batches   []struct{ A, B []float64 }
			}
		}
		if err := json.Unmarshal([]byte(o.stdout), &found); err != nil {
			t.Fatal(err)
		}
		if r := found.Rows[0]; r.Verdict != c.verdict || !r.Confirmed || len(r.Batches) != 2 || len(r.Batches[1].A) != 8 {
			t.Errorf("%+v, want %s", r, c.verdict)
		}
		run, _, err := loadRun("rtbench-out/a.rtrun")
		if err != nil || len(run.Series) != 16 {
			t.Errorf("%d series of both batches, %v", len(run.Series), err)
		}
	}
}

func TestCompareRefuses(t *testing.T) {
	inDir(t, map[string]string{"a.txt": "1us\n2us\n", "b.csv": "BenchmarkX 10 5 ns/op\n", "zero.txt": strings.Repeat("0ns\n", 100)})
	a := newTestApp()
	for _, c := range []struct {
		args, want string
	}{
		{"", "compare needs two sides"},
		{"a.txt", "compare needs two sides"},
		{"a.txt a.txt --rounds 7", "--rounds 7: must be from 8 to 100"},
		{"a.txt a.txt --rounds 101", "--rounds 101: must be"},
		{"a.txt a.txt --margin p98=1%", `there is no metric "p98"`},
		{"a.txt a.txt --margin x", "--margin x: must be a share"},
		{"a.txt a.txt --margin 100%", "must be a share from 0% to below 100%"},
		{"a.txt a.txt --margin=-1%", "must be a share"},
		{"a.txt a.txt --metric p98", "--metric p98: there are mean, p50, p99"},
		{"a.txt a.txt --duration -1s", "--duration -1s"},
		{"a.txt a.txt --package ./x", "--package is where --go-bench looks"},
		{"a.txt a.txt a.txt", "there are 3"},
		{"--base main a.txt a.txt", "give one at most"},
		{"a.txt b.csv", "only A has latency; only B has X"},
		{"a.txt zero.txt", "its clock stands still"},
		{"a.txt missing", "is no file, no program and no commit"},
		{"a.txt a.txt --annotations x", "--annotations x: there are github"},
		{"a.txt a.txt --unit parsec", "--unit"},
	} {
		a.try(t, append([]string{"compare"}, strings.Fields(c.args)...)...).want(t, exitError, c.want)
	}
	if got := names(listing(t)); got != "a.txt b.csv zero.txt" {
		t.Errorf("left %s", got)
	}
}

// TestCompareMargins: one for all, or by metric.
func TestCompareMargins(t *testing.T) {
	c := &comparison{margins: []string{"3%", "p99=0.2"}}
	o, err := c.judging()
	if err != nil || o.Margins["p50"] != .03 || o.Margins["p99"] != .2 || o.Margins["mean"] != .03 {
		t.Errorf("%v, %v", o, err)
	}
}

// slow skips a test that takes a minute with the race detector, and starts processes
// rather than goroutines.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: takes a minute there")
	}
}
