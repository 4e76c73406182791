package budget

import (
	"reflect"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/wcet"
)

func TestProfileIsReadBack(t *testing.T) {
	want := []wcet.Budget{
		{Benchmark: "bump/1k", Quantiles: []wcet.QuantileLimit{{P: .99, Limit: 41}}},
		{Benchmark: "loop/busy", Quantiles: []wcet.QuantileLimit{{P: .99, Limit: 31_300}, {P: .9999, Limit: 1_240_000}}, Exceedance: &wcet.ExceedanceLimit{P: 1e-6, Limit: 2e9}},
	}
	text := Profile("my lab", map[string]string{"cpu.model": machine["cpu.model"], "hypervisor": "kvm"}, want)
	r := resolve(t, text, machine)
	if r.Profile != "my lab" || !reflect.DeepEqual(r.Budgets, want) {
		t.Errorf("%s\ngave %+v", text, r.Budgets)
	}
}

func TestLimitTextRoundsUp(t *testing.T) {
	for ns, want := range map[float64]string{1: "1ns", 41.2: "42ns", 31_201: "31.3us", 31_200: "31.2us", 999_900: "1ms", 2.345e9: "2.35s"} {
		if got := limitText(ns); got != want {
			t.Errorf("%v ns: %s, want %s", ns, got, want)
		}
	}
}

func TestTighten(t *testing.T) {
	wanted := []wcet.Budget{
		{Benchmark: "loop/busy", Quantiles: []wcet.QuantileLimit{{P: .5, Limit: 20_000}, {P: .99, Limit: 25_000}, {P: .9999, Limit: 9e6}}, Exceedance: &wcet.ExceedanceLimit{P: 1e-6, Limit: 1}},
		{Benchmark: "bump/1k", Quantiles: []wcet.QuantileLimit{{P: .99, Limit: 1}}},
	}
	text, changes, err := Tighten("b.toml", []byte(whole), known, machine, wanted)
	if err != nil {
		t.Fatal(err)
	}
	// p9999 would loosen, p99 is not there, pwcet is of another probability, and
	// the profile says nothing absolute of bump/1k.
	if want := strings.Replace(whole, `p50 = "30us"`, `p50 = "20us"`, 1); string(text) != want {
		t.Errorf("got\n%s", text)
	}
	if want := []Change{{"loop/busy", "p50", "30us", "20us"}}; !reflect.DeepEqual(changes, want) {
		t.Errorf("changes %+v", changes)
	}
	again, changes, err := Tighten("b.toml", text, known, machine, wanted)
	if err != nil || len(changes) > 0 || string(again) != string(text) {
		t.Errorf("a second time: %v, %v", changes, err)
	}
}

func TestTightenExceedance(t *testing.T) {
	other := map[string]string{"cpu.model": "Intel N100", "cpu.online": "0-3", "kernel.release": "6.1", "hypervisor": ""}
	wanted := []wcet.Budget{{Benchmark: "loop/wake-1ms", Exceedance: &wcet.ExceedanceLimit{P: 1e-6, Limit: 2.5e6}}}
	text, changes, err := Tighten("b.toml", []byte(whole), known, other, wanted)
	if err != nil || len(changes) != 1 || !strings.Contains(string(text), `pwcet.limit = "2.5ms"`) {
		t.Errorf("%v, %v\n%s", changes, err, text)
	}
}

func TestTightenRefusals(t *testing.T) {
	wanted := []wcet.Budget{{Benchmark: "loop/busy", Quantiles: []wcet.QuantileLimit{{P: .99, Limit: 10}}}}
	for text, want := range map[string]string{
		"[profile.x]\nmatch = { cpu.model = \"none\" }\n[profile.x.budget.\"loop/busy\"]\np99 = \"1ms\"\n":                 "no profile matches",
		"[profile.x]\nmatch = {}\n[profile.x.budget]\n\"loop/busy\" = { p99 = \"1ms\" }\n\"bump/1k\" = 3\n":                "b.toml:5",
		"[profile.x]\nmatch = {}\nbudget = { \"loop/busy\" = { p99 = \"1ms\" }, \"loop/wake-1ms\" = { p99 = \"1ms\" } }\n": "a line of its own",
		"[profile.x]\nmatch = {}\n[profile.x.budget.\"loop/busy\"]\np99 = \"\"\"1ms\"\"\"\n":                               "a line of its own",
	} {
		got, _, err := Tighten("b.toml", []byte(text), known, machine, wanted)
		if err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%s\ngot %s, %v; want %s", text, got, err, want)
		}
	}
}
