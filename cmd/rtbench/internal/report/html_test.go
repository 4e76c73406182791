package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

func html(t testing.TB, c *certificate.Certificate, run *record.Run) string {
	testenv.SkipInRaceRun(t)
	t.Helper()
	var b strings.Builder
	if err := HTML(&b, c, run); err != nil {
		t.Fatal(err)
	}
	checkPage(t, b.String())
	return b.String()
}

var (
	idPattern     = regexp.MustCompile(` id="([^"]*)"`)
	targetPattern = regexp.MustCompile(` href="#([^"]*)"`)
	svgPattern    = regexp.MustCompile(`(?s)<svg.*?</svg>`)
	fetchPattern  = regexp.MustCompile(`(?i)(https?:|src=|@import|url\(|<script|<link|<iframe|<object|<embed|<form|\son\w+=)`)
	// nonsensePattern finds numbers that should have become a dash.
	nonsensePattern = regexp.MustCompile(`[>" ,](NaN|[+-]?Inf|%!)`)
	attributeNumber = regexp.MustCompile(`\b(d|x|y|viewBox)="([^"]*)"`)
	pathPattern     = regexp.MustCompile(`^[-0-9. MLHVZQC]*$`)
)

// checkPage is what every page keeps, whatever the certificate holds.
func checkPage(t testing.TB, page string) {
	t.Helper()
	ids := map[string]bool{}
	for _, m := range idPattern.FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("id %q twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range targetPattern.FindAllStringSubmatch(page, -1) {
		if !ids[m[1]] {
			t.Errorf("a link to #%s leads nowhere", m[1])
		}
	}
	if m := fetchPattern.FindString(page); m != "" {
		t.Errorf("the page is not self-contained: %q", m)
	}
	if m := nonsensePattern.FindString(page); m != "" {
		t.Errorf("the page shows %q", m)
	}
	for _, svg := range svgPattern.FindAllString(page, -1) {
		checkSVG(t, svg)
	}
	if !strings.HasSuffix(page, "</html>\n") {
		t.Error("the page is cut off")
	}
}

func checkSVG(t testing.TB, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("figure is not well-formed: %v\n%.300s", err, svg)
		}
	}
	for _, m := range attributeNumber.FindAllStringSubmatch(svg, -1) {
		if !pathPattern.MatchString(m[2]) {
			t.Fatalf("%s=%q", m[1], m[2])
		}
	}
}

func TestPageHasEverything(t *testing.T) {
	c, run := realistic(1000)
	page := html(t, c, run)
	for _, want := range []string{
		"<title>Latency certificate: FAIL</title>", "1 benchmark over budget: spsc/rtt.",
		"This evidence cannot certify loop/wake-1ms-busy, loop/wake-250us.",
		"2026-03-02T14:10:05Z", "Example Xeon 2.0 GHz", "6.18.0", "PREEMPT_DYNAMIC", "strict (SCHED_FIFO)", "go1.26.8", "CAP_SYS_NICE", "rtbench certify --advisory",
		"30,000, 5 fresh processes a benchmark", "sha256:5f2c9bb1", "v0.1.0",
		"≤ p99.99", "max observed", "An observation, never a bound", "Not promised:",
		"the halves of the run differ", "built without cgo", "no limit set", "n/a",
		"CPU time stolen by the host", "Hypotheses that the bounds rest on", "ks-halves", "✕ rejected", "✓ not rejected",
		"gpd-profile", "order-statistic", "no: the reasons of the gpd-profile bound before", "Largest samples and their causes", "stolen by the host",
		"Counters, all processes", "skipped", "Of one process, the largest", "timer_ns", "Processes differ more than chance allows", "No tail was fitted",
		"prefers-color-scheme: dark", "default-src &#39;none&#39;",
	} {
		if !strings.Contains(page, want) && !strings.Contains(page, strings.ReplaceAll(want, "&#39;", "'")) {
			t.Errorf("no %q", want)
		}
	}
	if summary, first := strings.Index(page, `<table class="stack summary">`), strings.Index(page, "<svg"); summary < 0 || summary > first {
		t.Error("the summary does not come first")
	}
	for i := range c.Benches {
		b := &c.Benches[i]
		if strings.Count(page, "<h2>"+b.Name+"</h2>") != 1 {
			t.Errorf("%s has no section", b.Name)
		}
		drawn := 0
		if b.Name != "pool/local" && b.Name != "today/glibc" {
			drawn = 1
		}
		for _, figure := range []string{"Histogram", "Exceedance curve", "Time line"} {
			if strings.Count(page, figure+" of "+b.Name+`"`) != drawn {
				t.Errorf("%s: %q not drawn %d times", b.Name, figure, drawn)
			}
		}
	}
	if n := strings.Count(page, "Quantile–quantile plot"); n != 5 {
		t.Errorf("%d quantile–quantile plots, want one a fitted tail: 5", n)
	}
}

