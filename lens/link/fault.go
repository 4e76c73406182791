package link

import (
	"regexp"
	"slices"
	"strings"
)

// Fault is a reason why code could not be compiled or linked.
type Fault struct {
	Pos     string // file:line:column; "" where there is none
	Message string
}

var place = regexp.MustCompile(`^(\S[^:]*\.[a-zA-Z]+:\d+(?::\d+)?): (.*)$`)

// faults reads the messages of the go command. Lines of its escape analysis, and
// those that only say what it does, are none.
func faults(text string) []Fault {
	var list []Fault
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		m := place.FindStringSubmatch(line)
		switch {
		case m != nil && note(m[2]), strings.TrimSpace(line) == "", strings.HasPrefix(line, "# "), strings.HasPrefix(line, "go: downloading "):
		case m != nil:
			list = append(list, Fault{Pos: strings.TrimPrefix(m[1], "./"), Message: m[2]})
		case (line[0] == '\t' || line[0] == ' ') && len(list) > 0: // goes on
			list[len(list)-1].Message += "\n" + line
		default:
			list = append(list, Fault{Message: line})
		}
	}
	slices.SortStableFunc(list, func(a, b Fault) int { return strings.Compare(a.Pos, b.Pos) })
	list = slices.Compact(list)
	if len(list) == 0 {
		list = append(list, Fault{Message: "the go command failed and said nothing"})
	}
	return list
}

// note reports whether a message is one of escape analysis or inlining.
func note(message string) bool {
	for _, part := range []string{
		"can inline ", "inlining call to ", " escapes to heap", "moved to heap: ", " does not escape", "leaking param", "ignoring self-assignment",
		"devirtualizing ", "cannot inline ", "zero-copy string->", "partially devirtualizing",
	} {
		if strings.Contains(message, part) {
			return true
		}
	}
	return false
}
