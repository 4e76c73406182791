package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/attest"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	certificateName = "certificate.json"
	reportName      = "report.html"
	// defaultBudget is judged by when it is there and --budget is not given.
	defaultBudget = "rtbench.toml"
)

func newCertifyCommand(a *app) *cobra.Command {
	var (
		r        = &request{}
		path     string
		selfTest string
		sign     string
		advisory bool
	)
	cmd := &cobra.Command{
		Use:   "certify [flags] [-- PROGRAM ARGUMENTS]",
		Short: "Measure, judge and write the certificate and its report",
		Long: `Measure this machine (or a program of your own, see rtbench run), judge it by
the budgets in rtbench.toml, and write run file, certificate and report to
rtbench-out, all together at the end or not at all.

Where the budget file requires conditions of measuring ([require]: SCHED_FIFO, the
collector off, little steal) and they did not hold, nothing is judged, and the
campaign is measured again as often as it allows. A failed budget is never measured
again. The certificate lists every attempt, and next to the verdicts how often
the gate caught injected faults and raised false alarms.

The whole takes about three minutes. Ctrl-C stops it cleanly. Exit codes: 0 pass,
1 error, 2 a budget is broken, 3 inconclusive or unsupported; with --advisory the
last counts as 0.`,
		Example: `  rtbench certify
  rtbench certify --advisory --out /tmp/certificate
  rtbench certify --bench loop/wake-1ms,loop/wake-250us --duration 1m
  rtbench certify --budget my-loop.toml -- ./my-loop`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := r.read(cmd, args); err != nil {
				return err
			}
			verdict := a.certify(cmd, r, path, selfTest, sign)
			if advisory && exitCode(verdict) == exitOpen {
				return nil
			}
			return verdict
		},
	}
	a.measuringFlags(cmd, r)
	r.output.VerdictFlags(cmd.Flags())
	cmd.Flags().StringVar(&path, "budget", "", "judge by `FILE`; default rtbench.toml where there is one")
	cmd.Flags().StringVar(&selfTest, "selftest", "", "take the gate's error rates from `FILE`, written by rtbench selftest --json; default a short self-test")
	cmd.Flags().StringVar(&sign, "sign", "", "also sign the certificate with the Ed25519 `KEY`, PEM, for rtbench verify")
	cmd.Flags().BoolVar(&advisory, "advisory", false, "exit 0 also when inconclusive or unsupported")
	return cmd
}

func (a *app) certify(cmd *cobra.Command, r *request, path, selfTestPath, signPath string) (err error) {
	keyPEM, err := signingKey(signPath)
	if err != nil {
		return err
	}
	plan, err := r.plan(a.catalogue)
	if err != nil {
		return err
	}
	budgets, err := a.budgetsFor(plan, r, path)
	if err != nil {
		return err
	}
	out, err := openOutputs(r.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	tested, err := a.gateTest(cmd.Context(), selfTestPath)
	if err != nil {
		return err
	}
	page := r.output.Page(a.stdout)
	a.announce(page, plan)
	announceBudgets(page, budgets)
	before := a.settings()
	e := certificate.Evidence{Catalogue: a.catalogueOf(plan), Budgets: budgets, SelfTest: tested}
	done, err := a.attempts(cmd.Context(), e, func(ctx context.Context) (*record.Run, error) { return a.conduct(ctx, r.launcher(a), plan, nil) })
	if err != nil {
		return err
	}
	c := done.certificate
	var text bytes.Buffer
	if err := result.JSON(&text, c); err != nil {
		return err
	}
	if keyPEM != nil {
		envelope, err := signed(keyPEM, text.Bytes(), c.Digest)
		if err != nil {
			return fmt.Errorf("signing the certificate: %w", err)
		}
		if err := stageBytes(out, envelopeName, envelope); err != nil {
			return err
		}
	}
	err = errors.Join(
		stageBytes(out, runName, done.file),
		stageBytes(out, certificateName, text.Bytes()),
		out.stage(reportName, func(w io.Writer) error { return report.HTML(w, c, done.run) }))
	if err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	err = a.printJudged(&r.output, "rtbench certify", c, func(p *result.Page) error { return a.writeConclusion(p, c, out, before) })
	if err != nil {
		return err
	}
	if code := verdictCode(c.Verdict); code != exitPass {
		return &statusError{code: code}
	}
	return nil
}

// signingKey reads the key to sign with, before anything is measured; nil for none.
func signingKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = attest.CheckKey(text)
	}
	if err != nil {
		return nil, fmt.Errorf("--sign %s: %w", path, err)
	}
	return text, nil
}

// budgetsFor loads the budget file and holds it against the plan, before anything
// is measured. No file and none asked for is no error: then nothing is judged.
func (a *app) budgetsFor(plan *campaign.Plan, r *request, path string) (*budget.Resolved, error) {
	if path == "" {
		path = defaultBudget
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
	}
	f, err := budget.Load(path, a.known(plan.Benches...))
	if err != nil {
		return nil, err
	}
	budgets, err := f.For(a.fingerprint())
	if err != nil {
		return nil, err
	}
	names, samples := namesOf(plan.Benches), map[string]int{}
	for _, b := range plan.Benches {
		if n := plan.Samples(b); n > 0 {
			samples[b.Name] = n
		}
	}
	// What the user narrowed the measurement to is all that is judged.
	if !r.selection.All() || len(r.argv) > 0 {
		budgets.Keep(names)
	}
	if err := budgets.Measured(names); err != nil {
		return nil, err
	}
	return budgets, budgets.Decidable(samples)
}

// writeConclusion prints the verdicts, their reasons, and where the files are.
func (a *app) writeConclusion(p *result.Page, c *certificate.Certificate, out *outputs, before settings) error {
	fmt.Fprintln(p)
	if err := writeJudgement(p, c); err != nil {
		return err
	}
	p.Entry("Report", out.path(reportName))
	p.Entry("Records", out.path(certificateName), out.path(runName))
	p.Entry("Settings", before.compare(a.settings()))
	return nil
}

// catalogueOf is the catalogue, with the user's own program when that is what the
// plan measures.
func (a *app) catalogueOf(plan *campaign.Plan) []bench.Benchmark {
	return append(slices.Clone(a.catalogue), plan.Benches...)
}
