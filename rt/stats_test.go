package rt

import (
	"reflect"
	"testing"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

// TestStatsNamesCounters: each field of Stats is the counter of its name.
func TestStatsNamesCounters(t *testing.T) {
	names := map[string]counters.Counter{
		"Ticks": counters.Ticks, "Skipped": counters.Skipped, "Overruns": counters.Overruns, "Missed": counters.Missed,
		"Breaches": counters.Breaches, "Interrupted": counters.Interrupted, "LostP": counters.LostP, "Syscalls": counters.Syscalls,
		"Allocs": counters.Allocs, "Windows": counters.Windows, "LostWindows": counters.LostWindows, "MaxWindow": counters.MaxWindow,
		"Maintenances": counters.Maintenances, "MaintenanceSkipped": counters.MaintenanceSkipped, "Stops": counters.Stops,
		"Evacuations": counters.Evacuations, "MaxLatency": counters.MaxLatency, "MaxResponse": counters.MaxResponse, "MaxOutputJitter": counters.MaxOutputJitter, "MinorFaults": counters.MinorFaults,
		"MajorFaults": counters.MajorFaults, "Switches": counters.Switches, "Preemptions": counters.Preemptions,
	}
	var c counters.Counters
	for _, counter := range names {
		c.Of(counter).Store(100 + int64(counter))
	}
	s := reflect.ValueOf(statsOf(&c))
	if s.NumField() != int(counters.Number) || len(names) != int(counters.Number) {
		t.Fatalf("%d fields and %d names for %d counters", s.NumField(), len(names), counters.Number)
	}
	for i := range s.NumField() {
		name := s.Type().Field(i).Name
		if got, want := s.Field(i).Int(), 100+int64(names[name]); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}
