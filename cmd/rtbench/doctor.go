package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/tune"
	"github.com/memkit-go/memkit/rt/env"
)

// doctorFlags are what the user asks of the doctor.
type doctorFlags struct {
	fix, undo, dryRun, force, systemd bool
	state                             string
	out                               result.Output
	require                           []string
}

func newDoctorCommand(a *app) *cobra.Command {
	var flags doctorFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what on this machine delays real-time threads",
		Long: `Check the machine's settings and this user's rights, and say what to change, and
who can. Nothing is changed, unless --fix or --undo is given. What cannot be read
is "unknown", never "ok".

With --fix, settings that can be taken back are changed on the running system, and
with --undo taken back: exactly, unless they have been changed again since. What they
were is written to $XDG_STATE_HOME/memkit/doctor.json (~/.local/state without it)
before anything is changed. Both need root. A restart of the machine ends the
changes as well.

Exit codes: 0 no check has failed, or all of --require are ok; 1 error; 2 a check has
failed, or one of --require is not ok; 3 one of --require is unknown.`,
		Example: `  rtbench doctor --fix --dry-run     what would be changed
  sudo rtbench doctor --fix          change it
  sudo rtbench doctor --undo         take it back
  rtbench doctor --require rights.realtime,kernel.preempt
  rtbench doctor --systemd           a unit for a real-time program`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(&flags) },
	}
	f := cmd.Flags()
	flags.out.Flags(f)
	f.StringSliceVar(&flags.require, "require", nil, "these `CHECKS` must be ok (A,B); only they decide the exit code")
	f.BoolVar(&flags.fix, "fix", false, "change what can be changed and taken back")
	f.BoolVar(&flags.undo, "undo", false, "take back what --fix has changed")
	f.BoolVar(&flags.dryRun, "dry-run", false, "with --fix or --undo: only say what would be done")
	f.BoolVar(&flags.force, "force", false, "with --undo: also where a setting has been changed again since")
	f.StringVar(&flags.state, "state", "", "remember changes in this file")
	f.BoolVar(&flags.systemd, "systemd", false, "print a systemd unit for a real-time program")
	cmd.MarkFlagsMutuallyExclusive("fix", "undo", "systemd", "require")
	cmd.MarkFlagsMutuallyExclusive("json", "systemd")
	_ = cmd.MarkFlagFilename("state")
	return cmd
}

func (a *app) doctor(flags *doctorFlags) error {
	switch {
	case flags.dryRun && !flags.fix && !flags.undo:
		return fmt.Errorf("--dry-run: nothing would be done anyway; give --fix or --undo with it")
	case flags.force && !flags.undo:
		return fmt.Errorf("--force: is for --undo only; nothing else is overwritten")
	case flags.systemd:
		return writeUnit(a.stdout, a.files(), a.inspect())
	case flags.fix || flags.undo:
		return a.tune(flags)
	}
	findings := a.inspect()
	code, err := doctorCode(findings, flags.require)
	if err != nil {
		return err
	}
	err = flags.out.Print(a.stdout, result.Document{Data: findings, Text: func(p *result.Page) error { return writeFindings(p, findings) }})
	if err == nil && code != exitPass {
		return &statusError{code: code}
	}
	return err
}

// doctorCode returns the exit code for the findings: of the required checks, a breach
// where one is not ok and open where one is unknown; without any required, a breach
// where a check has failed. A warning is a failure of a required check only.
func doctorCode(findings []env.Finding, required []string) (int, error) {
	code := exitPass
	for _, f := range findings {
		if len(required) == 0 && f.Status == env.Fail {
			code = exitBreach
		}
	}
	for _, id := range required {
		i := slices.IndexFunc(findings, func(f env.Finding) bool { return f.ID == id })
		if i < 0 {
			var ids []string
			for _, f := range findings {
				ids = append(ids, f.ID)
			}
			return exitError, fmt.Errorf("--require %s: there is no such check; there are %s", id, strings.Join(ids, ", "))
		}
		switch {
		case findings[i].Status == env.Warn || findings[i].Status == env.Fail:
			code = exitBreach
		case findings[i].Status == env.Unknown && code == exitPass:
			code = exitOpen
		}
	}
	return code, nil
}

