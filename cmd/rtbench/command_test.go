package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/inherit"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"
	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/record"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// role makes this test binary play rtbench itself, or a user's program.
const role = "RTBENCH_TEST_ROLE"

// readyVariable asks the role "rtbench" to close file 3 when it handles signals.
const readyVariable = "RTBENCH_TEST_READY"

// endless is a measurement that does not look at its context.
var endless = bench.Benchmark{
	Name: "test/endless", Doc: "does not end", Suites: []string{"extra"},
	Measure: func(context.Context, bench.Params) ([]record.Series, error) { select {} },
}

func TestMain(m *testing.M) {
	supervise.Main()
	isolate.Main()
	switch os.Getenv(role) {
	case "rtbench":
		a := newTestApp()
		a.stdin, a.stdout, a.stderr = os.Stdin, os.Stdout, os.Stderr
		a.rows = suite.Comparison.Rows
		a.launchRow = func(args []string) campaign.Launcher { return &campaign.SelfExec{Args: args} }
		a.catalogue = append(a.catalogue, endless)
		a.launch = &campaign.SelfExec{Args: []string{measureName}}
		ctx := untilSignal()
		if ready := os.NewFile(3, "ready"); os.Getenv(readyVariable) != "" {
			ready.Close()
			os.Unsetenv(readyVariable)
		}
		os.Exit(a.runUntil(ctx, os.Args[1:]))
	case "program":
		for i := range 400 {
			fmt.Println(20_000 + i*7919%1000)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// synthetic is a benchmark that needs no machine: n independent latencies from centre
// on, seeded by the process. Few of them are equal: wcet/evt has the tests of tails
// with ties, which take five times as long to fit.
func synthetic(name string, centre float64, n int, counters map[string]float64) bench.Benchmark {
	return exponential(name, centre, .5, n, counters)
}

// exponential latencies are centre and more, by share of it on average.
func exponential(name string, centre, share float64, n int, counters map[string]float64) bench.Benchmark {
	return bench.Benchmark{
		Name: name, Doc: "synthetic " + name, Suites: []string{defaultSuite}, RatioOf: "p99",
		Measure: func(_ context.Context, p bench.Params) ([]record.Series, error) {
			rng := rand.New(rand.NewPCG(p.Seed, uint64(len(name))))
			s := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Ops: 1, Counters: counters}
			for range n {
				s.Samples = append(s.Samples, int64(centre*(1+share*rng.ExpFloat64())))
			}
			return []record.Series{s}, nil
		},
	}
}

func testCatalogue() []bench.Benchmark {
	loop := synthetic("loop/wake", 20_000, 520, map[string]float64{"skipped": 0, "allocs": 0, "ops": 520})
	loop.Peers = []string{"today/ticker"}
	loop.Period = time.Millisecond
	lossy := synthetic("loop/lossy", 30_000, 100, map[string]float64{"skipped": 3})
	lossy.Suites = []string{"extra"}
	return []bench.Benchmark{
		loop,
		synthetic("today/ticker", 60_000, 520, map[string]float64{"skipped": 900}),
		{
			Name: "today/glibc", Doc: "malloc in C", Suites: []string{defaultSuite, "memory"},
			Measure: func(context.Context, bench.Params) ([]record.Series, error) {
				return nil, fmt.Errorf("%w: built without cgo", bench.ErrUnavailable)
			},
		},
		lossy,
	}
}

// inProcess launches a job by calling it.
type inProcess struct {
	launched []string
	// fail, when set, decides each job's fate first.
	fail func(campaign.Job) error
}

func (l *inProcess) Launch(ctx context.Context, job campaign.Job) ([]record.Series, error) {
	l.launched = append(l.launched, job.Bench.Name)
	if l.fail != nil {
		if err := l.fail(job); err != nil {
			return nil, err
		}
	}
	return measure(ctx, job.Bench, job.Params)
}

func newTestApp() *app {
	return &app{
		catalogue: testCatalogue(),
		launch:    &inProcess{},
		fingerprint: func() map[string]string {
			return map[string]string{"cpu.model": "Test CPU", "cpu.online": "0-1", "kernel.release": "6.1.0", "hypervisor": "present", "rights": "CAP_SYS_NICE"}
		},
		caller:  inherit.State{Policy: "SCHED_OTHER"},
		quota:   func() (throttle.Count, bool) { return throttle.Count{}, false },
		inspect: testFindings,
		command: []string{"rtbench"},
	}
}

func testFindings() []env.Finding {
	return []env.Finding{
		{ID: "kernel.preempt", Value: "PREEMPT_DYNAMIC", Want: "PREEMPT_RT", Status: env.Warn, Fix: "boot a PREEMPT_RT kernel", Who: env.Boot},
		{ID: "rights.realtime", Value: "CAP_SYS_NICE", Want: "CAP_SYS_NICE", Status: env.OK, Who: env.Root},
		{ID: "rights.memlock", Value: "RLIMIT_MEMLOCK 8192 kB", Want: "unlimited", Status: env.Warn, Fix: "ulimit -l unlimited", Who: env.Root},
		{ID: "host.steal", Value: "/proc/stat: no such file", Want: "0", Status: env.Unknown, Fix: "look on the host", Who: env.Hypervisor},
	}
}

// outcome is what a user sees of a command.
type outcome struct {
	code           int
	stdout, stderr string
}

func (a *app) try(t *testing.T, args ...string) outcome {
	t.Helper()
	return a.tryContext(t.Context(), args...)
}

func (a *app) tryContext(ctx context.Context, args ...string) outcome {
	var stdout, stderr bytes.Buffer
	a.stdin, a.stdout, a.stderr = strings.NewReader(""), &stdout, &stderr
	code := a.main(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}

// want fails the test unless the outcome has this exit code and every text occurs
// in the output.
func (o outcome) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d\nstdout: %s\nstderr: %s", o.code, code, o.stdout, o.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(o.stdout+o.stderr, text) {
			t.Errorf("%q is missing\nstdout: %s\nstderr: %s", text, o.stdout, o.stderr)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s changed (go test -update rewrites it); got\n%s\nwant\n%s", path, got, want)
	}
}

// inDir gives the test a directory of its own to work in, with these files.
func inDir(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// listing is every file below the working directory with its content.
func listing(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func names(files map[string]string) string {
	var list []string
	for name := range files {
		list = append(list, filepath.ToSlash(name))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

const passing = `[budget."loop/wake"]
counts = { skipped = 0, allocs = 0 }
ratio = { to = "today/ticker", p99 = 0.5 }
`

func TestHelp(t *testing.T) {
	a := newTestApp()
	var all strings.Builder // in one file, because commands share flags
	for _, command := range []string{"", "run ", "certify ", "check ", "report ", "doctor ", "list ", "loop ", "audio "} {
		args := append(strings.Fields(command), "--help")
		o := a.try(t, args...)
		o.want(t, exitPass)
		fmt.Fprintf(&all, "$ rtbench %s--help\n%s\n", command, o.stdout)
	}
	golden(t, "help", all.String())
}

func TestList(t *testing.T) {
	a := newTestApp()
	o := a.try(t, "list")
	o.want(t, exitPass)
	golden(t, "list", o.stdout)
	a.try(t, "list", "--suite", "memry").want(t, exitError, `unknown suite "memry"; there are extra, first-light, memory`)
	o = a.try(t, "list", "--suite", "memory", "--json")
	var list []listed
	if err := json.Unmarshal([]byte(o.stdout), &list); err != nil || len(list) != 1 || list[0].Name != "today/glibc" {
		t.Fatalf("%v: %s", err, o.stdout)
	}
}

func TestDoctor(t *testing.T) {
	a := newTestApp()
	o := a.try(t, "doctor")
	o.want(t, exitPass)
	golden(t, "doctor", o.stdout)
	o = a.try(t, "doctor", "--json")
	var findings []map[string]string
	if err := json.Unmarshal([]byte(o.stdout), &findings); err != nil || len(findings) != 4 {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	for _, key := range []string{"id", "value", "want", "status", "fix", "who"} {
		if _, ok := findings[1][key]; !ok {
			t.Errorf("key %q is missing in %v", key, findings[1])
		}
	}
}

func TestVersion(t *testing.T) {
	a := newTestApp()
	a.try(t, "version").want(t, exitPass, "rtbench ")
	var b build
	if o := a.try(t, "version", "--json"); json.Unmarshal([]byte(o.stdout), &b) != nil || b.Go == "" || b.OS == "" {
		t.Fatal(o.stdout)
	}
}

func TestCompletionKnowsBenchmarks(t *testing.T) {
	a := newTestApp()
	a.try(t, "__complete", "run", "--bench", "loop/").want(t, exitPass, "loop/wake\tsynthetic loop/wake")
	a.try(t, "completion", "bash").want(t, exitPass, "rtbench")
}

func TestMisuse(t *testing.T) {
	inDir(t, nil)
	a := newTestApp()
	for line, want := range map[string]string{
		"frobnicate":                          `unknown command "frobnicate"`,
		"run --frob":                          "unknown flag: --frob",
		"run prog":                            "unexpected argument prog; to measure a program write: rtbench run -- PROGRAM",
		"run --":                              "no program after --",
		"run --name x":                        "--name and --period describe a program of your own",
		"run --bench loop/wake -- prog":       "give one or the other",
		"run --bench loop/wke":                `unknown benchmark "loop/wke", did you mean "loop/wake"?`,
		"run --suite nope":                    `unknown suite "nope"`,
		"run --processes 3":                   "3 processes: must be ≥5",
		"run --duration 10ms":                 "at least 10ms are needed; give",
		"run --duration -5s":                  "at least 10ms are needed",
		"run --duration 5":                    "missing unit in duration",
		"run --out command_test.go -- prog":   "",
		"check run.rtrun":                     `required flag(s) "budget" not set`,
		"check no-such.rtrun --budget b.toml": "no-such.rtrun: no such file",
		"report no-such.rtrun":                "no-such.rtrun: no such file",
		"certify --budget no-such.toml":       "no-such.toml: no such file",
		"fit no-such.csv":                     "no-such.csv: no such file",
		"run --name x -- ./no-such-program":   "x, process 0: fork/exec ./no-such-program: no such file",
		measureName + " --bench loop/nothing": `unknown benchmark "loop/nothing"`,
	} {
		a.try(t, strings.Fields(line)...).want(t, exitError, want)
	}
	if got := names(listing(t)); got != "" {
		t.Errorf("failed commands left %s", got)
	}
}

func TestRunPrintsOnlyJSON(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	o := newTestApp().try(t, "run", "--json", "--duration", "2s")
	o.want(t, exitPass)
	var got struct {
		Schema  string
		Env     map[string]string
		Benches []map[string]any
	}
	decoder := json.NewDecoder(strings.NewReader(o.stdout))
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("more than one JSON document: %s", o.stdout)
	}
	if got.Schema != resultSchema || got.Env["cpu.model"] != "Test CPU" || len(got.Benches) != 3 {
		t.Fatalf("%s", o.stdout)
	}
	for _, row := range got.Benches {
		for _, key := range []string{"name", "unit", "n", "ns_per_op", "p50", "p99", "p999", "p9999", "max", "allocs_per_op", "ratios"} {
			if _, ok := row[key]; !ok {
				t.Errorf("%s: key %q is missing", row["name"], key)
			}
		}
	}
	loop, ticker, glibc := got.Benches[0], got.Benches[1], got.Benches[2]
	if loop["name"] != "loop/wake" || loop["n"] != 2600.0 || loop["allocs_per_op"] != 0.0 || loop["p999"] == nil || loop["p9999"] != nil {
		t.Errorf("loop: %v", loop)
	}
	if ratios := loop["ratios"].(map[string]any); ratios["ticker"] != ratios["today/ticker"] {
		t.Errorf("ratios %v: the opponent's own name is missing", ratios)
	}
	if r := loop["ratios"].(map[string]any)["today/ticker"].(float64); r < .3 || r > .4 {
		t.Errorf("loop over ticker: %v", r)
	}
	if ticker["allocs_per_op"] != nil {
		t.Errorf("ticker counts no allocations, yet %v", ticker["allocs_per_op"])
	}
	if glibc["unavailable"] != "built without cgo" || glibc["p50"] != nil || glibc["n"] != 0.0 {
		t.Errorf("glibc: %v", glibc)
	}
}

func TestUndecidableQuantilesAreNull(t *testing.T) {
	inDir(t, nil)
	a := newTestApp()
	a.catalogue = []bench.Benchmark{synthetic("few", 100, 100, nil)}
	o := a.try(t, "run", "--json", "--bench", "few", "--duration", "2s")
	o.want(t, exitPass, `"p999": null`, `"p9999": null`, `"n": 500`)
	if strings.Contains(o.stdout, `"p99": null`) {
		t.Error("500 samples tell p99")
	}
}

// TestQuotaIsTold: what a control group's quota did to a run is in its file, and said.
func TestQuotaIsTold(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	a, reads := newTestApp(), int64(0)
	a.quota = func() (throttle.Count, bool) {
		reads++
		return throttle.Count{Periods: 7 * reads, Time: time.Duration(reads) * time.Second, Quota: 50 * time.Millisecond, Period: 100 * time.Millisecond}, true
	}
	const want = "50ms of CPU time in each 100ms; stopped 7 times, for 1s in all"
	a.try(t, "run", "--duration", "2s").want(t, exitPass, "the CPU quota of the control group delayed this run: "+want)
	run, _, err := loadRun("rtbench-out/run.rtrun")
	if err != nil || run.Env["cgroup.cpu"] != want {
		t.Errorf("%v, %v", run.Env, err)
	}
}

func TestRunKeepsEverySample(t *testing.T) {
	inDir(t, nil)
	newTestApp().try(t, "run", "--duration", "2s").want(t, exitPass, "rtbench-out/"+runName)
	run, digest, err := loadRun(filepath.Join("rtbench-out", runName))
	if err != nil || len(digest) != 64 {
		t.Fatalf("digest %q, %v", digest, err)
	}
	if len(run.Series) != 11 { // two benchmarks in five processes, and one asked once
		t.Fatalf("%d series", len(run.Series))
	}
	for _, s := range run.Series {
		if s.Unavailable == "" && len(s.Samples) < 100 {
			t.Errorf("%s, process %d: %d samples", s.Name, s.Process, len(s.Samples))
		}
	}
	if got := names(listing(t)); got != "rtbench-out/"+runName {
		t.Errorf("left %s", got)
	}
}

func TestCertifyWritesEverything(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"rtbench.toml": passing})
	o := newTestApp().try(t, "certify", "--duration", "2s", "--out", "cert")
	o.want(t, exitPass,
		"Machine   Test CPU, 6.1.0, CPUs 0-1, virtual", "Rights    CAP_SYS_NICE", "Missing   rights.memlock (RLIMIT_MEMLOCK 8192 kB): pages are not locked",
		"Measure   3 × 5 fresh processes, interleaved: loop/wake, today/ticker, today/glibc",
		"Budget    rtbench.toml: limits on 1 benchmark",
		"Verdict   PASS: 1 PASS, 2 without a limit", "built without cgo",
		"Report    cert/report.html", "all restored")
	files := listing(t)
	if got := names(files); got != "cert/certificate.json cert/report.html cert/run.rtrun rtbench.toml" {
		t.Fatalf("wrote %s", got)
	}
	var c struct {
		Schema, Version, Digest, Verdict string
		Env                              map[string]string
		Benches                          []struct {
			Name       string
			Analysis   struct{ Hypotheses map[string]any }
			Evaluation struct{ Verdict string }
		}
	}
	if err := json.Unmarshal([]byte(files[filepath.Join("cert", "certificate.json")]), &c); err != nil {
		t.Fatal(err)
	}
	if c.Schema != "memkit.certificate/1" || c.Verdict != "PASS" || c.Benches[0].Evaluation.Verdict != "PASS" || len(c.Benches[0].Analysis.Hypotheses) == 0 {
		t.Errorf("certificate %+v", c)
	}
	if want := digestOf([]byte(files[filepath.Join("cert", runName)])); c.Digest != want {
		t.Errorf("digest %s, the run file's is %s", c.Digest, want)
	}
}

func TestExitCodes(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	a := newTestApp()
	a.try(t, "run", "--bench", "loop/wake,loop/lossy,today/ticker,today/glibc", "--duration", "4s").want(t, exitPass)
	const impossible = "[profile.any]\nmatch = {}\n[profile.any.budget.\"%s\"]\np99 = \"%s\"\n"
	for name, c := range map[string]struct {
		budget string
		code   int
		want   string
	}{
		"pass":          {passing, exitPass, "Verdict   PASS"},
		"count breach":  {"[budget.\"loop/lossy\"]\ncounts = { skipped = 0 }\n", exitBreach, "Verdict   FAIL"},
		"limit breach":  {fmt.Sprintf(impossible, "loop/wake", "1us"), exitBreach, "Verdict   FAIL"},
		"ratio breach":  {"[budget.\"loop/wake\"]\nratio = { to = \"today/ticker\", p99 = 0.01 }\n", exitBreach, "FAIL"},
		"unavailable":   {fmt.Sprintf(impossible, "today/glibc", "1us"), exitOpen, "built without cgo"},
		"no profile":    {"[profile.lab]\nmatch = { cpu.model = \"Other\" }\n[profile.lab.budget.\"loop/wake\"]\np99 = \"1ms\"\n", exitOpen, "no budget for this machine"},
		"breach beats":  {passing + "[budget.\"loop/lossy\"]\ncounts = { skipped = 0 }\n" + fmt.Sprintf(impossible, "today/glibc", "1us"), exitBreach, "FAIL"},
		"unknown key":   {"[budget.\"loop/wake\"]\np98 = \"1us\"\n", exitError, "b.toml:2: budget.\"loop/wake\".p98: unknown key"},
		"unknown bench": {"[budget.\"loop/wakeup\"]\ncounts = { skipped = 0 }\n", exitError, "b.toml:1: budget.\"loop/wakeup\": unknown benchmark"},
		"undecidable":   {fmt.Sprintf(strings.Replace(impossible, "p99", "p9999", 1), "loop/wake", "1ms"), exitError, "b.toml:4: profile.any.budget.\"loop/wake\".p9999: loop/wake: p9999 at 95% needs ≥29,956 independent samples; the run gives 2,600"},
		"no such count": {"[budget.\"loop/wake\"]\ncounts = { skiped = 0 }\n", exitError, "skiped"},
		"empty":         {"", exitOpen, "Verdict   INCONCLUSIVE"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile("b.toml", []byte(c.budget), 0o644); err != nil {
				t.Fatal(err)
			}
			a.try(t, "check", "rtbench-out/"+runName, "--budget", "b.toml").want(t, c.code, c.want)
		})
	}
	if got := names(listing(t)); got != "b.toml rtbench-out/"+runName {
		t.Errorf("check left %s", got)
	}
}

func TestMissingBenchmarkIsNeverAPass(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"rtbench.toml": passing + "[budget.\"loop/lossy\"]\ncounts = { skipped = 5 }\n"})
	a := newTestApp()
	l := a.launch.(*inProcess)
	a.try(t, "certify", "--duration", "2s").want(t, exitError, `rtbench.toml:4: budget."loop/lossy": loop/lossy was not measured`)
	if len(l.launched) != 0 {
		t.Error("measured before the budget was found wanting")
	}
	a.try(t, "run", "--duration", "2s").want(t, exitPass)
	a.try(t, "check", "rtbench-out/"+runName, "--budget", "rtbench.toml").want(t, exitError, "loop/lossy was not measured")
	a.try(t, "check", "rtbench-out/"+runName, "--budget", "rtbench.toml", "--bench", "loop/wake").want(t, exitPass)
	a.try(t, "certify", "--duration", "2s", "--bench", "loop/wake").want(t, exitError, "today/ticker was not measured; measure it in the same run")
	a.try(t, "certify", "--duration", "2s", "--bench", "loop/wake,today/ticker").want(t, exitPass)
}

