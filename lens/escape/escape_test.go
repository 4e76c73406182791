package escape_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/lens/escape"
)

const text = `# example.com/x
./x.go:4:6: can inline f
x.go:5:10: make([]byte, n) does not escape
./x.go:9:2: moved to heap: v
./x.go:12:13: func literal escapes to heap
./x.go:12:13: func literal escapes to heap
./x.go:12:20: a + " text: 3" escapes to heap
x.go:14:7: leaking param: p to result ~r0 level=0
x.go:15:7: inlining call to f
broken line
x.go:99999999999999999999:1: v escapes to heap
`

func TestParse(t *testing.T) {
	e := escape.Parse(text, func(name string) string { return "/src/" + name })
	for line, want := range map[int][]escape.Note{
		4:  nil,
		5:  {{File: "/src/x.go", Line: 5, Column: 10, Value: "make([]byte, n)"}},
		9:  {{File: "/src/x.go", Line: 9, Column: 2, Value: "v", Heap: true}},
		12: {{File: "/src/x.go", Line: 12, Column: 13, Value: "func literal", Heap: true}, {File: "/src/x.go", Line: 12, Column: 20, Value: `a + " text: 3"`, Heap: true}},
		14: nil,
	} {
		if got := e.At("/src/x.go", line); !slices.Equal(got, want) {
			t.Errorf("line %d: %+v, want %+v", line, got, want)
		}
		if got := e.Heap("/src/x.go", line); got != (line == 9 || line == 12) {
			t.Errorf("line %d: heap %v", line, got)
		}
	}
	if e.Heap("/src/y.go", 9) {
		t.Error("another file")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) { escape.Parse(text, nil) })
}

func Example() {
	e := escape.Parse("./gain.go:7:2: moved to heap: peak\n", nil)
	for _, n := range e.At("gain.go", 7) {
		fmt.Println(n.Value, n.Heap)
	}
	// Output: peak true
}
