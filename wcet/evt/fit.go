package evt

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrNoSamples is returned for an empty sample.
	ErrNoSamples = errors.New("evt: no samples")
	// ErrNotFinite is wrapped for a NaN or an infinity among the samples.
	ErrNotFinite = errors.New("evt: a sample is not finite")
	// ErrTooLarge is wrapped for a value beyond 1e150 in size.
	ErrTooLarge = errors.New("evt: a sample is too large")
	// ErrConstant is wrapped when all samples are equal.
	ErrConstant = errors.New("evt: all samples are equal: there is no tail to fit")
)

// Fit estimates the tail of x, which is in measuring order, and tests what the
// estimate rests on. It takes any finite numbers, negative ones too. It fails on
// input that cannot be estimated at all; valid input whose evidence does not
// support a bound gives a result with Bound.Supported false and the reasons.
func Fit(x []float64, opt Options) (*Result, error) {
	return FitSeries(context.Background(), [][]float64{x}, opt)
}

// FitSeries is [Fit] of several series, such as those of the processes of a run, as
// one population. Each is in measuring order, and nothing is said of the order of
// one relative to another. Where they differ more than chance allows, no bound is
// supported. When ctx ends it returns ctx's error after the step in hand: for ten
// million values the longest takes a third of a second of CPU time.
func FitSeries(ctx context.Context, series [][]float64, opt Options) (*Result, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := check(series); err != nil {
		return nil, err
	}
	opt.stopped = func() bool { return ctx.Err() != nil }
	s := NewSample(series)
	if opt.done() {
		return nil, context.Cause(ctx)
	}
	s.hypothesesUntil(opt.done)
	if opt.done() {
		return nil, context.Cause(ctx)
	}
	e := s.estimate(opt)
	if opt.done() {
		return nil, context.Cause(ctx)
	}
	r := &Result{
		N: s.N(), Hypotheses: s.Hypotheses(), ExtremalIndex: s.Theta,
		Resolution: timerStep(s.Top()), Likelihood: LikelihoodExact,
		Bound:         e.Bound(opt.Target, opt.Confidence, opt.Extrapolation),
		RarestMode:    RarestMode(s.N()),
		Extrapolation: opt.Extrapolation,
		estimate:      e,
	}
	if t, ok := e.Tail.(described); ok {
		t.describe(r, opt)
	}
	if opt.done() {
		return nil, context.Cause(ctx)
	}
	if h := s.Between(); h != nil && h.Reject {
		r.Bound.Supported = false
		r.Bound.Reasons = append(r.Bound.Reasons, fmt.Sprintf("the series differ (Kruskal–Wallis, p = %.2g), and one fit bounds no single one; rtbench check bounds the worst", h.P))
	}
	return r, nil
}
