package suite

import (
	"errors"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

// TestBusRows runs each row for a moment: both languages exchange over every transport.
func TestBusRows(t *testing.T) {
	if testing.Short() {
		t.Skip("runs loops; left out by -short")
	}
	for _, b := range BusRows(time.Millisecond, true) {
		s, err := b.Measure(t.Context(), bench.Params{Duration: 50 * time.Millisecond})
		if errors.Is(err, bench.ErrUnavailable) {
			t.Logf("%s: %v", b.Name, err)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", b.Name, err)
			continue
		}
		if len(s) != 1 || s[0].Name != b.Name || len(s[0].Samples) == 0 {
			t.Errorf("%s: %+v", b.Name, s)
			continue
		}
		c := s[0].Counters
		if exchanged := c["answered"] + c["late"]; b.Name != RowPID && b.Name != InC+RowPID && (exchanged == 0 || exchanged > 60) {
			t.Errorf("%s: %v", b.Name, c)
		}
	}
}
