package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// runFit runs the fit command and returns its standard output and exit code.
func runFit(t *testing.T, stdin string, args ...string) (stdout string, code int, err error) {
	t.Helper()
	cmd := newFitCommand()
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetArgs(args)
	err = cmd.Execute()
	return out.String(), exitCode(err), err
}

func reference(name string) string {
	return filepath.Join("..", "..", "wcet", "internal", "reference", "testdata", "data", name+".csv")
}

func TestFitJSON(t *testing.T) {
	out, code, err := runFit(t, "", reference("rain"), "--json", "--model", "gpd", "--threshold", "30")
	if code != exitOpen {
		t.Fatalf("exit %d (%v), want %d", code, err, exitOpen)
	}
	var got struct {
		N   int
		GPD struct {
			Threshold, Scale, Shape, NLL float64
			NExc                         int        `json:"nexc"`
			ShapeCI                      [2]float64 `json:"shape_ci"`
		}
		Hypotheses map[string]struct{ Stat, P float64 }
		Bound      struct {
			Supported bool
			Reasons   []string
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if got.N != 17531 || got.GPD.Threshold != 30 || got.GPD.NExc != 152 || got.GPD.NLL < 485.09 || got.GPD.NLL > 485.1 || got.GPD.ShapeCI[1] < 0.41 {
		t.Errorf("%s", out)
	}
	if got.Hypotheses["ljung-box"].Stat < 2836 || got.Bound.Supported || len(got.Bound.Reasons) == 0 {
		t.Errorf("%s", out)
	}
}

// --block says of how many values each maximum is taken: the flag reaches the fit.
func TestFitBlock(t *testing.T) {
	for _, c := range []struct{ file, block, want string }{
		{"gev_n200_xi+0.1", "0", "200 of blocks of 1\n"}, {"gev_n200_xi+0.1", "4", "50 of blocks of 4\n"}, {"rain", "365", "48 of blocks of 365\n"},
	} {
		out, _, err := runFit(t, "", reference(c.file), "--model", "gev", "--block", c.block)
		if !strings.Contains(out, "block maxima   "+c.want) {
			t.Errorf("--block %s: %v, no %q in\n%s", c.block, err, c.want, out)
		}
	}
	if _, code, err := runFit(t, "", reference("rain"), "--block", "50"); code != exitError || !strings.Contains(err.Error(), "blocks belong to model gev") {
		t.Errorf("--block without --model gev: exit %d, %v", code, err)
	}
}

func TestFitExitCodes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		what, stdin string
		args        []string
		code        int
		message     string
	}{
		{"supported", "", []string{reference("lognormal")}, exitPass, ""},
		{"unsupported", "", []string{reference("ar1_phi0.7"), "--json"}, exitOpen, ""},
		{"constant", "", []string{reference("constant")}, exitError, "all samples are equal"},
		{"empty", "", []string{write("empty.csv", "")}, exitError, "no numbers"},
		{"NaN", "", []string{write("nan.csv", "x\n1\nNaN\n")}, exitError, "nan.csv:3"},
		{"missing file", "", []string{filepath.Join(dir, "none.csv")}, exitError, "none.csv"},
		{"standard input", "x\n1\noops\n", []string{"-"}, exitError, "standard input:3"},
		{"bad model", "1\n2\n", []string{"-", "--model", "normal"}, exitError, "must be auto, "},
		{"bad threshold", "1\n2\n", []string{"-", "--threshold", "high"}, exitError, "threshold"},
		{"lowered cap", "", []string{reference("lognormal"), "--extrapolation", "2"}, exitOpen, ""},
		{"raised cap", "", []string{reference("lognormal"), "--extrapolation", "2000"}, exitError, "Extrapolation 2000"},
		{"no file", "", []string{}, exitError, "arg"},
	} {
		out, code, err := runFit(t, c.stdin, c.args...)
		if code != c.code {
			t.Errorf("%s: exit %d (%v), want %d", c.what, code, err, c.code)
		}
		var status *statusError
		if c.message != "" && (err == nil || !strings.Contains(err.Error(), c.message)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.message)
		}
		if c.code != exitError && (out == "" || err != nil && !errors.As(err, &status)) {
			t.Errorf("%s: output %q, error %v", c.what, out, err)
		}
	}
}

// A run file's processes are series of one population, which must be alike.
func TestFitRunFile(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	a := newTestApp()
	a.try(t, "run", "--bench", "loop/wake,today/ticker", "--duration", "4s").want(t, exitPass)
	out, code, err := runFit(t, "", "rtbench-out/"+runName, "--bench", "loop/wake", "--json")
	var got struct {
		N          int
		Hypotheses map[string]struct{ Reject bool }
		GPD        *struct{ Threshold float64 }
	}
	if json.Unmarshal([]byte(out), &got) != nil || got.N != 2600 || got.GPD == nil || got.GPD.Threshold < 20_000 || code == exitError {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	if h, tested := got.Hypotheses["between-process"]; !tested || h.Reject {
		t.Errorf("between processes: %+v", got.Hypotheses)
	}
	for _, c := range []struct{ args, want string }{
		{"rtbench-out/run.rtrun", "choose with --bench one of loop/wake, today/ticker"},
		{"rtbench-out/run.rtrun --bench loop/lossy", `no latencies of "loop/lossy"`},
		{"x.csv --bench loop/wake", "x.csv is no run file"},
	} {
		if err := os.WriteFile("x.csv", []byte("1\n2\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, code, err := runFit(t, "", strings.Fields(c.args)...); code != exitError || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: exit %d, %v", c.args, code, err)
		}
	}
	a.try(t, "run", "--bench", "today/ticker", "--duration", "4s").want(t, exitPass)
	if _, code, err := runFit(t, "", "rtbench-out/"+runName); code == exitError {
		t.Errorf("the only benchmark has to be named: %v", err)
	}
}
