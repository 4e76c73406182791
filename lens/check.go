package lens

import (
	"context"

	"github.com/memkit-go/memkit/lens/report"
	"github.com/memkit-go/memkit/lens/source"
)

// Check analyses packages. The error is for what could not be started at all; parts
// of the program that could not be analysed are in Report.Errors, and a report with
// errors is never clean.
func Check(ctx context.Context, c Config) (*report.Report, error) {
	program, err := source.Load(ctx, c.source())
	if err != nil {
		return nil, err
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
	r.Findings, r.Hints, r.Allowed = result.Findings, result.Hints, result.Allowed
	r.Sort()
	return r, ctx.Err()
}
