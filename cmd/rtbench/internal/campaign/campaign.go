package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"
	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/record"
)

// tick is how often a campaign wakes while a process measures: often enough for a
// progress bar, rarely enough not to disturb the measurement.
const tick = 500 * time.Millisecond

// Launcher runs one job in a fresh process and returns what it measured, with an error
// what it had measured until then. When ctx ends it ends the process, and returns once
// that is gone.
type Launcher interface {
	Launch(ctx context.Context, job Job) ([]record.Series, error)
}

// Campaign runs a plan. The fields are set before Run and not changed after.
type Campaign struct {
	Plan   *Plan
	Launch Launcher
	// Progress, when set, is called as a job starts, on every tick and as it
	// ends, from the goroutine that called Run.
	Progress func(Progress)
	// Keep, when set, gets the series of each process as it ends. An error ends the
	// campaign.
	Keep func([]record.Series) error
	// CPU, when set, reads the machine's CPU time so far.
	CPU func() (env.CPUTime, error)
	// Slowing, when set, reads what else slows programs down from outside.
	Slowing func() throttle.Reading
}

// Progress is how far a campaign is.
type Progress struct {
	Job Job
	// Number of the job from 1, and how many there are.
	Number, Of int
	// Elapsed is measuring time done of Plan.Duration, set-up excluded.
	Elapsed time.Duration
	// Finished is true when the job has succeeded.
	Finished bool
}

// Run measures everything planned and returns the series, in the order measured,
// and the interference during them. It stops at the first process that fails, or
// when ctx ends, and then returns the series measured until then; no process outlives it. A benchmark that this machine cannot
// measure is asked once and skipped from then on.
func (c *Campaign) Run(ctx context.Context) (*record.Run, error) {
	run := &record.Run{}
	steal := c.startStealLog()
	unavailable := map[string]bool{}
	var elapsed time.Duration
	for i, job := range c.Plan.Jobs {
		p := Progress{Job: job, Number: i + 1, Of: len(c.Plan.Jobs), Elapsed: elapsed}
		elapsed += job.Params.Duration
		if unavailable[job.Bench.Name] {
			p.Elapsed, p.Finished = elapsed, true
			c.report(p)
			continue
		}
		series, err := c.measure(ctx, job, steal, p)
		if err != nil {
			run.Series = append(run.Series, series...)
			return c.ended(run, steal), err
		}
		unavailable[job.Bench.Name] = series[0].Unavailable != ""
		run.Series = append(run.Series, series...)
		if c.Keep != nil {
			if err := c.Keep(series); err != nil {
				return c.ended(run, steal), err
			}
		}
	}
	return c.ended(run, steal), nil
}

// ended adds what else took CPU time.
func (c *Campaign) ended(run *record.Run, steal *stealLog) *record.Run {
	steal.sample()
	run.Interference = steal.seen
	attribute(run)
	return run
}

// measure runs one job to its end, ticking meanwhile.
func (c *Campaign) measure(ctx context.Context, job Job, steal *stealLog, p Progress) ([]record.Series, error) {
	type outcome struct {
		series []record.Series
		err    error
	}
	done := make(chan outcome, 1)
	before, started, launched := p.Elapsed, time.Now(), steal.elapsed()
	go func() {
		series, err := c.Launch.Launch(ctx, job)
		done <- outcome{series, err}
	}()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		c.report(p)
		select {
		case out := <-done:
			if out.err != nil || ctx.Err() != nil {
				kept, err := adopt(job, out.series, launched)
				if err != nil {
					kept = nil
				}
				if ctx.Err() != nil {
					return kept, context.Cause(ctx)
				}
				return kept, fmt.Errorf("%s, process %d: %w", job.Bench.Name, job.Process, out.err)
			}
			series, err := adopt(job, out.series, launched)
			if err != nil {
				return nil, err
			}
			p.Elapsed, p.Finished = before+job.Params.Duration, true
			c.report(p)
			return series, nil
		case <-ticker.C:
			steal.sample()
			p.Elapsed = before + min(time.Since(started), job.Params.Duration)
		}
	}
}

func (c *Campaign) report(p Progress) {
	if c.Progress != nil {
		c.Progress(p)
	}
}

// adopt checks that a process measured what it was asked, numbers it and notes
// when it was launched.
func adopt(job Job, series []record.Series, launched time.Duration) ([]record.Series, error) {
	if len(series) == 0 {
		return nil, fmt.Errorf("%s, process %d: measured nothing", job.Bench.Name, job.Process)
	}
	kinds := map[record.Kind]bool{}
	for i := range series {
		s := &series[i]
		if s.Name != job.Bench.Name || kinds[s.Kind] {
			return nil, fmt.Errorf("%s, process %d: returned an unexpected %s series of %q", job.Bench.Name, job.Process, s.Kind, s.Name)
		}
		kinds[s.Kind] = true
		s.Process, s.Start = job.Process, launched.Nanoseconds()
	}
	return series, nil
}