func TestPageIsDeterministic(t *testing.T) {
	c, run := realistic(100)
	first, second := html(t, c, run), html(t, c, run)
	if first != second {
		t.Error("two renderings differ")
	}
}

func TestFiguresShowTheirParts(t *testing.T) {
	c, run := realistic(2000)
	b := newBench(&c.Benches[0], run)
	survival := string(survivalFigure(b, newTail(b.sample, b.Analysis)).svg(""))
	for class, want := range map[string]int{"data": 1, "fit": 1, "budget": 2, "budget stop": 2, "budgetname": 2, "max": 1, "whisker": 1, "process": 0} {
		if n := strings.Count(survival, `class="`+class+`"`); n != want {
			t.Errorf("exceedance curve: %d of class %q, want %d", n, class, want)
		}
	}
	if !strings.Contains(survival, `class="band unsupported"`) {
		t.Error("an unsupported band is not marked")
	}
	if !strings.Contains(survival, "p99 ≤ 100 µs") || !strings.Contains(survival, "exceedance@1e-06 ≤ 2 ms") {
		t.Error("budgets are not named")
	}
	b1 := newBench(&c.Benches[1], run)
	if worst := string(survivalFigure(b1, newTail(b1.sample, b1.Analysis)).svg("")); strings.Count(worst, `class="process"`) != 5 {
		t.Error("differing processes are not drawn")
	} else if !strings.Contains(worst, `class="band"`) {
		t.Error("a supported band is not drawn as such")
	}
	line := string(timelineFigure(b).svg(""))
	if n := strings.Count(line, `class="boundary"`); n != 4 {
		t.Errorf("time line: %d boundaries between 5 processes", n)
	}
	for _, class := range []string{"range", "median", "stolen", "unexplained", "caused"} {
		if !strings.Contains(line, `class="`+class+`"`) {
			t.Errorf("time line: no %s", class)
		}
	}
	if !strings.Contains(line, "10 s") || !strings.Contains(line, ">p4<") {
		t.Errorf("time line: no time or no process\n%s", line)
	}
}

// A run file's certificate carries no samples; the page takes them from the run.
func TestSamplesComeFromTheRun(t *testing.T) {
	c, run := realistic(100)
	whole := html(t, c, run)
	for i := range c.Benches {
		run.Series = append(run.Series, c.Benches[i].Population.Latency...)
		c.Benches[i].Population = wcet.Population{}
	}
	if html(t, c, run) != whole {
		t.Error("the page differs when samples come from the run")
	}
	if page := html(t, c, nil); strings.Contains(page, "<svg") {
		t.Error("figures without samples")
	}
}

