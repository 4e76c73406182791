package hil

import (
	"errors"
	"fmt"
)

// Outcome of a check.
type Outcome uint8

const (
	// Pass is a check that holds.
	Pass Outcome = iota
	// Fail is one that does not.
	Fail
	// Inconclusive is one that this run cannot decide. It is no pass.
	Inconclusive
)

// String is "PASS", "FAIL" or "INCONCLUSIVE".
func (o Outcome) String() string {
	switch o {
	case Pass:
		return "PASS"
	case Fail:
		return "FAIL"
	case Inconclusive:
		return "INCONCLUSIVE"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Verdict is what a check came to.
type Verdict struct {
	// ID is the requirement's, empty where there is none. Name is the check's;
	// for how the run ended it is "run", "stalled", "link down", "unstable" or
	// "plant failed", for files that could not be written "recording".
	ID, Name string
	Outcome  Outcome
	// Why is empty for a pass.
	Why string
}

// String is one line: "FAIL REQ-12 overshoot: 12%, of 5 allowed".
func (v Verdict) String() string {
	text := v.Outcome.String()
	if v.ID != "" {
		text += " " + v.ID
	}
	text += " " + v.Name
	if v.Why != "" {
		text += ": " + v.Why
	}
	return text
}

func (v *Verdict) judge(err error) {
	switch {
	case err == nil:
		return
	case errors.Is(err, ErrInconclusive):
		v.Outcome = Inconclusive
	default:
		v.Outcome = Fail
	}
	v.Why = err.Error()
}
