package suite

import (
	"testing"
	"time"
)

// TestBusRows runs each row for a moment: both languages exchange over every transport.
func TestBusRows(t *testing.T) {
	if testing.Short() {
		t.Skip("runs loops; left out by -short")
	}
	for _, b := range BusRows(time.Millisecond, true) {
		t.Run(b.Name, func(t *testing.T) {
			// A busy machine may keep both sides from meeting for all of a short time.
			for periods := 50; ; periods *= 4 {
				s := measure(t, b, time.Duration(periods)*time.Millisecond)
				if len(s) != 1 || s[0].Name != b.Name {
					t.Fatalf("%+v", s)
				}
				c := s[0].Counters
				exchanged := c["answered"] + c["late"]
				if b.Name == RowPID || b.Name == InC+RowPID {
					exchanged = 1 // nothing is exchanged
				}
				if exchanged > float64(periods+10) {
					t.Errorf("%g exchanges in %d periods", exchanged, periods)
				}
				if len(s[0].Samples) > 0 && exchanged > 0 {
					return
				}
				if periods > 10_000 {
					t.Fatalf("%+v", s)
				}
			}
		})
	}
}