// Odd evidence is shown as what it is and never breaks the page.
func TestOddEvidence(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	broken := &wcet.Analysis{
		N: 3, NEff: nan, Mean: inf, Max: nan, ExtremalIndex: nan,
		Quantiles:  []wcet.Quantile{{P: 0.5, Estimate: nan, Lower: -inf, Upper: inf}, {P: 0.9999, Estimate: inf, Lower: nan, Upper: inf}, {P: nan}},
		Hypotheses: map[string]wcet.Hypothesis{"kpss": {Stat: nan, P: nan}, "own": {Stat: inf, P: 0}},
		Tail:       &wcet.TailFit{Threshold: 1, Exceedances: 2, Scale: 1e300, Shape: 300, ShapeLower: nan, ShapeUpper: inf},
		Bounds: []wcet.Bound{
			{P: 1e-6, Value: 5, Upper: inf, Method: "gpd-profile"}, {P: 1e-300, Value: 6, Upper: 1e300, Method: "gpd-profile"},
			{P: 0, Value: nan, Upper: nan, Method: "gpd-profile"}, {P: nan, Value: 1, Upper: 2, Method: "gpd-profile", Supported: true},
		},
		Counters: map[string]float64{"skipped": nan, "huge": 1e300},
	}
	evaluation := &wcet.Evaluation{Verdict: "NEW", Checks: []wcet.Check{
		{Metric: "p9999", Estimate: nan, Lower: -inf, Upper: inf, Limit: inf, Verdict: "NEW", Needed: 7},
		{Metric: "p99", Limit: 1e300, Verdict: wcet.Inconclusive}, {Metric: "p50", Limit: 1e-300, Verdict: wcet.Fail},
		{Metric: "measured", Limit: nan, Verdict: wcet.Unsupported, Why: "not measured here"},
	}}
	long := slices.Repeat([]int64{1, math.MaxInt64, 40}, 400)
	for name, samples := range map[string][]int64{
		"none": nil, "one": {5}, "constant": slices.Repeat([]int64{1000}, 500), "zero": {0, 0, 0}, "negative": {-3, -2, 7, 9},
		"all negative": {-3, -2}, "widest": {1, math.MaxInt64}, "long": long, "unit": {1, 1, 1, 2},
	} {
		for _, analysis := range []*wcet.Analysis{nil, {}, broken} {
			series := record.Series{Kind: record.Latency, Samples: samples, Period: 1e6,
				Outliers: []record.Outlier{{Index: 1 << 60, Value: 9}, {Index: -1, Value: -9}, {Value: math.MaxInt64, Cause: math.MaxUint16}}}
			c := &certificate.Certificate{Benches: []certificate.Bench{
				{Name: name, Unit: "ns", Analysis: analysis, Evaluation: evaluation, Ratios: map[string]float64{"a": nan, "today/b": inf},
					Population: wcet.Population{Latency: []record.Series{series, {Process: 1, Samples: samples}}}},
				{Name: name},
			}}
			t.Run(fmt.Sprintf("%s/analysis=%v", name, analysis != nil), func(t *testing.T) {
				page := html(t, c, &record.Run{Interference: []record.Interference{{}, {Steal: 1}}})
				if strings.Contains(name, "negative") && !strings.Contains(name, "all") && !strings.Contains(page, "at or below zero") {
					t.Error("samples are missing without a word")
				}
				table(t, c, 80, true)
				_ = Picture(io.Discard, c)
			})
		}
	}
}

func TestEmptyCertificate(t *testing.T) {
	page := html(t, &certificate.Certificate{}, nil)
	if !strings.Contains(page, "No benchmark was measured") || !strings.Contains(page, "nothing to certify") {
		t.Error("an empty certificate does not say that it is")
	}
}

