package isolate

import (
	"bytes"
	"strings"
	"sync"
)

// crashDetector reads a child's standard error and reports, once, that the Go runtime
// is ending the process: as soon as the cause is written, and before the stacks of all
// goroutines, which take the runtime hundreds of milliseconds under load.
//
// The runtime writes lines that begin with "panic: " or "fatal error: ", other lines
// about the same, a blank line, and then the first stack, which begins with
// "goroutine N" or "runtime stack:". Only the whole sequence counts, since a program
// may write such lines itself.
type crashDetector struct {
	report func(cause string)

	once  sync.Once
	line  []byte // that is not complete
	lines []string
	blank bool // the last line was
}

const (
	// maxCrashLine bounds how much of a line is kept.
	maxCrashLine = 4096
	// maxCrashLines bounds how many causes are kept: nested panics have one each.
	maxCrashLines = 16
)

// Write reads more of the standard error. It never fails.
func (d *crashDetector) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		part, more, whole := bytes.Cut(rest, []byte{'\n'})
		if room := maxCrashLine - len(d.line); room > 0 {
			d.line = append(d.line, part[:min(room, len(part))]...)
		}
		if !whole {
			break
		}
		d.read(string(d.line))
		d.line, rest = d.line[:0], more
	}
	return len(b), nil
}

// read takes one line.
func (d *crashDetector) read(line string) {
	switch {
	case isCause(line) || d.lines != nil && isExplanation(line):
		if len(d.lines) < maxCrashLines {
			d.lines = append(d.lines, line)
		}
	case d.lines == nil:
	case line == "":
		d.blank = true
		return
	case d.blank && (strings.HasPrefix(line, "goroutine ") || strings.HasPrefix(line, "runtime stack:")):
		cause := causeOf(d.lines)
		d.once.Do(func() { d.report(cause) })
		d.lines = nil
	case d.blank:
		d.lines = nil // text of the program's own
	}
	d.blank = false
}

// isCause reports whether a line of the standard error says why a program of Go's ends.
func isCause(line string) bool {
	return strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")
}

// isExplanation reports whether a line that follows a cause is package rt's, which
// names the step and the rule that it broke.
func isExplanation(line string) bool { return strings.HasPrefix(line, "rt: ") }

// causeOf is the first of the lines that say why the program ended, with the rule that
// was broken if they name one.
func causeOf(lines []string) string {
	for i, line := range lines {
		if isExplanation(line) {
			return lines[0] + " (" + strings.TrimPrefix(line, "rt: ") + ")"
		}
		if i+1 < len(lines) {
			continue
		}
		switch line { // where package rt adds nothing
		case "fatal error: schedule: holding locks":
			return lines[0] + " (a step waited in a Strict loop)"
		case "fatal error: panic holding locks":
			return lines[0] + " (in a Strict loop, where no recover helps)"
		}
	}
	return lines[0]
}
