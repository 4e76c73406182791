package main

import (
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// TestVerdictsForServices: check and certify write the formats of other services, and
// nothing when they are refused.
func TestVerdictsForServices(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, map[string]string{"rtbench.toml": passing, "b.toml": passing + "[budget.\"today/ticker\"]\ncounts = { skipped = 0 }\n"})
	a := newTestApp()
	a.try(t, "certify", "--duration", "2s", "--annotations", "gitlab").want(t, exitError, "--annotations gitlab: there are github")
	a.try(t, "certify", "--duration", "2s", "--junit", "c.xml", "--markdown", "c.md").want(t, exitPass)
	o := a.try(t, "check", "rtbench-out/run.rtrun", "--budget", "b.toml", "--junit", "k.xml", "--markdown", "k.md", "--annotations", "github")
	o.want(t, exitBreach, "::error title=FAIL today/ticker count/skipped::")
	if strings.Contains(o.stdout, "title=PASS") {
		t.Error("a pass is annotated")
	}
	o = a.try(t, "check", "rtbench-out/run.rtrun", "--budget", "b.toml", "--json", "--annotations", "github")
	if strings.Contains(o.stdout, "::error") || !strings.Contains(o.stderr, "::error") {
		t.Errorf("stdout %s, stderr %s", o.stdout, o.stderr)
	}
	files := listing(t)
	if x := files["k.xml"]; !strings.Contains(x, `classname="today/ticker"`) || !strings.Contains(x, `failures="1"`) || !strings.Contains(x, `tests="4"`) {
		t.Errorf("%s", x)
	}
	if m := files["k.md"]; !strings.Contains(m, "### rtbench check: FAIL") || !strings.Contains(m, "| FAIL | today/ticker | count/skipped |") {
		t.Errorf("%s", m)
	}
	if !strings.Contains(files["c.xml"], `failures="0"`) {
		t.Errorf("%s", files["c.xml"])
	}
}
