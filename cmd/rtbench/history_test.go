package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// oneCertificate has one benchmark with this p99.
func oneCertificate(day int, commit string, p99 float64) string {
	return fmt.Sprintf(`{"schema":"memkit.certificate/1","created":"2026-01-%02dT00:00:00Z","env":{"git.commit":%q},"benches":[{"name":"loop","unit":"ns","analysis":{"n":9,"mean":null,"quantiles":[{"p":0.99,"estimate":%g,"upper":null}],"bounds":[]}}]}`, day, commit, p99)
}

// inHistory has certificates of 24 days in "certificates"; from the 13th on they are
// twice the value, or half of it.
func inHistory(t *testing.T, factor float64) {
	t.Helper()
	inDir(t, nil)
	if err := os.Mkdir("certificates", 0o777); err != nil {
		t.Fatal(err)
	}
	for day := 1; day <= 24; day++ {
		level := 1e4
		if day >= 13 {
			level *= factor
		}
		name := fmt.Sprintf("certificates/%02d.json", day)
		if err := os.WriteFile(name, []byte(oneCertificate(day, fmt.Sprintf("c%d", day), level*(1+float64(day*7%5)/100))), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHistory(t *testing.T) {
	inHistory(t, 2)
	a := newTestApp()
	a.try(t, "history", "certificates").want(t, exitPass, "24 certificates of 1 benchmark, from c1 to c24", "c13", "p99", "rtbench-out/history/index.html")
	got := listing(t)
	for _, name := range []string{"rtbench-out/history/index.html", "rtbench-out/history/loop.html", "certificates/history.digest"} {
		if got[name] == "" {
			t.Errorf("%s is missing in %s", name, names(got))
		}
	}
	var found struct {
		Benches []struct {
			Name    string
			Changes []struct {
				Commit string
				Effect float64
				CI     [2]float64
			}
		}
	}
	o := a.try(t, "history", "certificates", "--json")
	if err := json.Unmarshal([]byte(o.stdout), &found); err != nil || len(found.Benches) != 1 || len(found.Benches[0].Changes) != 1 {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	if c := found.Benches[0].Changes[0]; c.Commit != "c13" || c.Effect < .9 || c.Effect > 1.1 || c.CI[0] > c.Effect || c.CI[1] < c.Effect {
		t.Errorf("%+v", c)
	}
}

func TestHistoryFailsOnChange(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for _, c := range []struct {
		factor float64
		args   string
		code   int
	}{
		{2, "", exitPass},
		{2, "--fail-on-change", exitBreach},
		{2, "--fail-on-change=worse", exitBreach},
		{.5, "--fail-on-change", exitBreach},
		{.5, "--fail-on-change=worse", exitPass},
		{1, "--fail-on-change", exitPass},
		{2, "--fail-on-change --since c12", exitBreach},
		{2, "--fail-on-change --since c13", exitPass},
		{2, "--fail-on-change --margin 150%", exitError},
		{2, "--fail-on-change --margin 99%", exitBreach},
		{1.2, "--fail-on-change --margin 30%", exitPass},
		{2, "--fail-on-change=better", exitError},
		{2, "--since missing", exitError},
		{2, "--commit x", exitError},
	} {
		inHistory(t, c.factor)
		a := newTestApp()
		o := a.try(t, append([]string{"history", "certificates", "--out", "", "--junit", "j.xml"}, strings.Fields(c.args)...)...)
		o.want(t, c.code)
		if got := listing(t); c.code == exitBreach && !strings.Contains(got["j.xml"], `failures="1"`) || got["rtbench-out/history/index.html"] != "" {
			t.Errorf("%g %s: %s", c.factor, c.args, got["j.xml"])
		}
	}
}

func TestHistoryAdd(t *testing.T) {
	inHistory(t, 1)
	a := newTestApp()
	for name, text := range map[string]string{
		"named.json": oneCertificate(25, "named", 1e4),
		"other.json": oneCertificate(25, "named", 2e4),
		"plain.json": strings.Replace(oneCertificate(26, "", 1e4), `"git.commit"`, `"x"`, 1),
		"bad.json":   "{}",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	a.try(t, "history", "certificates", "--add", "named.json").want(t, exitPass, "25 certificates", "to named")
	a.try(t, "history", "certificates", "--add", "named.json").want(t, exitPass, "25 certificates")
	a.try(t, "history", "certificates", "--add", "other.json").want(t, exitError, "is there already, with another content")
	a.try(t, "history", "certificates", "--add", "plain.json", "--commit", "v1/x").want(t, exitPass, "26 certificates", "to v1_x")
	a.try(t, "history", "certificates", "--add", "named.json", "--commit", "another").want(t, exitError, "the certificate itself names named")
	a.try(t, "history", "certificates", "--add", "bad.json").want(t, exitError, "bad.json: is no certificate")
	got := listing(t)
	if got["certificates/20260125T000000Z-named.json"] == "" || got["certificates/20260126T000000Z-v1_x.json"] == "" {
		t.Errorf("%s", names(got))
	}
}

// TestHistoryOfTwoCommits: a new directory with one certificate is a history too.
func TestHistoryBegins(t *testing.T) {
	inDir(t, map[string]string{"c.json": oneCertificate(1, "first", 1e4)})
	a := newTestApp()
	a.try(t, "history", "new", "--add", "c.json").want(t, exitPass, "1 certificate of", "No figure has changed")
	a.try(t, "history", "missing").want(t, exitError, "missing")
	a.try(t, "history", "c.json").want(t, exitError, "is not a directory")
}
