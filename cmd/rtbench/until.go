package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// mostLooks at the samples of one run, the last at the full length. Each look
// doubles the length, so that the first ones come early and all together measure
// no longer than the last.
const mostLooks = 5

// untilDecided are the flags of `run --until-decided`.
type untilDecided struct {
	wanted bool
	most   time.Duration
	budget string
}

func (u *untilDecided) flags(cmd *cobra.Command, r *request) {
	f := cmd.Flags()
	r.output.VerdictFlags(f)
	f.BoolVar(&u.wanted, "until-decided", false, "judge by --budget and measure until the verdict stands")
	f.DurationVar(&u.most, "max", 0, "with --until-decided: measure for at most `D` in all")
	f.StringVar(&u.budget, "budget", "", "with --until-decided: judge by `FILE`; default "+defaultBudget)
}

// check refuses flags that do not go together.
func (u *untilDecided) check(cmd *cobra.Command, r *request) error {
	switch {
	case !u.wanted && (u.most != 0 || u.budget != ""):
		return errors.New("--max and --budget belong to --until-decided; to judge a run file use rtbench check")
	case !u.wanted:
		return nil
	case u.most <= 0:
		return fmt.Errorf("--max %v: give the longest time to measure, e.g. --max 10m", u.most)
	case r.duration != 0:
		return errors.New("--duration fixes the length and --until-decided leaves it open: give --max instead")
	}
	if u.budget == "" {
		u.budget = defaultBudget
	}
	return nil
}

// runUntilDecided measures in ever longer campaigns and looks at all samples after
// each, until the verdict stands or the time is up. Only the last look fits
// extreme values.
func (a *app) runUntilDecided(cmd *cobra.Command, r *request, u *untilDecided) (err error) {
	r.duration = u.most
	whole, err := r.plan(a.catalogue)
	if err != nil {
		return err
	}
	budgets, err := a.budgetsFor(whole, r, u.budget)
	if err != nil {
		return err
	}
	if len(budgets.Budgets) == 0 {
		return fmt.Errorf("%s: limits nothing that is measured here, so nothing can be decided", u.budget)
	}
	out, err := openOutputs(r.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	page := r.output.Page(a.stdout)
	a.announce(page, whole)
	announceBudgets(page, budgets)
	e := certificate.Evidence{Catalogue: a.catalogueOf(whole), Budgets: budgets}
	done, err := a.attempts(cmd.Context(), e, func(ctx context.Context) (*record.Run, error) {
		return a.measureUntilDecided(ctx, r, budgets, u.most)
	})
	if err != nil {
		return err
	}
	run, c := done.run, done.certificate
	err = errors.Join(
		stageBytes(out, runName, done.file),
		out.stage(certificateName, func(w io.Writer) error { return result.JSON(w, c) }))
	if err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	err = a.printJudged(&r.output, "rtbench run", c, func(p *result.Page) error {
		err := writeJudgement(p, c)
		p.Entry("Samples", out.path(runName), "after "+counted(run.Look, "look"))
		return err
	})
	if code := verdictCode(c.Verdict); err == nil && code != exitPass {
		return &statusError{code: code}
	}
	return err
}

// measureUntilDecided returns all samples taken, with the number of the look that
// judges them.
func (a *app) measureUntilDecided(ctx context.Context, r *request, budgets *budget.Resolved, most time.Duration) (*record.Run, error) {
	steps, err := r.steps(a, most)
	if err != nil {
		return nil, err
	}
	judge := wcet.NewSequential(budgets.Budgets)
	whole, started := &record.Run{}, time.Now()
	j := a.journal(r)
	for i, plan := range steps {
		begun := time.Since(started)
		seed(plan, i)
		first := i * plan.Processes
		part, err := a.conduct(ctx, r.keeping(r.launcher(a), j, first), plan, func(s []record.Series) error { return j.Keep(numbered(s, first)) })
		if err != nil {
			if part != nil {
				err = errors.Join(err, j.Keep(numbered(part.Series, first)))
			}
			return nil, a.endJournal(j, err)
		}
		extend(whole, part, first, begun)
		if i == len(steps)-1 {
			break
		}
		_, decided, err := judge.Look(certificate.Populations(whole))
		if err != nil {
			return nil, a.endJournal(j, budgets.Explain(err))
		}
		if decided {
			break
		}
	}
	whole.Look = judge.FinalLook()
	return whole, j.Remove()
}

// numbered are the series with their processes numbered from first on.
func numbered(series []record.Series, first int) []record.Series {
	series = slices.Clone(series)
	for i := range series {
		series[i].Process += first
	}
	return series
}

// steps are plans that together last for most, each as long as all before it: as
// many of them as leave the first one long enough to measure anything.
func (r *request) steps(a *app, most time.Duration) ([]*campaign.Plan, error) {
	for looks := mostLooks; ; looks-- {
		var plans []*campaign.Plan
		var err error
		for i := range looks {
			r.duration = most >> min(looks-1, looks-i)
			plan, refused := r.plan(a.catalogue)
			plans, err = append(plans, plan), errors.Join(err, refused)
		}
		if err == nil || looks == 1 {
			return plans, err
		}
	}
}

// seed gives the processes of step i choices of their own.
func seed(plan *campaign.Plan, i int) {
	for k := range plan.Jobs {
		plan.Jobs[k].Params.Seed += uint64(i * plan.Processes)
	}
}

// extend appends a part that began after begun and whose processes are numbered
// from first on.
func extend(whole, part *record.Run, first int, begun time.Duration) {
	for i := range part.Series {
		part.Series[i].Process += first
		part.Series[i].Start += begun.Nanoseconds()
	}
	for i := range part.Interference {
		part.Interference[i].At += begun.Nanoseconds()
	}
	if whole.Created == "" {
		whole.Created, whole.Command, whole.Env = part.Created, part.Command, part.Env
	}
	whole.Series = append(whole.Series, part.Series...)
	whole.Interference = append(whole.Interference, part.Interference...)
}
