package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/journal"
	"github.com/memkit-go/memkit/rt/record"
)

// partialName is the name of an incomplete run's file where there is a run file
// already, which it does not replace.
const partialName = "run.partial.rtrun"

// keepGrace is how long an interrupted command may take to write what it has
// measured.
const keepGrace = 10 * time.Second

// keptError ends a command that kept an incomplete run.
type keptError struct {
	err  error
	path string
	n    int
}

func (e *keptError) Error() string {
	return fmt.Sprintf("%v; the %d samples until then are in %s, marked incomplete: rtbench report and fit read them, check does not pass on them", e.err, e.n, e.path)
}

func (e *keptError) Unwrap() error { return e.err }

// journal keeps the samples of a run while it is measured.
func (a *app) journal(r *request) *journal.Journal {
	return &journal.Journal{Dir: r.out, Run: record.Run{
		Created: time.Now().UTC().Format(time.RFC3339), Command: a.command, Env: a.environment(),
	}}
}

// keeping lets a launcher of programs keep their samples while they run. Processes are
// numbered from first on.
func (r *request) keeping(l campaign.Launcher, j *journal.Journal, first int) campaign.Launcher {
	if c, ok := l.(*campaign.Command); ok {
		c.Keep = func(s *record.Series, samples []int64) error {
			numbered := *s
			numbered.Process += first
			return j.Append(&numbered, samples)
		}
	}
	return l
}

// keepIncomplete writes an incomplete run and returns why it is one. Where it cannot be
// written, the journal has it.
func (a *app) keepIncomplete(out *outputs, j *journal.Journal, run *record.Run, cause error) error {
	if run == nil {
		return errors.Join(cause, j.Remove())
	}
	a.keeping.Store(true)
	name := runName
	if _, err := os.Stat(out.path(name)); !errors.Is(err, fs.ErrNotExist) {
		name = partialName
	}
	if j.Broken() != nil {
		return a.endJournal(j, cause)
	}
	file, _, err := encodeRun(run)
	if err == nil {
		err = stageBytes(out, name, file)
	}
	if err == nil {
		err = out.commit()
	}
	if err != nil {
		return a.endJournal(j, errors.Join(cause, err))
	}
	kept := &keptError{cause, out.path(name), samplesOf(run)}
	if j.Path() == kept.path {
		err = j.Forget() // it was replaced
	} else {
		err = j.Remove()
	}
	return errors.Join(kept, err)
}

// endJournal leaves the journal as the file of a run that could be kept nowhere else.
func (a *app) endJournal(j *journal.Journal, cause error) error {
	path := j.Path()
	if path == "" {
		return cause
	}
	a.keeping.Store(true)
	err := j.End(cause.Error())
	run, _, readErr := loadRun(path)
	if err = errors.Join(err, readErr); err != nil {
		return errors.Join(cause, fmt.Errorf("keeping the samples until then: %w", err))
	}
	return &keptError{cause, path, samplesOf(run)}
}

func samplesOf(run *record.Run) (n int) {
	for _, s := range run.Series {
		n += len(s.Samples)
	}
	return n
}
