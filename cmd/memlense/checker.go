package main

import (
	"context"

	"github.com/memkit-go/memkit/lens"
	"github.com/memkit-go/memkit/lens/report"
)

// request is what a check analyses.
type request struct {
	Dir      string
	Patterns []string
	// Tags of the build, separated by commas.
	Tags string
	// PanicPaths judges code that only panics like any other.
	PanicPaths bool
	// SourceOnly leaves out the compiler and the linked executable.
	SourceOnly bool
	// Executables that are judged as well.
	Executables []string
	// Timings is filled; nil measures nothing.
	Timings *lens.Timings
}

// flags are those of the go command.
func (r request) flags() []string {
	if r.Tags == "" {
		return nil
	}
	return []string{"-tags=" + r.Tags}
}

// checker analyses a program. Tests replace it.
type checker func(context.Context, request) (*report.Report, error)

func check(ctx context.Context, r request) (*report.Report, error) {
	return lens.Check(ctx, lens.Config{
		Dir: r.Dir, Patterns: r.Patterns, BuildFlags: r.flags(), PanicPaths: r.PanicPaths, SourceOnly: r.SourceOnly, Executables: r.Executables, Timings: r.Timings,
	})
}
