package rt

import (
	"errors"
	"slices"
)

// Change is one setting that rt changed, or tried to.
type Change struct {
	// Setting, "GOMAXPROCS".
	Setting string
	// Before and After are its values; After equals Before when refused.
	Before, After string
	// Refused says why it could not be changed, nil when it was.
	Refused error
}

// ledger holds changes in the order made and undoes them in reverse.
type ledger struct {
	changes []Change
	undo    []func() error
}

// did records a change and how to take it back.
func (l *ledger) did(setting, before, after string, undo func() error) {
	l.changes = append(l.changes, Change{Setting: setting, Before: before, After: after})
	l.undo = append(l.undo, undo)
}

// refused records a change that was not made.
func (l *ledger) refused(setting, before string, why error) {
	l.changes = append(l.changes, Change{Setting: setting, Before: before, After: before, Refused: why})
}

// restore takes all changes back, the latest first, whatever fails on the way.
func (l *ledger) restore() error {
	var errs []error
	for _, undo := range slices.Backward(l.undo) {
		errs = append(errs, undo())
	}
	l.undo = nil
	return errors.Join(errs...)
}
