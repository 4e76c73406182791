package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/memkit-go/memkit/cmd/memlense/internal/baseline"
	"github.com/memkit-go/memkit/cmd/memlense/internal/cache"
	"github.com/memkit-go/memkit/cmd/memlense/internal/output"
	"github.com/memkit-go/memkit/lens"
	"github.com/memkit-go/memkit/lens/report"
)

// checkOptions are the flags of check.
type checkOptions struct {
	request
	json, sarif, github bool
	verbose             bool
	baseline            string
	writeBaseline       bool
	timings             bool
	cache               string
	noCache             bool
	fix                 bool
}

func newCheckCommand(a *app) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [flags] [PATTERN...]",
		Short: "Report what breaks the contracts of packages",
		Long: `check analyses the packages that match the patterns, ./... without any, and all
that they depend on. It reports each first-party call once for a code that it breaks,
with the calls that lead to it.

Exit codes: 0 clean, 1 something could not be analysed, 2 findings. Hints and allowed
findings change no exit code.`,
		Example: `  memlense check ./...
  memlense check --json ./... | jq -r '.findings[].code'
  memlense check --sarif ./... > memlense.sarif
  memlense check --baseline memlense.json --write-baseline ./...   adopt: keep today's findings
  memlense check --baseline memlense.json ./...                    only new ones fail`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Patterns = args
			return a.runCheck(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "print the report as JSON")
	f.BoolVar(&o.sarif, "sarif", false, "print the report as SARIF 2.1.0")
	f.BoolVar(&o.github, "github", false, "print the findings as annotations of GitHub")
	cmd.MarkFlagsMutuallyExclusive("json", "sarif", "github")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also list the findings that are allowed, with their reasons")
	f.StringVar(&o.baseline, "baseline", "", "allow the findings that `FILE` lists")
	f.BoolVar(&o.writeBaseline, "write-baseline", false, "write the findings to the file of --baseline")
	f.StringVar(&o.cache, "cache", "", "keep reports in `DIR` instead of the user's cache directory")
	f.BoolVar(&o.noCache, "no-cache", false, "analyse anew, and keep nothing")
	cmd.MarkFlagsMutuallyExclusive("cache", "no-cache")
	f.BoolVar(&o.timings, "timings", false, "print on the standard error what the phases of the analysis take; implies --no-cache")
	f.BoolVar(&o.fix, "fix", false, "make the edits that clear findings")
	f.StringVar(&o.Tags, "tags", "", "build tags, separated by commas")
	f.BoolVar(&o.PanicPaths, "panic-paths", false, "judge code that only panics like any other")
	f.BoolVar(&o.SourceOnly, "source-only", false, "leave out the compiler and the executable; reports allocations that the compiler removes")
	f.StringArrayVar(&o.Executables, "executable", nil, "judge the program `FILE` as well, which was built from the packages; implies --no-cache")
	cmd.MarkFlagsMutuallyExclusive("executable", "source-only")
	return cmd
}

// runCheck is the command: analysis, or an earlier one of the same program, then the
// baseline, then the output.
func (a *app) runCheck(ctx context.Context, o checkOptions) error {
	if o.writeBaseline && o.baseline == "" {
		return errors.New("check: --write-baseline needs --baseline FILE")
	}
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	o.Dir = dir
	// Read before the analysis: a mistake is reported at once.
	var known *baseline.Baseline
	if o.baseline != "" && !o.writeBaseline {
		if known, err = baseline.ReadFile(o.baseline); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
	r := a.analyse(ctx, o)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if o.fix {
		if err := a.applyFixes(r); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
	if o.writeBaseline {
		return a.writeBaseline(r, o.baseline)
	}
	if known != nil {
		for _, e := range known.Apply(r, "baseline "+filepath.Base(o.baseline)) {
			fmt.Fprintf(a.stderr, "memlense: the baseline has a finding that is gone: %s in %s: %s\n", e.Code, e.Func, e.Message)
		}
	}
	if err := a.print(r, o); err != nil {
		return err
	}
	return outcome(r)
}

// analyse returns the report. An analysis that fails is a report with an error.
func (a *app) analyse(ctx context.Context, o checkOptions) *report.Report {
	store, key, cached := a.lookUp(ctx, o)
	if cached != nil {
		return cached
	}
	if o.timings {
		o.Timings = &lens.Timings{}
		defer func() { fmt.Fprint(a.stderr, o.Timings) }()
	}
	r, err := guarded(ctx, a.check, o.request)
	if r == nil {
		r = &report.Report{}
	}
	if err != nil {
		r.Errors = append(r.Errors, report.Error{Message: err.Error()})
	}
	r.Sort()
	if key == "" || len(r.Errors) > 0 || ctx.Err() != nil {
		return r
	}
	// A file that changed meanwhile may have been read before or after.
	if again, err := cache.NewKey(ctx, o.cacheRequest()); err != nil || again != key {
		return r
	}
	if err := store.Put(key, r); err != nil {
		fmt.Fprintf(a.stderr, "memlense: the report is not kept: %v\n", err)
	}
	return r
}

// guarded is check, but a panic is an error: the exit code of a panic is that of
// findings.
func guarded(ctx context.Context, check checker, r request) (_ *report.Report, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("check: memlense has a fault, please report it: %v\n%s", v, debug.Stack())
		}
	}()
	return check(ctx, r)
}

// lookUp returns the report of an earlier check of the same program, or where to keep
// this one. The key is empty when nothing is to be kept: without a cache, and for
// packages that cannot be listed, whose errors the analysis reports.
func (a *app) lookUp(ctx context.Context, o checkOptions) (cache.Dir, cache.Key, *report.Report) {
	if o.noCache || o.timings || len(o.Executables) > 0 {
		return cache.Dir{}, "", nil
	}
	store := cache.Dir{Path: o.cache}
	if o.cache == "" {
		var err error
		if store, err = cache.Default(); err != nil {
			return cache.Dir{}, "", nil
		}
	}
	key, err := cache.NewKey(ctx, o.cacheRequest())
	if err != nil {
		return cache.Dir{}, "", nil
	}
	r, _ := store.Get(key)
	return store, key, r
}

func (o checkOptions) cacheRequest() cache.Request {
	return cache.Request{
		Dir: o.Dir, Patterns: o.Patterns, Flags: o.flags(),
		Options: fmt.Sprintf("panic paths %v, source only %v", o.PanicPaths, o.SourceOnly),
	}
}

// writeBaseline keeps the findings of a complete report.
func (a *app) writeBaseline(r *report.Report, name string) error {
	if len(r.Errors) > 0 {
		for _, e := range r.Errors {
			fmt.Fprintf(a.stderr, "memlense: not analysed: %s\n", e)
		}
		return errors.New("check: no baseline is written while something cannot be analysed")
	}
	if err := baseline.New(r).WriteFile(name); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	fmt.Fprintf(a.stderr, "memlense: %s now allows %d findings\n", name, len(r.Findings))
	return nil
}

func (a *app) print(r *report.Report, o checkOptions) error {
	p := output.Page{W: a.stdout, Dir: o.Dir, Verbose: o.verbose}
	if f, ok := a.stdout.(*os.File); ok {
		p.Colour = term.IsTerminal(int(f.Fd())) && a.getenv("NO_COLOR") == ""
	}
	switch {
	case o.json:
		return p.JSON(r)
	case o.sarif:
		return p.SARIF(r, version())
	case o.github:
		return p.GitHub(r)
	}
	return p.Text(r)
}
