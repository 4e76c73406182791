package result

import (
	"bytes"
	"errors"
	"fmt"
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
