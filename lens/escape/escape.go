package escape

import (
	"regexp"
	"strconv"
	"strings"
)

// Note is one thing that the compiler says of a value.
type Note struct {
	File         string
	Line, Column int
	// Value is the expression or the variable, "make([]int, n)".
	Value string
	// Heap: it is allocated on the heap. Otherwise it does not escape.
	Heap bool
}

// Evidence is what the compiler says, by place.
type Evidence struct{ notes map[place][]Note }

type place struct {
	file string
	line int
}

var line = regexp.MustCompile(`^(\S.*?\.go):(\d+):(\d+): (.*)$`)

// Parse reads the output of go build -gcflags=-m. A file's path is what the function
// makes of its name in the output; nil leaves the names.
func Parse(text string, file func(name string) string) *Evidence {
	e := &Evidence{notes: map[place][]Note{}}
	seen := map[Note]bool{}
	for s := range strings.Lines(text) {
		m := line.FindStringSubmatch(strings.TrimRight(s, "\r\n"))
		if m == nil {
			continue
		}
		n, ok := parse(m[4])
		if !ok {
			continue
		}
		n.File = strings.TrimPrefix(m[1], "./")
		if file != nil {
			n.File = file(n.File)
		}
		n.Line, _ = strconv.Atoi(m[2])
		n.Column, _ = strconv.Atoi(m[3])
		if !seen[n] { // each instance of generic code and each inlining repeats it
			seen[n] = true
			at := place{n.File, n.Line}
			e.notes[at] = append(e.notes[at], n)
		}
	}
	return e
}

// parse reads a message, and reports whether it is about where a value is.
func parse(message string) (Note, bool) {
	if value, ok := strings.CutPrefix(message, "moved to heap: "); ok {
		return Note{Value: value, Heap: true}, true
	}
	if value, ok := strings.CutSuffix(message, " escapes to heap"); ok {
		return Note{Value: value, Heap: true}, true
	}
	if value, ok := strings.CutSuffix(message, " does not escape"); ok {
		return Note{Value: value}, true
	}
	return Note{}, false
}

// At returns the notes about values on a line.
func (e *Evidence) At(file string, line int) []Note { return e.notes[place{file, line}] }

// Heap reports whether a value on a line is allocated on the heap, as the compiler
// says.
func (e *Evidence) Heap(file string, line int) bool {
	for _, n := range e.At(file, line) {
		if n.Heap {
			return true
		}
	}
	return false
}
