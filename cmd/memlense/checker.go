package main

import (
	"context"

	"github.com/memkit-go/memkit/lens/report"
	"github.com/memkit-go/memkit/lens/source"
)

// request is what a check analyses.
type request struct {
	Dir      string
	Patterns []string
	// Tags of the build, separated by commas.
	Tags string
	// PanicPaths judges code that only panics like any other.
	PanicPaths bool
	// SourceOnly leaves the linked executable out.
	SourceOnly bool
}

// checker analyses a program. Tests replace it.
type checker func(context.Context, request) (*report.Report, error)

func check(ctx context.Context, r request) (*report.Report, error) {
	var flags []string
	if r.Tags != "" {
		flags = append(flags, "-tags="+r.Tags)
	}
	p, err := source.Load(ctx, source.Config{Dir: r.Dir, Patterns: r.Patterns, BuildFlags: flags, PanicPaths: r.PanicPaths})
	if err != nil {
		return nil, err
	}
	if len(p.Errors) > 0 {
		return &report.Report{Errors: p.Errors}, nil
	}
	found, err := p.Check()
	if err != nil {
		return nil, err
	}
	return &report.Report{Findings: found.Findings, Hints: found.Hints, Allowed: found.Allowed}, nil
}
