package link

import (
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"github.com/memkit-go/memkit/internal/fieldtext"
)

// Config says what to build.
type Config struct {
	// Dir is where the go command runs; "" is the working directory.
	Dir string
	// Patterns of packages, as for go build; none means ".".
	Patterns []string
	// BuildFlags for the go command, such as -tags=portaudio.
	BuildFlags []string
	// Env of the go command; nil is that of the process.
	Env []string
	// Packages are the first-party packages in type-checked form. Uses of generic
	// functions are looked for in them.
	Packages []Package
	// Keep are the functions that the executables must have. Generic ones are given
	// without type arguments.
	Keep []*types.Func
	// Phase is told of each phase of the work when it begins; nil is told of none.
	Phase func(name string)
}

// Package is a package in type-checked form.
type Package struct {
	Types *types.Package
	Info  *types.Info
	Files []*ast.File
	Dir   string
}

// String lists the fields that are set.
func (c Config) String() string {
	return fieldtext.Of(struct {
		Dir                  string
		Patterns, BuildFlags []string
		Packages, Keep       int
	}{c.Dir, c.Patterns, c.BuildFlags, len(c.Packages), len(c.Keep)}, "the package of the working directory")
}

// patterns of the packages. Files are given by their absolute paths, so that others of
// the same folder can go with them.
func (c Config) patterns() []string {
	if len(c.Patterns) == 0 {
		return []string{"."}
	}
	if !c.files() {
		return c.Patterns
	}
	list := make([]string, len(c.Patterns))
	for i, p := range c.Patterns {
		if !filepath.IsAbs(p) {
			p = filepath.Join(c.Dir, p)
		}
		list[i] = p
		if absolute, err := filepath.Abs(p); err == nil {
			list[i] = absolute
		}
	}
	return list
}

// files reports whether the patterns are files of one package.
func (c Config) files() bool { return len(c.Patterns) > 0 && strings.HasSuffix(c.Patterns[0], ".go") }

func (c Config) env() []string {
	if c.Env == nil {
		return os.Environ()
	}
	return c.Env
}
