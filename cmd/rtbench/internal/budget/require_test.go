package budget

import (
	"reflect"
	"strings"
	"testing"
)

func share(v float64) *float64 { return &v }

// A requirement holds for every benchmark with a budget; what stands nearer to a
// benchmark overrides it key by key.
func TestRequirements(t *testing.T) {
	const limits = "[budget.\"loop/busy\"]\ncounts = {skipped = 0}\n[budget.\"bump/1k\"]\ncounts = {skipped = 0}\n"
	both := func(q Requirement) map[string]Requirement {
		return map[string]Requirement{"loop/busy": q, "bump/1k": q}
	}
	for name, c := range map[string]struct {
		text    string
		retries int
		want    map[string]Requirement
	}{
		"none":                           {limits, 0, map[string]Requirement{}},
		"file":                           {"[require]\npolicy = \"fifo\"\ngc = \"off\"\nmax_steal = 0.02\nretries = 3\n" + limits, 3, both(Requirement{FIFO: true, CollectorOff: true, Steal: share(0.02)})},
		"none of the time may be stolen": {"[require]\nmax_steal = 0\n" + limits, 0, both(Requirement{Steal: share(0)})},
		"profile": {
			"[require]\nmax_steal = 0.02\nretries = 3\n" + limits + "[profile.any]\nmatch = {}\nrequire = {max_steal = 0.1, retries = 1}\n[profile.any.budget.\"loop/busy\"]\np99 = \"1ms\"\n",
			1, both(Requirement{Steal: share(0.1)}),
		},
		"another machine's profile": {
			limits + "[profile.lab]\nmatch = {cpu.model = \"Z80\"}\nrequire = {max_steal = 0.1, retries = 1}\n[profile.lab.budget.\"loop/busy\"]\np99 = \"1ms\"\n",
			0, map[string]Requirement{},
		},
		"one benchmark": {
			"[require]\nmax_steal = 0.02\n" + limits + "require = {policy = \"any\", max_steal = 0.5}\n[profile.any]\nmatch = {}\n[profile.any.budget.\"loop/busy\"]\np99 = \"1ms\"\nrequire = {policy = \"fifo\"}\n",
			0, map[string]Requirement{"loop/busy": {FIFO: true, Steal: share(0.02)}, "bump/1k": {Steal: share(0.5)}},
		},
	} {
		r := resolve(t, c.text, machine)
		if r.Retries != c.retries || !reflect.DeepEqual(r.Required, c.want) {
			t.Errorf("%s: %d retries, %+v", name, r.Retries, r.Required)
		}
	}
}

func TestRequirementRefusals(t *testing.T) {
	const loop = "[budget.\"loop/busy\"]\ncounts = {a = 1}\n"
	for text, want := range map[string]string{
		"[require]\npolicy = \"rr\"\n":                          `t.toml:2: require.policy: "rr": must be "fifo"`,
		"[require]\ngc = \"on\"\n":                              `t.toml:2: require.gc: "on": must be "off"`,
		"[require]\nmax_steal = 2\n":                            `t.toml:2: require.max_steal: 2: a share of CPU time`,
		"[require]\nmax_steal = nan\n":                          `t.toml:2: require.max_steal: NaN`,
		"[require]\nretries = -1\n":                             `t.toml:2: require.retries: -1: must lie from 0 to 10`,
		"[require]\nretries = 99\n":                             `t.toml:2: require.retries: 99: must lie`,
		"[require]\nmax_stael = 0.1\n":                          `t.toml:2: require.max_stael: unknown key; did you mean "max_steal"?`,
		loop + "require = {retries = 1}\n":                      `t.toml:3: budget."loop/busy".require.retries: repeats the whole campaign; move it`,
		loop + "require = {policy = \"FIFO\"}\n":                `t.toml:3: budget."loop/busy".require.policy: "FIFO"`,
		"[profile.x]\nmatch = {}\nrequire = {gc = \"never\"}\n": `t.toml:3: profile.x.require.gc: "never"`,
		loop + "extrapolation = 2000\n":                         `t.toml:3: budget."loop/busy".extrapolation: 2000: must lie from 1 to 1000`,
		loop + "extrapolation = 0.5\n":                          `extrapolation: 0.5: must lie`,
		loop + "extrapolation = nan\n":                          `extrapolation: NaN: must lie`,
	} {
		if _, err := Parse("t.toml", []byte(text), known); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tgot  %v\n\twant %s", text, err, want)
		}
	}
}

// The levels of standards stand for failure rates, and say that they are no more.
func TestPresets(t *testing.T) {
	const lab = "[profile.lab]\nmatch = {}\n[profile.lab.budget.\"%s\"]\npwcet = {rate = \"%s\", limit = \"2ms\"}\nextrapolation = 100\n"
	text := func(name, rate string) string {
		return strings.NewReplacer("%s\"]", name+"\"]", "%s", rate).Replace(lab)
	}
	for rate, want := range map[string]float64{"SIL3": 1e-7, "sil4": 1e-8, "ASIL-D": 1e-8, "DAL-C": 1e-5} {
		r := resolve(t, text("loop/busy", rate), machine)
		e := r.Budgets[0].Exceedance
		if perHour := e.P * 3.6e6; perHour < want*0.999 || perHour > want*1.001 || e.Target != strings.ToUpper(rate) || r.Budgets[0].Extrapolation != 100 {
			t.Errorf("%s: %+v, extrapolation %v", rate, e, r.Budgets[0].Extrapolation)
		}
		err := r.Decidable(map[string]int{"loop/busy": 1e6})
		if err == nil || !strings.Contains(err.Error(), e.Target+": failure-rate target, not a timing requirement of the standard") {
			t.Errorf("%s of a million samples: %v", rate, err)
		}
	}
	if e := resolve(t, text("loop/busy", "1e-8/h"), machine).Budgets[0].Exceedance; e.Target != "" {
		t.Errorf("a rate of the user's own is %+v", e)
	}
	for name, want := range map[string]string{
		text("loop/busy", "SIL5"): "or as one of ASIL-B, ASIL-C",
		text("bump/1k", "SIL3"):   "bump/1k is not periodic",
	} {
		if _, err := Parse("t.toml", []byte(name), known); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