func TestUndecidableBudgetIsRefusedBeforeMeasuring(t *testing.T) {
	inDir(t, map[string]string{"rtbench.toml": "[profile.any]\nmatch = {}\n[profile.any.budget.\"loop/wake\"]\np9999 = \"1ms\"\n"})
	a := newTestApp()
	a.try(t, "certify", "--bench", "loop/wake", "--duration", "10s").want(t, exitError, "rtbench.toml:4: ", "p9999 at 95% needs ≥29,956 independent samples; the run gives 10,000")
	if l := a.launch.(*inProcess); len(l.launched) != 0 {
		t.Error("measured all the same")
	}
}

func TestAdvisory(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for budget, codes := range map[string][2]int{
		passing: {exitPass, exitPass},
		"[profile.lab]\nmatch = { cpu.model = \"Other\" }\n[profile.lab.budget.\"loop/wake\"]\np99 = \"1ms\"\n": {exitOpen, exitPass},
		"[budget.\"today/ticker\"]\ncounts = { skipped = 0 }\n":                                                 {exitBreach, exitBreach},
		"[budget]\nx = 1": {exitError, exitError},
	} {
		inDir(t, map[string]string{"rtbench.toml": budget})
		a := newTestApp()
		a.try(t, "certify", "--duration", "2s").want(t, codes[0])
		a.try(t, "certify", "--duration", "2s", "--advisory").want(t, codes[1])
	}
}

