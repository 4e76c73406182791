package budget

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/wcet"
)

var known = Known{
	"loop/wake-1ms": time.Millisecond,
	"loop/busy":     time.Millisecond,
	"bump/1k":       0,
	"today/make-1k": 0,
	"today/ticker":  time.Millisecond,
}

var machine = map[string]string{"cpu.model": "AMD EPYC 7B13", "cpu.online": "0-1", "kernel.release": "6.18.5", "hypervisor": "kvm"}

const whole = `# every kind of limit
[budget."loop/busy"]
counts = { skipped = 0, allocs = 0 }
ratio  = { to = "today/ticker", p99 = 0.5, p999 = 0.6 }

[budget."bump/1k"]
ratio = [
  { to = "today/make-1k", mean = 1 },
  { to = "loop/busy", p50 = 0.25 },
]
confidence = 0.99

[profile.lab]
match = { cpu.model = "AMD EPYC*" }

[profile.lab.budget."loop/busy"]
p50 = "30us"
p9999 = "1.5ms"
pwcet = { rate = "1e-8/h", limit = "2ms" }
on_unsupported = "distribution-free"

[profile.any]
match = {}
[profile.any.budget."loop/wake-1ms"]
p99 = "900us"
pwcet.p = 1e-6
pwcet.limit = "3ms"
`

