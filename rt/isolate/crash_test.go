package isolate

import (
	"strings"
	"testing"
)

const stackOfGo = "\ngoroutine 4 gp=0x2 m=0 mp=0x9 [running, locked to thread]:\nmain.step()\n"

// TestCrashDetector: the runtime's own messages are recognised before the stacks
// end, and similar lines of a program are not.
func TestCrashDetector(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"panic", "panic: overheated\n\ngoroutine 1 [running]:\n", "panic: overheated"},
		{"nil", "log line\npanic: runtime error: invalid memory address\n[signal SIGSEGV: code=0x1]\n\ngoroutine 1 [running]:\n", "panic: runtime error: invalid memory address"},
		{"in a Strict step", "panic: overheated\nfatal error: panic holding locks\n" + stackOfGo, "panic: overheated (in a Strict loop, where no recover helps)"},
		{"in a named step", "panic: overheated\nfatal error: panic holding locks\nrt: loop arm: the step main.f panicked\n" + stackOfGo, "panic: overheated (loop arm: the step main.f panicked)"},
		{"a step that waits", "fatal error: schedule: holding locks\n" + stackOfGo, "fatal error: schedule: holding locks (a step waited in a Strict loop)"},
		{"a named step that waits", "fatal error: schedule: holding locks\nrt: loop arm: the step main.f waited\n" + stackOfGo, "fatal error: schedule: holding locks (loop arm: the step main.f waited)"},
		{"overflow", "runtime: goroutine stack exceeds 67108864-byte limit\nfatal error: stack overflow\n\nruntime stack:\n", "fatal error: stack overflow"},
		{"twice", strings.Repeat("panic: a\n\ngoroutine 1 [running]:\n", 2), "panic: a"},
		{"a log", "panic: said the log\nand went on\n", ""},
		{"a recovered one", "panic: a\ngoroutine 1 [running]:\n", ""},
		{"a paragraph", "panic: a\n\nNext paragraph\ngoroutine 1 [running]:\n", ""},
		{"no cause", "\ngoroutine 1 [running]:\n", ""},
		{"in the middle of a line", "x panic: a\n\ngoroutine 1 [running]:\n", ""},
	} {
		for _, step := range []int{1, 7, len(c.text)} {
			var got []string
			d := &crashDetector{report: func(cause string) { got = append(got, cause) }}
			for text := c.text; len(text) > 0; {
				n, err := d.Write([]byte(text[:min(step, len(text))]))
				if err != nil || n == 0 {
					t.Fatal(n, err)
				}
				text = text[n:]
			}
			if c.want == "" && got != nil || c.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], c.want)) {
				t.Errorf("%s, %d bytes at a time: %q, want %q", c.name, step, got, c.want)
			}
		}
	}
}

// FuzzCrashDetector: whatever a child writes, in whatever pieces, at most one cause is
// reported, it is one of the lines, and memory is bounded.
func FuzzCrashDetector(f *testing.F) {
	f.Add("panic: a\n\ngoroutine 1 [running]:\n", 3)
	f.Add("fatal error: schedule: holding locks\n"+stackOfGo, 1000)
	f.Add(strings.Repeat("panic: a\n", 2*maxCrashLines), 100)
	f.Add(strings.Repeat("x", 3*maxCrashLine)+"\n", 1)
	f.Fuzz(func(t *testing.T, text string, step int) {
		step = max(1, step)
		reports := 0
		d := &crashDetector{report: func(cause string) {
			reports++
			if first, _, _ := strings.Cut(cause, " ("); !strings.Contains(text, first[:min(len(first), maxCrashLine)]) {
				t.Errorf("cause %q is not in the text", cause)
			}
		}}
		for rest := text; len(rest) > 0; {
			n := min(step, len(rest))
			d.Write([]byte(rest[:n]))
			rest = rest[n:]
			if len(d.line) > maxCrashLine || len(d.lines) > maxCrashLines {
				t.Fatalf("%d bytes of a line are kept, and %d lines", len(d.line), len(d.lines))
			}
		}
		if reports > 1 {
			t.Errorf("%d reports", reports)
		}
	})
}
