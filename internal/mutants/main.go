package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const (
	reached = 0
	failure = 1
	missed  = 2
)

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	bar := flags.Float64("bar", 95, "the least percentage of mutants that the tests must notice")
	only := flags.String("only", "", "try only mutants whose names contain this text")
	jobs := flags.Int("jobs", 1, "how many mutants are tried at a time")
	part := flags.String("part", "1/1", "try only the `I/N`-th part of the mutants, so that a long list can be tried in pieces")
	if err := flags.Parse(args); err != nil {
		return failure
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(stderr, "mutants: want packages, relative to the module's root, such as rt/ring")
		return failure
	}
	var s selection
	if _, err := fmt.Sscanf(*part, "%d/%d", &s.part, &s.parts); err != nil || s.part < 1 || s.part > s.parts {
		fmt.Fprintf(stderr, "mutants: part %q: want I/N with I from 1 to N\n", *part)
		return failure
	}
	if s.only, s.jobs = *only, *jobs; s.jobs < 1 {
		fmt.Fprintf(stderr, "mutants: jobs %d: want 1 or more\n", s.jobs)
		return failure
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	status := reached
	for _, pkg := range flags.Args() {
		result, err := try(ctx, path.Clean(pkg), s, stdout)
		if errors.Is(err, context.Canceled) {
			err = errors.New("interrupted")
		}
		if err != nil {
			fmt.Fprintf(stderr, "mutants: %v\n", err)
			return failure
		}
		fmt.Fprintf(stdout, "%v; the bar is %g%%\n", result, *bar)
		if result.score() < *bar {
			status = missed
		}
	}
	return status
}

// selection says which mutants of a list are tried.
type selection struct {
	only        string // what their names contain
	part, parts int
	jobs        int // at a time
}

// of reports whether mutant number i of a list is tried.
func (s selection) of(i int, m mutant) bool {
	return strings.Contains(m.name, s.only) && i%s.parts == s.part-1
}

// try tries the selected mutants of pkg and writes a line about each.
func try(ctx context.Context, pkg string, s selection, w io.Writer) (tally, error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return tally{}, err
	}
	temp, err := os.MkdirTemp("", "memkit-mutants-")
	if err != nil {
		return tally{}, err
	}
	defer removeAll(temp)
	if err := os.Mkdir(filepath.Join(temp, "tests"), 0o700); err != nil {
		return tally{}, err
	}
	r := &runner{root: root, pkg: pkg, temp: temp, plain: map[string]time.Duration{}}
	const file = "testdata/mutants.txt"
	text, err := r.read(file)
	if err != nil {
		return tally{}, err
	}
	l, err := parseList(text)
	if err != nil {
		return tally{}, fmt.Errorf("%s/%s: %w", pkg, file, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	trials, wait := r.start(ctx, l, s)
	defer wait()
	defer cancel()
	t := tally{pkg: pkg}
	for _, c := range trials {
		<-c.done
		if c.err != nil {
			return t, fmt.Errorf("%s/%s:%d: mutant %q: %w", pkg, file, c.line, c.name, c.err)
		}
		if c.equivalent != "" && c.killed {
			return t, fmt.Errorf("%s/%s:%d: mutant %q is no equivalent: %s fails", pkg, file, c.line, c.name, c.by)
		}
		fmt.Fprintln(w, t.count(c.mutant, c.outcome))
	}
	return t, nil
}

func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("run it within the module")
	}
	return filepath.Dir(mod), nil
}

// removeAll removes the directory of a run whose last processes may still be
// ending, and writing to it.
func removeAll(dir string) {
	for range 20 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