func mustParse(t testing.TB, text string) *File {
	t.Helper()
	f, err := Parse("rtbench.toml", []byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func resolve(t *testing.T, text string, env map[string]string) *Resolved {
	t.Helper()
	r, err := mustParse(t, text).For(env)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryKindOfLimit(t *testing.T) {
	r := resolve(t, whole, machine)
	if r.Profile != "lab" || len(r.Unmatched) != 0 {
		t.Fatalf("profile %q, unmatched %v", r.Profile, r.Unmatched)
	}
	want := []wcet.Budget{
		{
			Benchmark:  "bump/1k",
			Confidence: .99,
			Ratios:     []wcet.RatioLimit{{To: "today/make-1k", Limit: 1}, {To: "loop/busy", P: .5, Limit: .25}},
		},
		{
			Benchmark:     "loop/busy",
			Quantiles:     []wcet.QuantileLimit{{P: .5, Limit: 30_000}, {P: .9999, Limit: 1_500_000}},
			Exceedance:    &wcet.ExceedanceLimit{P: 1e-8 * 1e6 / 3.6e12, Limit: 2_000_000},
			Ratios:        []wcet.RatioLimit{{To: "today/ticker", P: .99, Limit: .5}, {To: "today/ticker", P: .999, Limit: .6}},
			Counts:        []wcet.CountLimit{{Counter: "allocs"}, {Counter: "skipped"}},
			OnUnsupported: wcet.UnsupportedDistributionFree,
		},
	}
	const perActivation = 1e-8 * 1e6 / 3.6e12
	if p := &r.Budgets[1].Exceedance.P; math.Abs(*p-perActivation) < 1e-12*perActivation {
		*p = perActivation
	}
	if !reflect.DeepEqual(r.Budgets, want) {
		t.Fatalf("got  %+v\nwant %+v", r.Budgets, want)
	}
}

func TestProfiles(t *testing.T) {
	other := map[string]string{"cpu.model": "Intel N100", "cpu.online": "0-3", "kernel.release": "6.1", "hypervisor": ""}
	r := resolve(t, whole, other)
	if r.Profile != "any" || len(r.Budgets) != 3 {
		t.Fatalf("profile %q, %+v", r.Profile, r.Budgets)
	}
	onlyLab := whole[:strings.Index(whole, "[profile.any]")]
	r = resolve(t, onlyLab, other)
	if r.Profile != "" || !reflect.DeepEqual(r.Unmatched, []string{"loop/busy"}) {
		t.Fatalf("profile %q, unmatched %v", r.Profile, r.Unmatched)
	}
	if len(r.Budgets) != 2 || r.Budgets[1].Quantiles != nil || r.Budgets[1].Ratios == nil {
		t.Fatalf("without a profile: %+v", r.Budgets)
	}
	special := whole + "[profile.vm]\nmatch = { \"cpu.model\" = \"*EPYC*\", hypervisor = \"kvm\" }\n[profile.vm.budget.\"bump/1k\"]\np50 = \"10ns\"\n"
	if r := resolve(t, special, machine); r.Profile != "vm" {
		t.Fatalf("profile %q, want the one with more keys", r.Profile)
	}
}

func TestFileRefusals(t *testing.T) {
	const loop, lab = "[budget.\"loop/busy\"]\n", "[profile.lab]\nmatch = {}\n[profile.lab.budget.\"loop/busy\"]\n"
	for text, want := range map[string]string{
		"x = ":                                   "t.toml:1: ",
		"[budget":                                "t.toml:1: ",
		"buget = 1":                              `t.toml:1: buget: unknown key; did you mean "budget"?`,
		"\xff":                                   "t.toml:1: ",
		loop + "p98 = \"1us\"":                   `t.toml:2: budget."loop/busy".p98: unknown key; did you mean "p9`,
		loop + "p99 = \"1us\"":                   `t.toml:2: budget."loop/busy".p99: an absolute limit holds for some machines only`,
		loop + "pwcet = {p = 1e-6}":              `t.toml:2: budget."loop/busy".pwcet: an absolute limit`,
		loop:                                     `t.toml:1: budget."loop/busy": sets no limit`,
		loop + "a = 1\nb = 2":                    "t.toml:3: budget.\"loop/busy\".b: unknown key",
		"[budget.\"loop/bussy\"]":                `t.toml:1: budget."loop/bussy": unknown benchmark "loop/bussy"; did you mean "loop/busy"?`,
		"[budget.zzz]\ncounts={a=1}":             "t.toml:1: budget.zzz: unknown benchmark \"zzz\"; `rtbench list`",
		loop + "counts = {skipped = -1}":         `t.toml:2: budget."loop/busy".counts.skipped: -1: a count's limit must be ≥0`,
		loop + "counts = {skipped = nan}":        `t.toml:2: budget."loop/busy".counts.skipped: NaN`,
		loop + "counts = {skipped = \"0\"}":      `t.toml:2: budget."loop/busy".counts: a TOML string does not fit here`,
		loop + "counts = {a=1}\nconfidence = 95": `t.toml:3: budget."loop/busy".confidence: 95: must lie between 0.5 and 1`,
		loop + "counts = {a=1}\non_unsupported = \"pass\"": `t.toml:3: budget."loop/busy".on_unsupported: "pass": must be "fail"`,
		loop + "ratio = 3":                                          `t.toml:2: budget."loop/busy".ratio: 3 is no ratio`,
		loop + "ratio = [3]":                                        `t.toml:2: budget."loop/busy".ratio: a list of ratios holds tables`,
		loop + "ratio = {p99 = 1}":                                  "names no peer",
		loop + "ratio = {to = \"today/ticker\"}":                    "compares nothing",
		loop + "ratio = {to = \"loop/busy\", p99 = 1}":              "is the benchmark itself",
		loop + "ratio = {to = \"today/tikcer\", p99 = 1}":           `t.toml:2: budget."loop/busy".ratio.to: unknown benchmark "today/tikcer"; did you mean "today/ticker"?`,
		loop + "ratio = {to = \"today/ticker\", p9 = 1}":            `t.toml:2: budget."loop/busy".ratio.p9: unknown key; did you mean "p99"?`,
		loop + "ratio = {to = \"today/ticker\", worst = 1}":         "unknown key; a ratio has to, mean",
		loop + "ratio = {to = \"today/ticker\", p99 = 0}":           "a ratio's limit is a number >0",
		loop + "ratio = {to = \"today/ticker\", p99 = \"2\"}":       "a ratio's limit is a number >0",
		loop + "ratio = {to = \"today/ticker\", p99 = inf}":         "a ratio's limit is a number >0",
		lab + "p99 = 150":                                           `t.toml:4: profile.lab.budget."loop/busy".p99: "150" is no duration`,
		lab + "p99 = \"150\"":                                       `"150" is no duration; write a number and a unit`,
		lab + "p99 = \"-1us\"":                                      `"-1us": a limit must be >0`,
		lab + "p99 = \"0s\"":                                        `"0s": a limit must be >0`,
		lab + "pwcet = {p = 1e-6}":                                  `t.toml:4: profile.lab.budget."loop/busy".pwcet: has no limit`,
		lab + "pwcet = {limit = \"1ms\"}":                           "says not how rare",
		lab + "pwcet = {p = 1e-6, rate = \"1/h\", limit = \"1ms\"}": "gives both p and rate",
		lab + "pwcet = {p = 0.5, limit = \"1ms\"}":                  "must lie in (0, 0.1]",
		lab + "pwcet = {p = -1, limit = \"1ms\"}":                   "must lie in (0, 0.1]",
		lab + "pwcet = {p = nan, limit = \"1ms\"}":                  "must lie in (0, 0.1]",
		lab + "pwcet = {rate = \"1e-8/d\", limit = \"1ms\"}":        `"1e-8/d" is no rate`,
		lab + "pwcet = {rate = \"1e-8\", limit = \"1ms\"}":          `"1e-8" is no rate`,
		lab + "pwcet = {rate = \"1e9/h\", limit = \"1ms\"}":         "must lie in (0, 0.1]",
		strings.ReplaceAll(lab, "loop/busy", "bump/1k") + "pwcet = {rate = \"1/h\", limit = \"1ms\"}": "bump/1k is not periodic",
		"[profile.lab]\nmatch = {}":                         "t.toml:1: profile.lab: has no budget",
		"[profile.lab.budget.\"loop/busy\"]\np99 = \"1us\"": "t.toml:1: profile.lab: says for no machine",
		"[profile.lab]\nmatch = {cpu = 3}":                  "t.toml:2: profile.lab.match.cpu: 3: must be a string",
		"[profile.lab]\nmatch.cpu.model = [1]":              "t.toml:2: profile.lab.match.cpu.model: [1]: must be a string",
		loop + "counts = {a=1}\n" + loop + "counts = {a=1}": "t.toml:3: ",
	} {
		_, err := Parse("t.toml", []byte(text), known)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tgot  %v\n\twant %s", text, err, want)
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %T is no *Error", text, err)
		}
	}
}

func TestMachineRefusals(t *testing.T) {
	const limits = "\n[profile.%s.budget.\"loop/busy\"]\np99=\"1us\"\n"
	typo := "[profile.a]\nmatch = {cpuu = \"x\"}" + fmt.Sprintf(limits, "a")
	if _, err := mustParse(t, typo).For(machine); err == nil || !strings.Contains(err.Error(), "rtbench.toml:2: profile.a.match.cpuu: unknown property; the machine's fingerprint has cpu.model, cpu.online") {
		t.Errorf("unknown property: %v", err)
	}
	both := "[profile.a]\nmatch = {cpu.online = \"0-1\"}" + fmt.Sprintf(limits, "a") + "[profile.b]\nmatch = {kernel.release = \"6.*\"}" + fmt.Sprintf(limits, "b")
	if _, err := mustParse(t, both).For(machine); err == nil || !strings.Contains(err.Error(), "rtbench.toml:5: profile.b: matches this machine, and so does profile a") {
		t.Errorf("two matches: %v", err)
	}
}

func TestMeasured(t *testing.T) {
	r := resolve(t, whole, machine)
	all := []string{"bump/1k", "loop/busy", "today/make-1k", "today/ticker"}
	if err := r.Measured(all); err != nil {
		t.Fatal(err)
	}
	if err := r.Measured(all[1:]); err == nil || !strings.Contains(err.Error(), `rtbench.toml:6: budget."bump/1k": bump/1k was not measured`) {
		t.Fatalf("missing benchmark: %v", err)
	}
	if err := r.Measured(all[:3]); err == nil || !strings.Contains(err.Error(), `today/ticker was not measured; measure it in the same run`) {
		t.Fatalf("missing peer: %v", err)
	}
	r.Keep([]string{"bump/1k"})
	if len(r.Budgets) != 1 || !reflect.DeepEqual(peers(r), []string{"loop/busy", "today/make-1k"}) {
		t.Fatalf("kept %+v with peers %v", r.Budgets, peers(r))
	}
}

func TestDecidable(t *testing.T) {
	r := resolve(t, whole, machine)
	err := r.Decidable(map[string]int{"loop/busy": 10_000})
	if err == nil || !strings.HasPrefix(err.Error(), `rtbench.toml:18: profile.lab.budget."loop/busy".p9999: loop/busy: p9999 at 95% needs ≥29,956 independent samples; the run gives 10,000`) {
		t.Fatalf("p9999 of 10,000: %v", err)
	}
	err = r.Decidable(map[string]int{"loop/busy": 1_000_000})
	if err == nil || !strings.HasPrefix(err.Error(), `rtbench.toml:19: profile.lab.budget."loop/busy".pwcet: `) {
		t.Fatalf("1e-8/h of 1e6: %v", err)
	}
	if err := r.Decidable(nil); err != nil {
		t.Fatalf("nothing known of the samples: %v", err)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "x/y", true},
		{"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "ac", true}, {"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c", false}, {"*b*", "abc", true}, {"ab*ba", "aba", false}, {"A*", "abc", false},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

func TestLoadMissingFile(t *testing.T) {
	if _, err := Load("no-such.toml", known); err == nil || !strings.Contains(err.Error(), "no-such.toml") {
		t.Fatalf("got %v", err)
	}
}

// FuzzParse: whatever the text, an error has a place, and a file that loads
// resolves to budgets that all limit something.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("[budget.\"loop/busy\"]\nratio = [[{to=1}]]\n"))
	f.Add([]byte("budget.\"bump/1k\".counts.x = 1_0\n[[profile]]\n"))
	f.Add([]byte("[profile.a]\nmatch={cpu='*'}\n[profile.a.budget.\"loop/busy\"]\npwcet={rate='1/s',limit='1h'}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse("f.toml", text, known)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%v is no *Error", err)
			}
			return
		}
		r, err := file.For(machine)
		if err != nil {
			return
		}
		for _, b := range r.Budgets {
			if len(b.Quantiles)+len(b.Ratios)+len(b.Counts) == 0 && b.Exceedance == nil {
				t.Fatalf("%+v limits nothing", b)
			}
		}
	})
}

// peers are the benchmarks that the budgets compare with.
func peers(r *Resolved) []string {
	var names []string
	for _, b := range r.Budgets {
		for _, ratio := range b.Ratios {
			names = append(names, ratio.To)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
