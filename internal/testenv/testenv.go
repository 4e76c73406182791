// Package testenv says which run of the tests is under way.
package testenv

import "testing"

// SkipInRaceRun leaves the test out of make race, which is -race -short: it computes
// for long in one goroutine, or in processes that the detector does not see into. make
// unit has it, and so has the full race run of make test-full.
func SkipInRaceRun(tb testing.TB) {
	tb.Helper()
	if raceEnabled && testing.Short() {
		tb.Skip("left out by -race -short: no goroutines to find a race between; make unit has it")
	}
}
