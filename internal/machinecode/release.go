package machinecode

import (
	"errors"
	"flag"
	"runtime/debug"
	"slices"
	"strings"
)

// ErrInstrumented: the running program was not compiled as a release is, so its
// code differs from a release's.
var ErrInstrumented = errors.New("machinecode: built for fuzzing or debugging, or with -race, -asan, -msan, -cover or -gcflags")

// Release returns ErrInstrumented when the running program was built with
// flags that change its code, else nil.
func Release() error {
	if fuzz := flag.Lookup("test.fuzz"); fuzz != nil && fuzz.Value.String() != "" {
		return ErrInstrumented
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "-race", "-asan", "-msan", "-cover":
			if s.Value == "true" {
				return ErrInstrumented
			}
		case "-gcflags":
			if strings.TrimSpace(s.Value) != "" {
				return ErrInstrumented
			}
		case "-tags":
			if slices.Contains(strings.Split(s.Value, ","), "rtdebug") {
				return ErrInstrumented
			}
		}
	}
	return nil
}
