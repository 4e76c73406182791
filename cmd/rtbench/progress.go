package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// progress tells the user how far a campaign is: a bar on a terminal, one line a
// round elsewhere, so that a log stays a log.
type progress struct {
	w       io.Writer
	plan    *campaign.Plan
	bar     *progressbar.ProgressBar
	started time.Time
}

func newProgress(w io.Writer, plan *campaign.Plan) *progress {
	p := &progress{w: w, plan: plan, started: time.Now()}
	if result.IsTerminal(w) {
		p.bar = newBar(w, plan)
	}
	return p
}

// newBar counts measuring time, or finished processes where a program's own
// length is not known.
func newBar(w io.Writer, plan *campaign.Plan) *progressbar.ProgressBar {
	total := int64(len(plan.Jobs))
	if plan.Duration > 0 {
		total = plan.Duration.Milliseconds()
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(24),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░"}),
	)
}

func (p *progress) show(now campaign.Progress) {
	if p.bar == nil {
		p.line(now)
		return
	}
	p.bar.Describe(fmt.Sprintf("%s, process %d of %d", now.Job.Bench.Name, now.Job.Process+1, p.plan.Processes))
	done := int64(now.Number - 1)
	if now.Finished {
		done++
	}
	if p.plan.Duration > 0 {
		done = now.Elapsed.Milliseconds()
	}
	// A bar that cannot be drawn must not stop a measurement.
	_ = p.bar.Set64(done)
}

// line reports each finished round.
func (p *progress) line(now campaign.Progress) {
	if !now.Finished || now.Number%len(p.plan.Benches) != 0 {
		return
	}
	fmt.Fprintf(p.w, "round %d of %d done after %v\n", now.Job.Process+1, p.plan.Processes, time.Since(p.started).Round(time.Second))
}

// close takes the bar away, also after an interrupt.
func (p *progress) close() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

// waitFor shows on a terminal what a silent second is spent on, until the
// returned function is called.
func waitFor(w io.Writer, what string) (done func()) {
	if !result.IsTerminal(w) {
		return func() {}
	}
	fmt.Fprint(w, what)
	return func() { fmt.Fprint(w, "\r\x1b[K") }
}
