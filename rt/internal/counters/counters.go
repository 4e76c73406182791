package counters

import (
	"fmt"
	"reflect"
	"sync/atomic"
)

// Counter is one of a loop's counters.
type Counter int

// The counters of a loop, in the order of the fields of rt.Stats, which says what
// each of them counts. Fill relies on the order, and rt's TestStatsNamesCounters
// checks it.
const (
	Ticks Counter = iota
	Skipped
	Overruns
	Missed
	Breaches
	Interrupted
	LostP
	Syscalls
	Allocs
	Windows
	LostWindows
	MaxWindow
	Maintenances
	MaintenanceSkipped
	Stops
	Evacuations
	MaxLatency
	MaxResponse
	MaxOutputJitter
	MinorFaults
	MajorFaults
	Switches
	Preemptions

	Number // of counters
)

// Counters are a loop's counters. The loop's thread writes them; any may read.
type Counters struct {
	values  [Number]atomic.Int64
	running atomic.Int64 // 1 inside Run
	halted  atomic.Int64 // 1: the loop may not begin another step
}

// Of is the counter c. The loop's thread is its only writer.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (s *Counters) Of(c Counter) *atomic.Int64 { return &s.values[c] }

// Reset sets all counters to 0.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one store for each counter
func (s *Counters) Reset() {
	for i := range s.values {
		s.values[i].Store(0)
	}
}

// SetRunning says whether the loop is inside Run, and so expected to tick.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Counters) SetRunning(running bool) {
	var n int64
	if running {
		n = 1
	}
	s.running.Store(n)
}

// Running is what SetRunning said last.
func (s *Counters) Running() bool { return s.running.Load() != 0 }

// Halt says whether the loop may begin another step. Unlike the counters, the process
// that watches the loop writes it.
func (s *Counters) Halt(halted bool) {
	var n int64
	if halted {
		n = 1
	}
	s.halted.Store(n)
}

// Halted is what Halt said last.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (s *Counters) Halted() bool { return s.halted.Load() != 0 }

// Fill sets the fields of *stats, a struct of one int64 for each counter in their
// order, to the counters' values. Each is exact; they may be one tick apart.
func (s *Counters) Fill(stats any) {
	fields := reflect.ValueOf(stats).Elem()
	if n := fields.NumField(); n != int(Number) {
		panic(fmt.Sprintf("rt: %v has %d fields, want one for each of %d counters", fields.Type(), n, Number))
	}
	for i := range s.values {
		fields.Field(i).SetInt(s.values[i].Load())
	}
}
