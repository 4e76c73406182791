package selftest

import "testing"

func TestResultIsASentence(t *testing.T) {
	r := Result{Detect: map[string]Detection{"shift": {Caught: 499, Runs: 500}, "delay": {Caught: 450, Runs: 500}}, FalseAlarms: FalseAlarms{Fails: 2, Runs: 500}}
	const want = "delay caught in 450 of 500 runs, shift caught in 499 of 500 runs, 2 false alarms in 500"
	if got := r.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
