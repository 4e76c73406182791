package certificate

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

var catalogue = []bench.Benchmark{
	{Name: "fast", Doc: "the fast one", Peers: []string{"slow", "absent", "gone"}, RatioOf: "p99"},
	{Name: "slow", RatioOf: "mean"},
	{Name: "gone"},
}

// testRun has two benchmarks in five processes each, one that the machine could
// not measure, and one that the catalogue does not know.
func testRun() *record.Run {
	run := &record.Run{Created: "2026-01-02T03:04:05Z", Command: []string{"rtbench"}, Env: map[string]string{"cpu": "test"}}
	rng := rand.New(rand.NewPCG(1, 2))
	for process := range 5 {
		for _, b := range []struct {
			name   string
			centre float64
		}{{"stranger", 100}, {"slow", 40_000}, {"fast", 10_000}} {
			s := record.Series{Name: b.name, Kind: record.Latency, Unit: "ns", Ops: 1, Process: process, Counters: map[string]float64{"skipped": 1}}
			for range 300 {
				s.Samples = append(s.Samples, int64(b.centre*(1+.1*rng.ExpFloat64())))
			}
			s.Outliers = []record.Outlier{{Index: 3, Value: int64(process), Cause: record.Steal}, {Index: 9, Value: 1}}
			run.Series = append(run.Series, s)
		}
	}
	run.Series = append(run.Series, record.Series{Name: "gone", Kind: record.Batch, Unit: "ns", Ops: 1, Unavailable: "built without cgo"})
	return run
}

func resolved(t *testing.T, text string) *budget.Resolved {
	t.Helper()
	known := budget.Known{"fast": 0, "slow": 0, "gone": 0}
	f, err := budget.Parse("b.toml", []byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.For(map[string]string{"cpu": "test"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func build(t *testing.T, budgets *budget.Resolved) *Certificate {
	t.Helper()
	c, err := Build(Evidence{Run: testRun(), Digest: "00ff", Catalogue: catalogue, Budgets: budgets, Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBuildDescribesEveryBenchmark(t *testing.T) {
	c := build(t, nil)
	if c.Schema != Schema || c.Digest != "00ff" || c.Version != "v1" || c.Env["cpu"] != "test" || c.Verdict != wcet.Inconclusive {
		t.Fatalf("%+v", c)
	}
	var names []string
	for _, b := range c.Benches {
		names = append(names, b.Name)
	}
	if got := strings.Join(names, " "); got != "fast slow gone stranger" {
		t.Fatalf("order %s", got)
	}
	fast, slow, gone := c.Benches[0], c.Benches[1], c.Benches[2]
	if fast.Doc != "the fast one" || fast.Analysis.N != 1500 || fast.Evaluation != nil || len(fast.Population.Latency) != 5 {
		t.Errorf("fast %+v", fast)
	}
	if r := fast.Ratios["slow"]; len(fast.Ratios) != 1 || fast.RatioOf != "p99" || math.Abs(r-.25) > .02 {
		t.Errorf("ratios %v of %s", fast.Ratios, fast.RatioOf)
	}
	if slow.Ratios != nil {
		t.Errorf("slow has no peers, yet %v", slow.Ratios)
	}
	if gone.Unavailable != "built without cgo" || gone.Analysis != nil {
		t.Errorf("gone %+v", gone)
	}
	if len(fast.Outliers) != 10 || fast.Outliers[0].Value != 4 || fast.Outliers[0].Cause != record.Steal {
		t.Errorf("outliers %v", fast.Outliers)
	}
}

func TestBuildJudges(t *testing.T) {
	for text, want := range map[string]struct {
		overall wcet.Verdict
		bench   int
		verdict wcet.Verdict
	}{
		"[budget.fast]\ncounts = {skipped = 5}":                                                                            {wcet.Pass, 0, wcet.Pass},
		"[budget.fast]\ncounts = {skipped = 4}":                                                                            {wcet.Fail, 0, wcet.Fail},
		"[profile.x]\nmatch = {}\n[profile.x.budget.gone]\np99 = \"1s\"":                                                   {wcet.Unsupported, 2, wcet.Unsupported},
		"[profile.x]\nmatch = {cpu = \"z\"}\n[profile.x.budget.fast]\np99 = \"1s\"":                                        {wcet.Inconclusive, 0, ""},
		"[budget.slow]\ncounts = {skipped = 5}\n[profile.x]\nmatch = {cpu = \"z\"}\n[profile.x.budget.fast]\np99 = \"1s\"": {wcet.Inconclusive, 1, wcet.Pass},
	} {
		c := build(t, resolved(t, text))
		if c.Verdict != want.overall {
			t.Errorf("%s: verdict %s, want %s", text, c.Verdict, want.overall)
		}
		got := wcet.Verdict("")
		if e := c.Benches[want.bench].Evaluation; e != nil {
			got = e.Verdict
		}
		if got != want.verdict {
			t.Errorf("%s: bench verdict %q, want %q", text, got, want.verdict)
		}
	}
}

func TestBuildErrors(t *testing.T) {
	_, err := Build(Evidence{Run: testRun(), Catalogue: catalogue, Budgets: resolved(t, "[budget.fast]\ncounts = {skiped = 5}")})
	if err == nil || !strings.HasPrefix(err.Error(), "b.toml: ") || !strings.Contains(err.Error(), "skiped") {
		t.Errorf("a count that nobody recorded: %v", err)
	}
	run := testRun()
	run.Series[0].Samples[7] = -3
	if _, err := Build(Evidence{Run: run, Catalogue: catalogue}); err == nil || !strings.Contains(err.Error(), "sample 7 is -3") {
		t.Errorf("negative latency: %v", err)
	}
}

// TestCertificateJSON: the same evidence gives the same bytes, which are valid JSON
// even where estimates are missing, and decoding returns the certificate.
func TestCertificateJSON(t *testing.T) {
	var texts [2][]byte
	for i := range texts {
		c := build(t, resolved(t, "[budget.fast]\ncounts = {skipped = 5}"))
		c.Benches[0].Ratios["slow"] = math.Inf(1)
		c.Benches[0].Analysis.Quantiles[0].Upper = math.NaN()
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = text
	}
	if !bytes.Equal(texts[0], texts[1]) {
		t.Error("the same evidence gave two certificates")
	}
	for _, want := range []string{`"ratios":{"slow":null}`, `"upper":null`, `"cause":"steal"`, `"hypotheses":{`, `"verdict":"PASS"`} {
		if !bytes.Contains(texts[0], []byte(want)) {
			t.Errorf("%s is missing in %.400s…", want, texts[0])
		}
	}
	var back Certificate
	if err := json.Unmarshal(texts[0], &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || !bytes.Equal(again, texts[0]) {
		t.Errorf("read back differently (%v): %.300s", err, again)
	}
	if r := back.Benches[0].Ratios["slow"]; !math.IsNaN(r) || !reflect.DeepEqual(back.Env, map[string]string{"cpu": "test"}) {
		t.Errorf("ratio %v, env %v", r, back.Env)
	}
}
