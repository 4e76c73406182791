package link

import (
	"slices"
	"testing"
)

const messages = `# example.com/x
./x.go:4:6: can inline f
x.go:5:10: make([]byte, n) escapes to heap
./x.go:9:2: undefined: y
x.go:3:8: no required module provides package a/b; to add it:
	go get a/b
go: downloading example.com/z v1.0.0
pattern ./none: directory not found
x.go:12: syntax error
./x.go:9:2: undefined: y
`

func TestFaults(t *testing.T) {
	want := []Fault{
		{Message: "pattern ./none: directory not found"},
		{Pos: "x.go:12", Message: "syntax error"},
		{Pos: "x.go:3:8", Message: "no required module provides package a/b; to add it:\n\tgo get a/b"},
		{Pos: "x.go:9:2", Message: "undefined: y"},
	}
	if got := faults(messages); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// A failure is never without a reason.
	for _, text := range []string{"", "\n", "# example.com/x\n"} {
		if got := faults(text); len(got) != 1 || got[0].Message == "" {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzFaults(f *testing.F) {
	f.Add(messages)
	f.Add("\tgo get\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(faults(text)) == 0 {
			t.Error("a failure without a reason")
		}
	})
}