// files are the machine's.
func (a *app) files() fs.FS {
	if a.root == "" {
		return env.Host()
	}
	return os.DirFS(a.root)
}

// tune carries out --fix or --undo.
func (a *app) tune(flags *doctorFlags) error {
	t := &tune.Tuner{Root: a.root, State: flags.state}
	if t.Root == "" {
		t.Root = "/"
	}
	if t.State == "" {
		var err error
		if t.State, err = tune.DefaultState(); err != nil {
			return err
		}
	}
	var rows []tune.Row
	var err error
	if flags.fix {
		rows, err = t.Fix(env.Plan(a.files()), flags.dryRun)
	} else {
		rows, err = t.Undo(flags.force, flags.dryRun)
	}
	if err != nil && rows == nil {
		return err
	}
	err = errors.Join(err, flags.out.Print(a.stdout, result.Document{Data: rows, Text: func(p *result.Page) error {
		writeRows(p, rows)
		_, err := fmt.Fprintln(p, summary(rows, flags, t.State))
		return err
	}}))
	if err == nil && left(rows) > 0 {
		return &statusError{code: exitError}
	}
	return err
}

// left counts the settings that are not as asked.
func left(rows []tune.Row) int { return count(rows, tune.Refused) + count(rows, tune.Kept) }

func count(rows []tune.Row, o tune.Outcome) int {
	n := 0
	for _, r := range rows {
		if r.Outcome == o {
			n++
		}
	}
	return n
}

// writeRows prints a line a setting, "before → after", and below it why it is
// not as asked.
func writeRows(w io.Writer, rows []tune.Row) {
	id, path := 0, 0
	for _, r := range rows {
		id, path = max(id, len(r.ID)), max(path, len(r.Path)+1)
	}
	const outcome = 18
	for _, r := range rows {
		to := fmt.Sprintf("%s → %s", r.Before, r.After)
		if r.Before == r.After {
			to = r.After
		}
		fmt.Fprintf(w, "%-*s%-*s  /%-*s  %s\n", outcome, r.Outcome, id, r.ID, path-1, r.Path, to)
		if r.Reason != "" {
			fmt.Fprintf(w, "%*s%s\n", outcome+id+2, "", r.Reason)
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
	}
}

// summary lists the changes made and the next step.
func summary(rows []tune.Row, flags *doctorFlags, state string) string {
	switch {
	case len(rows) == 0 && flags.fix:
		return "Nothing to change: what can be changed and taken back is as it should be."
	case len(rows) == 0:
		return "Nothing to undo: " + state + " remembers no change."
	case flags.dryRun:
		return fmt.Sprintf("%d of %d settings would be changed; nothing was.", count(rows, tune.Planned), len(rows))
	case flags.fix:
		return fmt.Sprintf("%d of %d settings changed. What they were is in %s; rtbench doctor --undo restores it.", count(rows, tune.Changed), len(rows), state)
	}
	text := fmt.Sprintf("%d of %d settings are as they were.", count(rows, tune.Restored)+count(rows, tune.There), len(rows))
	if n := left(rows); n > 0 {
		text += fmt.Sprintf(" The other %d stay in %s.", n, state)
	}
	return text
}

// writeFindings prints one line a check, and below each that is not ok what it
// should be and who can bring that about.
func writeFindings(p *result.Page, findings []env.Finding) error {
	const status = 9
	check := 0
	for _, f := range findings {
		check = max(check, len(f.ID))
	}
	indent := status + check + 2
	open := 0
	for _, f := range findings {
		p.Wrap(indent, fmt.Sprintf("%-*s%s", status, f.Status, f.ID), f.Value)
		if f.Status == env.OK {
			continue
		}
		open++
		p.Wrap(indent, "", "should be: "+f.Want)
		if f.Fix != "" {
			p.Wrap(indent, "", fmt.Sprintf("fix (%s): %s", f.Who, f.Fix))
		}
	}
	_, err := fmt.Fprintf(p, "\n%d of %d checks are ok.\n", len(findings)-open, len(findings))
	return err
}
