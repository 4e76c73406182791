package debug

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// Site is a place in the program: the innermost callers of Here.
type Site [8]uintptr

// Here makes s the calling place. skip leaves out callers, 0 none.
func (s *Site) Here(skip int) {
	*s = Site{}
	runtime.Callers(skip+2, s[:])
}

// internalPrefixes begin the functions that a report of a user's code leaves out.
var internalPrefixes = []string{"github.com/memkit-go/memkit/rt/", "github.com/memkit-go/memkit/async.", "github.com/memkit-go/memkit/gpu."}

// String is the file and line of the innermost caller outside of the memory
// packages themselves; their tests are outside.
func (s *Site) String() string {
	if s[0] == 0 {
		return "never"
	}
	n := 0
	for n < len(s) && s[n] != 0 {
		n++
	}
	frames := runtime.CallersFrames(s[:n])
	for {
		f, more := frames.Next()
		outside := !inMemoryPackage(f.Function) || strings.HasSuffix(f.File, "_test.go")
		if outside || !more {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
	}
}

func inMemoryPackage(function string) bool {
	return slices.ContainsFunc(internalPrefixes, func(p string) bool { return strings.HasPrefix(function, p) })
}
