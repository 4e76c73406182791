package lens

import (
	"github.com/memkit-go/memkit/internal/fieldtext"
	"github.com/memkit-go/memkit/lens/source"
)

// Config says what to check. The zero value checks the package of the working
// directory, by all kinds of evidence.
type Config struct {
	// Dir is where the go command runs, and what positions are relative to; "" is the
	// working directory.
	Dir string
	// Patterns of packages, as for go build; none means ".".
	Patterns []string
	// BuildFlags for the go command, such as -tags=portaudio.
	BuildFlags []string
	// Env of the go command; nil is that of the process.
	Env []string
	// PanicPaths: code that only runs before a panic counts too.
	PanicPaths bool
	// Executables are paths of programs built from the packages, perhaps with a profile
	// or other flags, that are judged as well. One that is older than a source file, or
	// has no symbol table, is an error.
	Executables []string
	// SourceOnly leaves out the compiler and the executable. Findings of allocation
	// are then what the source allows for, some of which the compiler removes.
	SourceOnly bool
	// Timings is filled with what the phases of the check take; nil measures nothing.
	Timings *Timings
}

// String lists the fields that are set.
func (c Config) String() string {
	c.Timings = nil // an output
	return fieldtext.Of(c, "the package of the working directory")
}

func (c Config) source() source.Config {
	return source.Config{Dir: c.Dir, Patterns: c.Patterns, BuildFlags: c.BuildFlags, Env: c.Env, PanicPaths: c.PanicPaths, Phase: c.Timings.begin}
}
