package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/checkout"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/history"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/report"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/wcet"
)

// What --fail-on-change fails on.
const (
	anyChange   = "any"
	worseChange = "worse"
)

// historian is what the user asks of history.
type historian struct {
	dir, out, failOn, since, add, commit string
	margin                               string
	output                               result.Output
}

// historical is what `history --json` prints.
type historical struct {
	Certificates int              `json:"certificates"`
	First        string           `json:"first"`
	Last         string           `json:"last"`
	Torn         []string         `json:"torn,omitempty"`
	Benches      []*history.Bench `json:"benches"`
}

func newHistoryCommand(a *app) *cobra.Command {
	h := &historian{}
	cmd := &cobra.Command{
		Use:   "history DIR",
		Short: "Follow certificates over commits, and find what changed",
		Long: `Read the certificates in DIR (each .json file, each line of .jsonl files), follow
every figure over the commits, and list the lasting changes: commit, size, interval.
Static pages of them are written to --out.

The commit is the one that the certificate names ("git.commit" of its environment, which
certify and run record), or else the hash in the file's name. Points are ordered by the
time of measuring. Files may come and go as they like: ` + history.DigestName + ` in DIR only saves
reading them again, and is rebuilt when it is missing.

A change is one of the level that lasts for five certificates or more: E-divisive means
with a permutation test, as Apache Otava does it.

Exit codes: 0, 1 error; with --fail-on-change 2 where there is a change.`,
		Example: `  rtbench history certificates --add rtbench-out/certificate.json
  rtbench history certificates --fail-on-change=worse --since v1.2.0
  rtbench history certificates --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h.dir = args[0]
			return a.history(cmd.Context(), h)
		},
	}
	f := cmd.Flags()
	f.StringVar(&h.out, "out", filepath.Join("rtbench-out", "history"), "write the pages to `DIR`; empty writes none")
	f.StringVar(&h.failOn, "fail-on-change", "", "exit with 2 where there is a change: `any`, or worse for those to greater values only")
	f.Lookup("fail-on-change").NoOptDefVal = anyChange
	f.StringVar(&h.since, "since", "", "only changes after this `COMMIT` count")
	f.StringVar(&h.margin, "margin", "1%", "changes within `M` do not count")
	f.StringVar(&h.add, "add", "", "first copy this `CERTIFICATE` to DIR")
	f.StringVar(&h.commit, "commit", "", "with --add: the `COMMIT` that it is of; default the one it names, or HEAD")
	h.output.Flags(f)
	h.output.VerdictFlags(f)
	return cmd
}

func (a *app) history(ctx context.Context, h *historian) (err error) {
	margin, err := parseShare(h.margin)
	if err != nil {
		return fmt.Errorf("--margin %s: %w", h.margin, err)
	}
	switch {
	case h.failOn != "" && h.failOn != anyChange && h.failOn != worseChange:
		return fmt.Errorf("--fail-on-change=%s: there are %s and %s", h.failOn, anyChange, worseChange)
	case h.commit != "" && h.add == "":
		return errors.New("--commit is the commit of the certificate of --add; give both")
	}
	if err := h.output.Check(); err != nil {
		return err
	}
	if h.add != "" {
		if err := a.addCertificate(ctx, h); err != nil {
			return err
		}
	}
	read, err := history.Read(h.dir)
	if err != nil {
		return err
	}
	if read.Read > 0 {
		// The digest saves time and nothing else: a directory that cannot be written to
		// is no obstacle.
		err := writeWhole(filepath.Join(h.dir, history.DigestName), func(w io.Writer) error { return read.WriteDigest(w, h.dir) })
		if err != nil {
			fmt.Fprintf(a.stderr, "%s is not written, so the next call reads all certificates again: %v\n", history.DigestName, err)
		}
	}
	benches := read.Benches(margin)
	from, err := h.sinceAt(ctx, read)
	if err != nil {
		return err
	}
	for _, b := range benches {
		b.Changes = slices.DeleteFunc(b.Changes, func(c history.BenchStep) bool { return c.At < from })
	}
	if h.out != "" {
		if err := writePages(h.out, read, benches); err != nil {
			return err
		}
	}
	return a.printHistory(h, read, benches)
}

// parseShare reads "1%" or "0.01".
func parseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v < 1) {
		return 0, errors.New("must be a share from 0% to below 100%, such as 5%")
	}
	return v, nil
}

// sinceAt is the first point behind the commit of --since.
func (h *historian) sinceAt(ctx context.Context, read *history.History) (int, error) {
	if h.since == "" {
		return 0, nil
	}
	commit := h.since
	if known, ok := checkout.Commit(ctx, "", h.since); ok {
		commit = known
	}
	for i, p := range slices.Backward(read.Points) {
		if p.Commit == h.since || strings.HasPrefix(p.Commit, commit) || len(p.Commit) >= len("1234567") && strings.HasPrefix(commit, p.Commit) {
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("--since %s: no certificate is of that commit", h.since)
}

// writePages writes the pages of a history, all or none.
func writePages(dir string, read *history.History, benches []*history.Bench) (err error) {
	out, err := openOutputs(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.discard()) }()
	if err := report.HistoryPages(read, benches, out.stage); err != nil {
		return err
	}
	return out.commit()
}

func (a *app) printHistory(h *historian, read *history.History, benches []*history.Bench) error {
	found := historical{
		Certificates: len(read.Points), First: read.Points[0].Commit, Last: read.Points[len(read.Points)-1].Commit,
		Torn: read.Torn, Benches: benches,
	}
	if found.Benches == nil {
		found.Benches = []*history.Bench{}
	}
	d := result.Document{
		Data: found, Title: "rtbench history " + h.dir, Verdict: string(wcet.Pass),
		Text: func(p *result.Page) error { return found.writeText(p, h) },
	}
	failed := false
	for _, b := range benches {
		if len(b.Changes) == 0 {
			d.Checks = append(d.Checks, result.Check{Bench: b.Name, Metric: "change", Verdict: string(wcet.Pass), Why: "no change"})
		}
		for _, c := range b.Changes {
			check := result.Check{
				Bench: b.Name, Metric: c.Metric, Verdict: string(wcet.Pass), Estimate: signedShare(c.Effect), Upper: signedShare(c.CI[1]),
				Why: fmt.Sprintf("%s changed by %s at %s", c.Metric, signedShare(c.Effect), c.Commit),
			}
			if h.failOn == anyChange || h.failOn == worseChange && c.Effect > 0 {
				failed, check.Verdict, d.Verdict = true, string(wcet.Fail), string(wcet.Fail)
			}
			d.Checks = append(d.Checks, check)
		}
	}
	if err := a.printDocument(&h.output, d); err != nil {
		return err
	}
	if failed {
		return &statusError{code: exitBreach}
	}
	return nil
}

func (f historical) writeText(p *result.Page, h *historian) error {
	p.Entry("History", fmt.Sprintf("%s of %s, from %s to %s", counted(f.Certificates, "certificate"), counted(len(f.Benches), "benchmark"), f.First, f.Last))
	for _, file := range f.Torn {
		p.Entry("Torn", file+": its last line is incomplete and was left out")
	}
	fmt.Fprintln(p)
	table := tabwriter.NewWriter(p, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BENCH\tCOMMIT\tMEASURED\tMETRIC\tBEFORE\tAFTER\tCHANGE\tINTERVAL")
	changes := 0
	for _, b := range f.Benches {
		for _, c := range b.Changes {
			changes++
			fmt.Fprintf(table, "%s\t%.12s\t%s\t%s\t%s\t%s\t%s\t%s to %s\n", b.Name, c.Commit, c.Created, c.Metric,
				nanoseconds(c.Before), nanoseconds(c.After), signedShare(c.Effect), signedShare(c.CI[0]), signedShare(c.CI[1]))
		}
	}
	if changes == 0 {
		fmt.Fprintln(p, "No figure has changed.")
	} else if err := table.Flush(); err != nil {
		return err
	}
	if h.out != "" {
		fmt.Fprintln(p)
		p.Entry("Pages", filepath.Join(h.out, report.HistoryIndex))
	}
	return nil
}

// unsafeInName is what a file's name does not contain.
var unsafeInName = regexp.MustCompile(`[^0-9A-Za-z]+`)

// addCertificate copies a certificate to the directory, under a name that is its time
// and its commit, so that files of branches merge.
func (a *app) addCertificate(ctx context.Context, h *historian) error {
	text, err := os.ReadFile(h.add)
	if err != nil {
		return err
	}
	p, err := history.Parse(text, h.add)
	if err != nil {
		return fmt.Errorf("%s: %w", h.add, err)
	}
	commit := h.commit
	switch {
	case p.Named && commit != "" && commit != p.Commit:
		return fmt.Errorf("--commit %s: the certificate itself names %s; leave --commit out", commit, p.Commit)
	case p.Named:
		commit = p.Commit
	case commit == "":
		commit = "HEAD"
	}
	if known, ok := checkout.Commit(ctx, "", commit); ok {
		commit = known
	}
	if commit == "HEAD" {
		return errors.New("--add: the certificate names no commit and there is no git repository here; give --commit")
	}
	at, err := time.Parse(time.RFC3339, p.Created)
	if err != nil {
		return fmt.Errorf("%s: its time of measuring: %w", h.add, err)
	}
	name := at.UTC().Format("20060102T150405Z") + "-" + unsafeInName.ReplaceAllString(commit, "_") + ".json"
	path := filepath.Join(h.dir, name)
	if old, err := os.ReadFile(path); err == nil && string(old) != string(text) {
		return fmt.Errorf("%s: is there already, with another content", path)
	}
	return writeWhole(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
