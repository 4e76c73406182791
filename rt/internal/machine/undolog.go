package machine

import (
	"errors"
	"slices"
)

// UndoLog holds how to take changes back, in the order in which they were made.
type UndoLog struct{ undo []func() error }

// Add records how to take a change back.
func (l *UndoLog) Add(undo func() error) { l.undo = append(l.undo, undo) }

// Undo takes all changes back, the latest first, whatever fails on the way.
func (l *UndoLog) Undo() error {
	var errs []error
	for _, undo := range slices.Backward(l.undo) {
		errs = append(errs, undo())
	}
	l.undo = nil
	return errors.Join(errs...)
}
