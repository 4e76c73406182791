package main

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet"
)

// writeCertificate writes a certificate of one benchmark with these upper limits of
// p99, p999 and the exceedance at 1e-6.
func writeCertificate(t *testing.T, path string, change func(*certificate.Certificate), p99, p999, rare float64) {
	t.Helper()
	nan := math.NaN()
	bench := func(name string, p99, p999 float64) certificate.Bench {
		return certificate.Bench{Name: name, Unit: "ns", Analysis: &wcet.Analysis{
			Mean: nan, Max: nan, NEff: nan, ExtremalIndex: nan,
			Quantiles: []wcet.Quantile{{P: .99, Upper: p99}, {P: .999, Upper: p999}, {P: .9999, Upper: nan}},
			Bounds: []wcet.Bound{
				{P: 1e-6, Upper: rare, Method: "gpd-profile", Supported: rare > 0},
				{P: 1e-6, Upper: rare, Method: "order-statistic", Supported: true},
			},
		}}
	}
	c := &certificate.Certificate{
		Schema: certificate.Schema, Digest: path, Created: "2026-01-02T03:04:05Z",
		Env: map[string]string{"cpu.model": "Test CPU", "cpu.online": "0-1", "kernel.release": "6.1.0", "hypervisor": "unknown", "rights": path},
		Benches: []certificate.Bench{bench("loop/wake", p99, p999), bench("today/ticker", p99, nan),
			{Name: "today/glibc", Unit: "ns", Unavailable: "built without cgo"}},
	}
	if change != nil {
		change(c)
	}
	text, err := json.Marshal(c)
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestBudgetFromCertificates(t *testing.T) {
	inDir(t, nil)
	a := newTestApp()
	writeCertificate(t, "a.json", nil, 10_000, 20_000, 50_000)
	writeCertificate(t, "b.json", nil, 12_000, 18_000, 40_000)
	writeCertificate(t, "c.json", nil, 11_000, math.NaN(), 45_000)
	o := a.try(t, "budget", "--from", "a.json", "b.json", "c.json", "--margin", "1.5")
	const want = `# 1.5 times the largest upper limit of 3 certificates, the first of 2026-01-02T03:04:05Z
[profile.machine.match]
"cpu.model" = "Test CPU"
"cpu.online" = "0-1"
"kernel.release" = "6.1.0"

[profile.machine.budget."loop/wake"]
p99 = "18us"
pwcet = { p = 1e-06, limit = "75us" }

[profile.machine.budget."today/ticker"]
p99 = "18us"
pwcet = { p = 1e-06, limit = "75us" }
`
	if o.code != exitPass || o.stdout != want {
		t.Errorf("exit %d, %s\ngot\n%s", o.code, o.stderr, o.stdout)
	}
	// One unsupported tail, and the others set no limit.
	writeCertificate(t, "c.json", nil, 11_000, math.NaN(), 0)
	if o := a.try(t, "budget", "--from", "a.json,b.json,c.json"); strings.Contains(o.stdout, "pwcet") || !strings.Contains(o.stdout, `p99 = "15.6us"`) {
		t.Errorf("%s", o.stdout)
	}
}

func TestBudgetTightens(t *testing.T) {
	const file = "# ours\n[profile.lab]\nmatch = { cpu.model = \"Test*\" }\n\n[profile.lab.budget.\"loop/wake\"]\np99  = \"17us\" # after the move\np999 = \"1us\"\n"
	inDir(t, map[string]string{"b.toml": file})
	a := newTestApp()
	for i, name := range []string{"a.json", "b.json", "c.json"} {
		writeCertificate(t, name, nil, 10_000+1000*float64(i), 20_000, 0)
	}
	args := []string{"budget", "--tighten", "b.toml", "--from", "a.json", "b.json", "c.json"}
	a.try(t, args...).want(t, exitPass, "loop/wake p99: 15.6us, was 17us")
	if got, want := listing(t)["b.toml"], strings.Replace(file, "17us", "15.6us", 1); got != want {
		t.Errorf("got\n%s", got)
	}
	a.try(t, append(args, "--margin", "3")...).want(t, exitPass, "nothing was changed")
	if got, want := listing(t)["b.toml"], strings.Replace(file, "17us", "15.6us", 1); got != want {
		t.Errorf("a limit was loosened:\n%s", got)
	}
}

func TestBudgetRefusals(t *testing.T) {
	inDir(t, map[string]string{"text.json": "hello", "other.json": `{"schema":"x"}`, "b.toml": "[profile.x]\nmatch = { cpu.model = \"Other\" }\n[profile.x.budget.\"loop/wake\"]\np99 = \"1ms\"\n"})
	a := newTestApp()
	for _, name := range []string{"a.json", "b.json", "c.json"} {
		writeCertificate(t, name, nil, 10_000, 20_000, 0)
	}
	writeCertificate(t, "copy.json", func(c *certificate.Certificate) { c.Digest = "a.json" }, 10_000, 20_000, 0)
	writeCertificate(t, "stranger.json", func(c *certificate.Certificate) { c.Env["cpu.online"] = "0-7" }, 10_000, 20_000, 0)
	writeCertificate(t, "empty.json", func(c *certificate.Certificate) { c.Benches = nil }, 0, 0, 0)
	before := listing(t)
	for _, c := range []struct{ args, want string }{
		{"a.json b.json", "2 certificates: at least 3"},
		{"a.json b.json copy.json", "copy.json: certifies the same run as a.json"},
		{"a.json b.json stranger.json", `stranger.json: cpu.online is "0-7", in a.json it is "0-1"`},
		{"a.json b.json none.json", "none.json"},
		{"a.json b.json text.json", "text.json: is no certificate"},
		{"a.json b.json other.json", `other.json: schema "x"`},
		{"a.json b.json empty.json", "no benchmark in common"},
		{"a.json b.json c.json --margin 0.9", "--margin 0.9: must be ≥1"},
		{"a.json b.json c.json --tighten b.toml", "no profile matches"},
		{"a.json b.json c.json --tighten none.toml", "none.toml"},
	} {
		a.try(t, append([]string{"budget", "--from"}, strings.Fields(c.args)...)...).want(t, exitError, c.want)
	}
	a.try(t, "budget", "a.json").want(t, exitError, "from")
	after := listing(t)
	for path, text := range before {
		if after[path] != text {
			t.Errorf("%s was changed", path)
		}
	}
}