func TestCertifyWithoutABudgetIsNoPass(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	newTestApp().try(t, "certify", "--duration", "2s").want(t, exitOpen, "Budget    none: no rtbench.toml here", "Verdict   INCONCLUSIVE")
}

// TestFailureOverwritesNothing: whatever goes wrong, the results of the run before
// stay, and nothing else appears.
func TestFailureOverwritesNothing(t *testing.T) {
	testenv.SkipInRaceRun(t)
	crash := errors.New("exit status 2")
	for name, spoil := range map[string]func(*app){
		"crash": func(a *app) {
			a.launch = &inProcess{fail: func(j campaign.Job) error {
				if j.Process == 4 {
					return crash
				}
				return nil
			}}
		},
		"negative": func(a *app) {
			a.catalogue[0].Measure = func(context.Context, bench.Params) ([]record.Series, error) {
				return []record.Series{{Name: "loop/wake", Kind: record.Latency, Unit: "ns", Ops: 1, Samples: []int64{5, -5}}}, nil
			}
		},
		"no count": func(a *app) { a.catalogue[0] = synthetic("loop/wake", 100, 500, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			inDir(t, map[string]string{"rtbench.toml": passing})
			a := newTestApp()
			a.try(t, "certify", "--duration", "2s").want(t, exitPass)
			before := listing(t)
			spoil(a)
			a.try(t, "certify", "--duration", "2s").want(t, exitError)
			after := listing(t)
			for file, text := range before {
				if after[file] != text {
					t.Errorf("%s changed", file)
				}
			}
			if len(after) != len(before) {
				t.Errorf("left %s", names(after))
			}
		})
	}
}