func TestSentence(t *testing.T) {
	make := func(verdicts ...wcet.Verdict) (rows []row) {
		for i, v := range verdicts {
			b := &certificate.Bench{Name: fmt.Sprintf("b%d", i), Analysis: &wcet.Analysis{}}
			if v != "" {
				b.Evaluation = &wcet.Evaluation{Verdict: v, Checks: make([]wcet.Check, 2)}
			}
			rows = append(rows, newRow(b))
		}
		return rows
	}
	for want, rows := range map[string][]row{
		"No benchmark was measured, so there is nothing to certify.":                   make(),
		"2 benchmarks measured; no budget sets a limit, so nothing is certified.":      make("", ""),
		"4 limits of 2 benchmarks hold with the stated confidence.":                    make(wcet.Pass, "", wcet.Pass),
		"No budget is broken, but this evidence cannot certify 1 of 2 benchmarks: b1.": make(wcet.Pass, wcet.Unsupported),
		"2 benchmarks over budget: b0, b1. This evidence cannot certify b2.":           make(wcet.Fail, wcet.Fail, wcet.Inconclusive),
		"5 benchmarks over budget: b0, b1, b2, b3 and 1 more.":                         make(wcet.Fail, wcet.Fail, wcet.Fail, wcet.Fail, wcet.Fail),
	} {
		if got := sentence(rows, nil); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestUnmatchedProfilesAreNamed(t *testing.T) {
	c, run := realistic(100)
	c.Benches = c.Benches[4:5] // passes its ratio
	c.Unmatched = []string{c.Benches[0].Name}
	page := html(t, c, run)
	if !strings.Contains(page, "2 limits of 1 benchmark hold, but no profile of the budget file limits this machine") ||
		!strings.Contains(page, "no absolute limit for this machine") {
		t.Error("the page does not say that limits of other machines were left out")
	}
	c.Benches[0].Evaluation = nil
	if page := html(t, c, run); !strings.Contains(page, "1 benchmark measured; no profile of the budget file matches this machine") {
		t.Error("the page does not say that no profile matched")
	}
}

const sizeLimit = 1_500_000

func TestSize(t *testing.T) {
	testenv.SkipInRaceRun(t)
	perProcess := 20_000
	if testing.Short() {
		perProcess = 2000
	}
	c, run := twenty(perProcess)
	var page strings.Builder
	if err := HTML(&page, c, run); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d benchmarks of %d samples: %d bytes", len(c.Benches), 5*perProcess, page.Len())
	if page.Len() > sizeLimit {
		t.Errorf("%d bytes, the limit is %d", page.Len(), sizeLimit)
	}
}

// inject puts s wherever a certificate carries text.
func inject(s string) (*certificate.Certificate, *record.Run) {
	checked := []wcet.Check{check("p99", 1, 1, 1, 1, wcet.Pass, "")}
	c := &certificate.Certificate{Benches: []certificate.Bench{
		synthetic{processes: 2, perProcess: 60, draw: lognormal(1000, 0.2, 0.1, 1000), checks: checked}.bench(1),
	}}
	run := &record.Run{}
	b := &c.Benches[0]
	b.Name, b.Doc, b.Unit, b.RatioOf = s, s, s, s
	b.Ratios = map[string]float64{s: 1}
	b.Analysis.Hypotheses = map[string]wcet.Hypothesis{s: {}}
	b.Analysis.Bounds = []wcet.Bound{{Method: s, Reasons: []string{s}}}
	b.Analysis.Counters = map[string]float64{s: 1}
	b.Evaluation.Verdict = wcet.Verdict(s)
	b.Evaluation.Checks = []wcet.Check{
		{Metric: s, Why: s, Verdict: wcet.Verdict(s)}, {Metric: "p99", Limit: 30_000, Why: s, Verdict: wcet.Fail},
	}
	c.Version, c.Created, c.Command, c.Digest, c.Profile, c.Verdict = s, s, []string{s}, s, s, wcet.Verdict(s)
	c.Unmatched = []string{s}
	c.Env = map[string]string{s: s, "kernel": s}
	c.Benches = append(c.Benches, certificate.Bench{Name: s + "2", Unavailable: s})
	return c, run
}

var tagPattern = regexp.MustCompile(`<[!/a-zA-Z][^\s>]*`)

// FuzzHTML proves that text stays text: whatever a name, a reason or an
// environment says, the page has the same elements as with a harmless word.
func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"plain", `"><script>alert(1)</script>`, `' onload=x`, "</style><b>", "]]>", "<!--", "--></svg>", "&lt;b&gt;", "\x00\x01\xff",
		"javascript:x", "{{.}}", "\u202e\u2028", "</title>", strings.Repeat("w", 5000), "a\nb",
	} {
		f.Add(s)
	}
	harmless, run := inject("word")
	want := tagPattern.FindAllString(html(f, harmless, run), -1)
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || badges[s].Word != "" || strings.HasPrefix(s, "gpd") || s == "ns" {
			t.Skip("changes what is shown, not how")
		}
		c, run := inject(s)
		var b strings.Builder
		if err := HTML(&b, c, run); err != nil {
			t.Fatal(err)
		}
		if got := tagPattern.FindAllString(b.String(), -1); !slices.Equal(got, want) {
			t.Fatalf("%q changes the page's elements", s)
		}
		for _, svg := range svgPattern.FindAllString(b.String(), -1) {
			checkSVG(t, svg)
		}
		b.Reset()
		c.Benches[0].Name = "loop/wake-1ms-busy"
		if err := Picture(&b, c); err != nil {
			t.Fatal(err)
		}
		checkSVG(t, b.String())
	})
}
