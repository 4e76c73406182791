package report

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/wcet"
)

func table(t *testing.T, c *certificate.Certificate, width int, colour bool) string {
	t.Helper()
	var b strings.Builder
	if err := Table(&b, c, width, colour); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// columnAt finds where word begins, in display columns.
func columnAt(line, word string) int {
	before, _, ok := strings.Cut(line, word)
	if !ok {
		return -1
	}
	return uniseg.StringWidth(before)
}

func TestTableAligns(t *testing.T) {
	c, _ := realistic(300)
	c.Benches[0].Name = "loop/wake-1ms-日本語" // wide characters
	c.Benches[1].Name = "loop/e\u0301tude"  // combining
	out := table(t, c, 80, false)
	lines := strings.Split(out, "\n")
	want := columnAt(lines[0], "VERDICT")
	for i := range c.Benches {
		line := lines[i+1]
		word := newRow(&c.Benches[i]).verdict()
		if got := columnAt(line, "  "+word) + 2; got != want {
			t.Errorf("verdict at column %d, heading at %d:\n%s\n%s", got, want, lines[0], line)
		}
		if w := uniseg.StringWidth(line); w > 80 {
			t.Errorf("%d columns wide: %s", w, line)
		}
	}
}

func TestTableContent(t *testing.T) {
	c, _ := realistic(300)
	out := table(t, c, 80, false)
	for _, want := range []string{
		"BENCH", "p50", "p99", "≤p99.99*", "vs-today", "VERDICT",
		"UNSUPPORTED", "INCONCLUSIVE", "PASS", "FAIL", "no limit set", "n/a", "–",
		"mean 3.42 ns/op", "0.031× mean", "* upper confidence limit",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.ContainsRune(out, '\x1b') {
		t.Error("escape sequences without colour")
	}
	coloured := table(t, c, 80, true)
	if stripped := strings.NewReplacer("\x1b[32m", "", "\x1b[1;31m", "", "\x1b[33m", "", "\x1b[2m", "", "\x1b[0m", "").Replace(coloured); stripped != out {
		t.Errorf("colour changes more than colour:\n%s", stripped)
	}
	if strings.Count(coloured, ansiReset) != len(c.Benches) {
		t.Error("a coloured verdict is not reset")
	}
}

func TestTableClipsLongNamesInTheMiddle(t *testing.T) {
	c, _ := realistic(300)
	c.Benches[0].Name = "family/" + strings.Repeat("x", 200) + "/end"
	for i, line := range strings.Split(table(t, c, 40, false), "\n") {
		if w := uniseg.StringWidth(line); w > 80 && i <= len(c.Benches) {
			t.Errorf("%d columns wide: %s", w, line)
		}
		if i == 1 && (!strings.HasPrefix(line, "family/") || !strings.Contains(line, "…") || !strings.Contains(line, "/end")) {
			t.Errorf("clipped to %q", line)
		}
	}
	if wide := table(t, c, 300, false); !strings.Contains(wide, c.Benches[0].Name) {
		t.Error("clipped although there is room")
	}
}

func TestTerminalOutputObeysNobody(t *testing.T) {
	hostile := "a\x1b]0;title\x07b\nc\rd\u202ee"
	c, _ := realistic(300)
	c.Benches[0].Name = hostile
	c.Benches[0].Evaluation.Checks[0].Metric = hostile
	c.Benches[0].Evaluation.Checks[0].Why = hostile
	c.Benches[0].Evaluation.Checks[0].Verdict = wcet.Fail
	c.Benches[7].Unavailable = hostile
	var reasons strings.Builder
	if err := Reasons(&reasons, c, 80); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{table(t, c, 120, false), reasons.String()} {
		if strings.ContainsAny(out, "\x1b\x07\r\u202e") {
			t.Errorf("control characters get through: %q", out)
		}
	}
}

func TestReasons(t *testing.T) {
	c, _ := realistic(300)
	var b strings.Builder
	if err := Reasons(&b, c, 80); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{
		"loop/wake-1ms-busy  UNSUPPORTED", "exceedance@1e-06: the halves of the run differ",
		"loop/wake-250us  INCONCLUSIVE", "spsc/rtt  FAIL", "today/glibc  n/a", "built without cgo",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "goodfit/pair256") || strings.Contains(out, "today/ticker") {
		t.Errorf("a certified or unlimited row needs no reason:\n%s", out)
	}
	for _, line := range strings.Split(out, "\n") {
		if w := uniseg.StringWidth(line); w > 80 {
			t.Errorf("%d columns wide: %s", w, line)
		}
	}
}

func TestLongReasonsAreCutBetweenParts(t *testing.T) {
	part := "successive samples are correlated (Ljung–Box, p = 0); measure on an isolated CPU"
	long := strings.Repeat(part+"; ", 10)
	short := brief(long, restInReport)
	head, _, ok := strings.Cut(short, restInReport)
	if !ok || len(short) > briefLength+50 || !strings.HasPrefix(long, head+"; ") {
		t.Errorf("%q", short)
	}
	if brief(part, "…") != part {
		t.Error("a short reason is cut")
	}
	if s := brief(strings.Repeat("日", 500), "…"); !utf8.ValidString(s) {
		t.Errorf("cut inside a character: %q", s)
	}
}

func TestTableOfNothing(t *testing.T) {
	if out := table(t, &certificate.Certificate{}, 80, true); !strings.Contains(out, "no benchmark was measured") {
		t.Errorf("%q", out)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterErrorsSurface(t *testing.T) {
	c, run := realistic(300)
	for name, err := range map[string]error{
		"HTML":    HTML(brokenWriter{}, c, run),
		"Table":   Table(brokenWriter{}, c, 80, false),
		"Reasons": Reasons(brokenWriter{}, c, 80),
		"Picture": Picture(brokenWriter{}, c),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
