package lens

import (
	"context"
	"errors"

	"github.com/memkit-go/memkit/lens/report"
	"github.com/memkit-go/memkit/lens/source"
)

// Check analyses packages. The error is for what could not be started at all; parts
// of the program that could not be analysed are in Report.Errors, and a report with
// errors is never clean.
func Check(ctx context.Context, c Config) (_ *report.Report, err error) {
	defer c.Timings.end()
	program, err := source.Load(ctx, c.source())
	if err != nil {
		return nil, err
	}
	if c.Timings != nil {
		c.Timings.Lines = program.Lines()
	}
	r := &report.Report{Errors: program.Errors}
	if len(program.Errors) > 0 {
		r.Sort()
		return r, nil
	}
	result, err := program.Check()
	if err != nil {
		return nil, err
	}
	r.Checked = len(result.Roots())
	if c.SourceOnly || r.Checked == 0 {
		r.Findings, r.Hints, r.Allowed = result.Findings, result.Hints, result.Allowed
		r.Sort()
		return r, ctx.Err()
	}
	e, faults, err := gather(ctx, c, program, result)
	if e != nil {
		defer func() { err = errors.Join(err, e.close()) }()
	}
	if err != nil {
		return nil, err
	}
	r.Errors = append(r.Errors, faults...)
	if len(e.images) > 0 {
		result = result.Confirm(e.confirm)
	}
	r.Findings, r.Hints, r.Allowed = result.Findings, result.Hints, result.Allowed
	e.result = result
	e.additions(r)
	r.Sort()
	return r, ctx.Err()
}
