package main

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/wcet/selftest"
)

// stealing gives a machine whose host takes these shares of the time, one campaign
// of five processes after the other, however often it is asked.
func (a *app) stealing(shares ...uint64) {
	l, now := &inProcess{}, env.CPUTime{}
	a.launch = l
	a.cpu = func() (env.CPUTime, error) {
		campaign := max(0, len(l.launched)-1) / 5
		now.Total += 100
		now.Steal += shares[campaign]
		return now, nil
	}
}

func readCertificate(t *testing.T, path string) *certificate.Certificate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &certificate.Certificate{}
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// A campaign is measured again while the machine is not as required, never because
// of what the samples say.
func TestAttempts(t *testing.T) {
	const (
		require = "[require]\nmax_steal = 0.05\nretries = 2\n"
		keeps   = "[budget.\"loop/wake\"]\ncounts = { skipped = 0 }\n"
		breaks  = "[budget.\"loop/wake\"]\ncounts = { late = 0 }\n"
	)
	for name, c := range map[string]struct {
		budget   string
		shares   []uint64
		code     int
		attempts int
	}{
		"quiet":            {keeps, []uint64{1}, exitPass, 1},
		"quiet later":      {keeps, []uint64{30, 20, 4}, exitPass, 3},
		"never quiet":      {keeps, []uint64{30, 20, 10}, exitOpen, 3},
		"broken":           {breaks, []uint64{1, 1}, exitBreach, 1},
		"broken and noisy": {breaks, []uint64{30, 1}, exitBreach, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inDir(t, map[string]string{"rtbench.toml": require + c.budget})
			a := newTestApp()
			a.catalogue = []bench.Benchmark{synthetic("loop/wake", 20_000, 40, map[string]float64{"skipped": 0, "late": 2})}
			a.stealing(c.shares...)
			o := a.try(t, "certify", "--duration", "2s")
			o.want(t, c.code, "measured again at most 2 times")
			got := readCertificate(t, "rtbench-out/"+certificateName)
			if len(got.Attempts) != c.attempts {
				t.Fatalf("%d attempts, want %d: %+v", len(got.Attempts), c.attempts, got.Attempts)
			}
			for i, attempt := range got.Attempts {
				if math.Abs(attempt.Steal-float64(c.shares[i])/100) > 1e-9 || attempt.Digest == "" || attempt.Created == "" {
					t.Errorf("attempt %d: %+v", i, attempt)
				}
			}
			if last := got.Attempts[c.attempts-1]; last.Digest != got.Digest {
				t.Errorf("judged %s, kept %s", last.Digest, got.Digest)
			}
			if said := strings.Count(o.stderr, "measuring again"); said != c.attempts-1 {
				t.Errorf("told %d times of %d attempts:\n%s", said, c.attempts, o.stderr)
			}
			// The run file alone leads to the same verdict.
			a.try(t, "check", "rtbench-out/"+runName, "--budget", "rtbench.toml").want(t, c.code)
		})
	}
}

func TestUntilDecidedKeepsConditions(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"rtbench.toml": "[require]\nmax_steal = 0.05\nretries = 1\n" + wakeBudget("100us")})
	a := newTestApp()
	a.stealing(50, 1)
	a.try(t, "run", "--bench", "loop/wake", "--until-decided", "--max", "8s").want(t, exitPass, "attempt 1 of 2 is not judged", "took 50%")
	if got := readCertificate(t, "rtbench-out/"+certificateName); len(got.Attempts) != 2 {
		t.Errorf("%+v", got.Attempts)
	}
}

// The certificate says how good the gate is: by a self-test of its own, or by the
// result of a longer one.
func TestCertificateHoldsTheSelfTest(t *testing.T) {
	if testing.Short() {
		t.Skip("draws a million samples; left out by -short")
	}
	inDir(t, map[string]string{"rtbench.toml": passing})
	a := newTestApp()
	a.selfTestRuns = 1
	a.try(t, "certify", "--duration", "2s").want(t, exitPass)
	got := readCertificate(t, "rtbench-out/"+certificateName).SelfTest
	if got == nil || len(got.Detect) != 5 || got.Detect["delay"].Runs != 1 || got.FalseAlarms.Runs != 1 || !got.Sound {
		t.Errorf("%+v", got)
	}
}

func TestSelfTestFile(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"rtbench.toml": passing})
	a := newTestApp()
	r := selfTestReport{Schema: selfTestSchema, SelfTest: *certificate.NewSelfTest(thisBuild().Version, 7, selftest.Result{
		Detect:      map[string]selftest.Detection{"delay": {Caught: 500, Runs: 500, CI: [2]float64{.993, 1}}},
		FalseAlarms: selftest.FalseAlarms{Fails: 1, Runs: 500, CI: [2]float64{0, .011}},
	})}
	write := func(name string, change func(*selfTestReport)) {
		t.Helper()
		changed := r
		change(&changed)
		text, err := json.Marshal(changed)
		if err == nil {
			err = os.WriteFile(name, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("good.json", func(*selfTestReport) {})
	write("old.json", func(r *selfTestReport) { r.Version = "v0.0.1" })
	write("other.json", func(r *selfTestReport) { r.Schema = "memkit.result/1" })
	write("deaf.json", func(r *selfTestReport) {
		r.Detect = map[string]selftest.Detection{"delay": {Caught: 400, Runs: 500, CI: [2]float64{.76, .83}}}
	})
	a.try(t, "certify", "--duration", "2s", "--selftest", "good.json").want(t, exitPass)
	if got := readCertificate(t, "rtbench-out/"+certificateName).SelfTest; got == nil || got.Seed != 7 || got.Detect["delay"].Caught != 500 || got.FalseAlarms.Fails != 1 {
		t.Errorf("%+v", got)
	}
	a.try(t, "certify", "--duration", "2s", "--selftest", "deaf.json").want(t, exitOpen, "Verdict   INCONCLUSIVE")
	a.launch = &inProcess{}
	for name, want := range map[string]string{"none.json": "none.json", "old.json": "tests version v0.0.1", "other.json": "no result of a self-test", "rtbench.toml": "rtbench selftest --json"} {
		a.try(t, "certify", "--duration", "2s", "--selftest", name).want(t, exitError, want)
	}
	if n := len(a.launch.(*inProcess).launched); n > 0 {
		t.Errorf("%d processes were launched all the same", n)
	}
}
