package contract

import (
	"errors"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		comment string
		want    Directive
	}{
		{"//rt:nonblocking", Directive{Name: NonBlocking}},
		{"//rt:nonallocating ", Directive{Name: NonAllocating}},
		{"//rt:nonallocating // explained", Directive{Name: NonAllocating}},
		{"//rt:bound n², at most 36", Directive{Name: Bound, Text: "n², at most 36"}},
		{"//rt:cold", Directive{Name: Cold}},
		{`//rt:trust reason="tested by hand"`, Directive{Name: Trust, Reason: "tested by hand"}},
		{`//rt:trust reason=tested`, Directive{Name: Trust, Reason: "tested"}},
		{`//rt:allow ML601 reason="a list // of few"`, Directive{Name: Allow, Code: "ML601", Reason: "a list // of few"}},
		{`//rt:allow ML601 reason="says \"no\"" // explained`, Directive{Name: Allow, Code: "ML601", Reason: `says "no"`}},
	}
	for _, tt := range tests {
		d, ok, err := Parse(tt.comment)
		if !ok || err != nil || d != tt.want {
			t.Errorf("Parse(%q) = %+v, %v, %v; want %+v", tt.comment, d, ok, err, tt.want)
		}
	}
}

// TestParseFaults has comments that come near to a directive, and what each should
// be.
func TestParseFaults(t *testing.T) {
	tests := []struct{ comment, correct string }{
		{"// rt:nonblocking", "//rt:nonblocking"},
		{"//rt: nonblocking", "//rt:nonblocking"},
		{"// rt: nonallocating", "//rt:nonallocating"},
		{"//RT:nonblocking", "//rt:nonblocking"},
		{"//rt:NonBlocking", "//rt:nonblocking"},
		{"//rt:non-blocking", "//rt:nonblocking"},
		{"//rt:non_allocating", "//rt:nonallocating"},
		{"//rt:nonblockng", "//rt:nonblocking"},
		{"//rt:nonalocating", "//rt:nonallocating"},
		{"//rt:noalloc", "//rt:nonallocating"},
		{"//rt:noblock", "//rt:nonblocking"},
		{"//rt-nonblocking", "//rt:nonblocking"},
		{"//rt.nonblocking", "//rt:nonblocking"},
		{"// +rt:nonblocking", "//rt:nonblocking"},
		{"//go:rt:nonblocking", "//rt:nonblocking"},
		{"//go:rt nonblocking", "//rt:nonblocking"},
		{"//rtnonblocking", "//rt:nonblocking"},
		{"//rt nonallocating", "//rt:nonallocating"},
		{"//rt;nonblocking", "//rt:nonblocking"},
		{"///rt:nonblocking", "//rt:nonblocking"},
		{"/*rt:nonblocking*/", "//rt:nonblocking"},
		{"//nonblocking", "//rt:nonblocking"},
		{"//go:nonallocating", "//rt:nonallocating"},
		{"//rt:nonblocking,", "//rt:nonblocking"},
		{"//rt:nonblocking and fast", "//rt:nonblocking"},
		{"//rt:bounded n", "//rt:bound n"},
		{"//rt:bound", ""},
		{"//rt:fast", ""},
		{"// rt:fast", ""},
		{"//rt:trust", `//rt:trust reason="why the contract holds"`},
		{`//rt:trust reason=""`, `//rt:trust reason="why the contract holds"`},
		{"//rt:allow ML601", `//rt:allow ML601 reason="why this is right"`},
		{`//rt:allow ml601 reason="x"`, `//rt:allow ML601 reason="x"`},
		{`//rt:allow reason="x"`, ""},
		{`//rt:ignore ML601 reason="x"`, `//rt:allow ML601 reason="x"`},
	}
	for _, tt := range tests {
		d, ok, err := Parse(tt.comment)
		var spelling *SpellingError
		if ok || !errors.As(err, &spelling) {
			t.Errorf("Parse(%q) = %+v, %v, %v; want a SpellingError", tt.comment, d, ok, err)
			continue
		}
		if tt.correct != "" && spelling.Correct != tt.correct {
			t.Errorf("Parse(%q): write %q, want %q", tt.comment, spelling.Correct, tt.correct)
		}
		if !strings.Contains(spelling.Error(), tt.comment) {
			t.Errorf("Parse(%q): the error %q lacks the comment", tt.comment, spelling)
		}
	}
}

// TestParseProse has comments that are none.
func TestParseProse(t *testing.T) {
	for _, comment := range []string{
		"// rt: a package of loops", "// art: nonblocking pictures", "// rt/ring is a package", "// start:nonblocking",
		"// The call is nonblocking.", "//go:noinline", "//nolint:all", "// rt is short", "//", "/* rt */", "// export:nonblocking",
	} {
		if d, ok, err := Parse(comment); ok || err != nil {
			t.Errorf("Parse(%q) = %+v, %v, %v; want nothing", comment, d, ok, err)
		}
	}
}

// FuzzParse: a directive survives being written and read again, and the correction of
// a fault is a directive.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"//rt:nonblocking", "// rt:bound n", `//rt:allow ML601 reason="x"`, "/*rt:cold*/", "//rt:trust reason=\"\\\"\"", "//RT: non-blocking."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		d, ok, err := Parse(comment)
		if (ok || err != nil) && !suspicious(comment) {
			t.Fatalf("Parse(%q) = %v, %v, %v, and it looks like prose", comment, d, ok, err)
		}
		var spelling *SpellingError
		switch {
		case ok && err != nil:
			t.Fatalf("Parse(%q) gives a directive and %v", comment, err)
		case ok && !strings.ContainsAny(d.Reason+d.Text, "\"\\\n\r\t"):
			if again, ok, err := Parse(d.String()); !ok || err != nil || again.Name != d.Name || again.Code != d.Code {
				t.Fatalf("Parse(%q) = %+v, written %q, read as %+v, %v", comment, d, d, again, err)
			}
		case errors.As(err, &spelling) && spelling.Correct != "":
			if _, ok, err := Parse(spelling.Correct); !ok {
				t.Fatalf("the correction of %q is %q, which is none: %v", comment, spelling.Correct, err)
			}
		}
	})
}

const annotated = `package p

//rt:nonblocking
func declared() {}

// Processor has a contract on one method.
type Processor interface {
	//rt:nonallocating
	Process()
	Close()
}

//rt:nonblocking
type Step func()

type (
	//rt:nonblocking
	Other func()
)

func body(n int) {
	//rt:bound n
	for range n {
	}
	print(1) //rt:allow ML602 reason="a test"
	//rt:nonallocating
	f := func() {}
	f()
}

//rt:nonblocking
var here = 1

//rt:allow ML601 reason="on a type"
type Plain func()

// rt:nonblocking
func misspelled() {}
`

func TestRead(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "p.go", annotated, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	a := Read(fset, file)
	if len(a.Of) != 5 {
		t.Errorf("%d declarations with directives, want 5: function, method, two func types, literal", len(a.Of))
	}
	var lines []string
	for _, l := range a.Lines {
		lines = append(lines, l.Name)
		text := strings.Split(annotated, "\n")[l.Line-1]
		if !strings.Contains(text, "range") && !strings.Contains(text, "print") {
			t.Errorf("%v applies to line %d, %q", l.Directive, l.Line, text)
		}
	}
	if strings.Join(lines, " ") != "bound allow" {
		t.Errorf("directives of lines %q", lines)
	}
	if len(a.Problems) != 3 {
		t.Errorf("problems %+v, want the variable, the type and the spelling", a.Problems)
	}
}