func TestInterruptStopsCleanly(t *testing.T) {
	inDir(t, map[string]string{"rtbench.toml": passing})
	a := newTestApp()
	ctx, interrupt := context.WithCancelCause(t.Context())
	l := &inProcess{}
	l.fail = func(j campaign.Job) error {
		if len(l.launched) == 4 {
			interrupt(errors.New("interrupt signal received"))
			return ctx.Err()
		}
		return nil
	}
	a.launch = l
	o := a.tryContext(ctx, "certify", "--duration", "2s")
	o.want(t, exitError, "stopped (interrupt signal received): nothing was written")
	if len(l.launched) != 4 {
		t.Errorf("%d processes started", len(l.launched))
	}
	if got := names(listing(t)); got != "rtbench.toml" {
		t.Errorf("left %s", got)
	}
}

func TestBadRunFiles(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"b.toml": passing, "text.rtrun": "x\n1\n", "empty.rtrun": ""})
	a := newTestApp()
	a.try(t, "run", "--duration", "2s").want(t, exitPass)
	file, err := os.ReadFile("rtbench-out/" + runName)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("cut.rtrun", file[:len(file)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	file[len(file)/2] ^= 1
	if err := os.WriteFile("flipped.rtrun", file, 0o644); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"text.rtrun":    "text.rtrun: run file, byte 4: ends in the magic",
		"empty.rtrun":   "empty.rtrun: run file, byte 0: ends in the magic",
		"cut.rtrun":     "the file was cut short, measure again",
		"flipped.rtrun": "is damaged: checksum",
	} {
		a.try(t, "check", file, "--budget", "b.toml").want(t, exitError, want)
		a.try(t, "report", file).want(t, exitError, want)
	}
	a.try(t, "report", "rtbench-out/"+runName, "--budget", "b.toml").want(t, exitPass, "rtbench-out/report.html")
	a.try(t, "report", "rtbench-out/"+runName, "--picture", "loops.svg").want(t, exitError, "no picture")
	if _, err := os.Stat("loops.svg"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a picture of no loop: %v", err)
	}
}

func TestProgramOfOnesOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: starts many processes, each slow there")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inDir(t, map[string]string{"rtbench.toml": "[profile.any]\nmatch = {}\n[profile.any.budget.\"mine\"]\np99 = \"1ms\"\n"})
	t.Setenv(role, "program")
	a := newTestApp()
	a.try(t, "run", "--name", "mine", "--period", "1ms", "--", self).want(t, exitPass, "mine")
	run, _, err := loadRun("rtbench-out/" + runName)
	if err != nil || len(run.Series) != 5 || len(run.Series[4].Samples) != 400 || run.Series[4].Period != 1_000_000 {
		t.Fatalf("%+v, %v", run, err)
	}
	a.try(t, "check", "rtbench-out/"+runName, "--budget", "rtbench.toml").want(t, exitPass, "mine", "Verdict   PASS")
	a.try(t, "certify", "--name", "mine", "--", self).want(t, exitPass, "Verdict   PASS")
	a.try(t, "certify", "--name", "yours", "--", self).want(t, exitError, `unknown benchmark "mine"`)
}

func TestProgramName(t *testing.T) {
	for line, want := range map[string]string{
		"./my-loop -rate 1000":            "my-loop",
		"/opt/bin/arm.exe":                "arm",
		"go run ./examples/my-loop":       "my-loop",
		"go run -race ./examples/my-loop": "my-loop",
		"go run main.go":                  "main",
		"go version":                      "go",
	} {
		if got := programName(strings.Fields(line)); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestFreshProcesses measures in real child processes: this binary, playing
// rtbench's hidden command.
func TestFreshProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: starts many processes, each slow there")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	inDir(t, nil)
	t.Setenv(role, "rtbench")
	a := newTestApp()
	a.launch = &campaign.SelfExec{Path: self, Args: []string{measureName}}
	a.try(t, "run", "--duration", "2s").want(t, exitPass, "loop/wake", "built without cgo")
	run, _, err := loadRun("rtbench-out/" + runName)
	if err != nil || len(run.Series) != 11 {
		t.Fatalf("%v", err)
	}
	first, second := run.Series[0], run.Series[3]
	if slices.Equal(first.Samples, second.Samples) {
		t.Error("two processes got the same seed")
	}
}

func TestOrphansEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		exited := make(chan time.Time, 1)
		ctx := parented(t.Context(), r, func() { exited <- time.Now() })
		synctest.Wait()
		if ctx.Err() != nil {
			t.Fatal("orphaned while the parent lives")
		}
		orphaned := time.Now()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		if !errors.Is(context.Cause(ctx), errOrphaned) {
			t.Fatal(context.Cause(ctx))
		}
		if grace := (<-exited).Sub(orphaned); grace != orphanGrace {
			t.Fatalf("left after %v", grace)
		}
	})
}
