package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

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

// keepIncomplete writes an incomplete run and returns why it is one.
func (a *app) keepIncomplete(out *outputs, run *record.Run, cause error) error {
	if run == nil {
		return cause
	}
	a.keeping.Store(true)
	name := runName
	if _, err := os.Stat(out.path(name)); !errors.Is(err, fs.ErrNotExist) {
		name = partialName
	}
	file, _, err := encodeRun(run)
	if err == nil {
		err = stageBytes(out, name, file)
	}
	if err == nil {
		err = out.commit()
	}
	if err != nil {
		return errors.Join(cause, fmt.Errorf("keeping the samples measured so far: %w", err))
	}
	n := 0
	for _, s := range run.Series {
		n += len(s.Samples)
	}
	return &keptError{cause, out.path(name), n}
}
