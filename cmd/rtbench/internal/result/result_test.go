package result

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestEntryWraps(t *testing.T) {
	var out bytes.Buffer
	p := &Page{Writer: &out, Width: 30}
	p.Entry("Measure", "one two three", "", "µµµµ five six")
	p.Entry("", strings.Repeat("x", 40), "y")
	want := `Measure   one two three, µµµµ
          five six
          ` + strings.Repeat("x", 40) + `,
          y
`
	if out.String() != want {
		t.Fatalf("got\n%s\nwant\n%s", out.String(), want)
	}
}

var greeting = Document{
	Data: map[string]int{"n": 3},
	Text: func(p *Page) error {
		_, err := fmt.Fprintf(p, "three in %d columns\n", p.Width)
		return err
	},
}

func TestPrint(t *testing.T) {
	for args, want := range map[string][2]string{
		"":       {"about to\n", "three in 100 columns\n"},
		"--json": {"", "{\n  \"n\": 3\n}\n"},
	} {
		var o Output
		f := pflag.NewFlagSet("test", pflag.ContinueOnError)
		o.Flags(f)
		if err := f.Parse(strings.Fields(args)); err != nil {
			t.Fatal(err)
		}
		var before, out bytes.Buffer
		fmt.Fprintln(o.Page(&before), "about to")
		if err := o.Print(&out, greeting); err != nil {
			t.Fatal(err)
		}
		if got := [2]string{before.String(), out.String()}; got != want {
			t.Errorf("%q: printed %q, want %q", args, got, want)
		}
	}
}

func TestPrintReportsErrors(t *testing.T) {
	refused := errors.New("refused")
	var o Output
	if err := o.Print(new(bytes.Buffer), Document{Text: func(*Page) error { return refused }}); !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
	if err := JSON(new(bytes.Buffer), func() {}); err == nil {
		t.Error("a function has no JSON")
	}
}

// verdicts are one check of each kind, with texts that every format must escape.
var verdicts = Document{
	Title: "rtbench check", Verdict: "FAIL",
	Text: func(*Page) error { return nil },
	Checks: []Check{
		{Bench: "a", Metric: "p99", Estimate: "20µs", Upper: "21µs", Limit: "1ms", Verdict: "PASS", Why: "below"},
		{Bench: "b|<c>", Metric: "p99", Verdict: "FAIL", Why: "50% over, a:b\nsecond line"},
		{Bench: "d", Metric: "exceedance@1e-06", Verdict: "UNSUPPORTED", Why: "measure longer"},
	},
}

func TestVerdictFormats(t *testing.T) {
	var o Output
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	o.Flags(f)
	o.VerdictFlags(f)
	if err := f.Parse([]string{"--junit", "j.xml", "--markdown", "m.md", "--annotations", "github"}); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err := o.Files(verdicts, func(path string, content func(io.Writer) error) error {
		var out bytes.Buffer
		err := content(&out)
		files[path] = out.String()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := files["j.xml"]; !strings.Contains(got, `tests="3" errors="1" failures="1"`) {
		t.Errorf("%s", got)
	}
	want := "### rtbench check: FAIL\n\n| Verdict | Benchmark | Limit on | Estimate | Upper limit | Budget | Why |\n|---|---|---|--:|--:|--:|---|\n" +
		"| PASS | a | p99 | 20µs | 21µs | 1ms | below |\n" +
		"| FAIL | b\\|&lt;c&gt; | p99 |  |  |  | 50% over, a:b second line |\n" +
		"| UNSUPPORTED | d | exceedance@1e-06 |  |  |  | measure longer |\n"
	if got := files["m.md"]; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var out bytes.Buffer
	if err := o.Annotate(&out, verdicts); err != nil {
		t.Fatal(err)
	}
	want = "::error title=FAIL b|<c> p99::50%25 over, a:b%0Asecond line\n::warning title=UNSUPPORTED d exceedance@1e-06::measure longer\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if err := f.Parse([]string{"--annotations", "gitlab"}); err != nil {
		t.Fatal(err)
	}
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "--annotations gitlab: there are github") {
		t.Errorf("%v", err)
	}
}
