package record

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// seriesKey identifies a series: a process measures one of each kind for each
// benchmark.
type seriesKey struct {
	name    string
	kind    Kind
	process int
}

// validate reports the first thing in run that no measurement can have made.
func (run *Run) validate() error {
	seen := make(map[seriesKey]bool, len(run.Series))
	for i := range run.Series {
		s := &run.Series[i]
		if err := s.validate(); err != nil {
			return fmt.Errorf("series %d (%q): %w", i, s.Name, err)
		}
		key := seriesKey{s.Name, s.Kind, s.Process}
		if seen[key] {
			return fmt.Errorf("series %d (%q): a second %s series of process %d", i, s.Name, s.Kind, s.Process)
		}
		seen[key] = true
	}
	if run.Look < 0 {
		return fmt.Errorf("look %d: must be ≥0", run.Look)
	}
	for i, f := range run.Interference {
		if f.At < 0 {
			return fmt.Errorf("interference %d: at %d: must be ≥0, ns since the run's start", i, f.At)
		}
		if i > 0 && f.At < run.Interference[i-1].At {
			return fmt.Errorf("interference %d: at %d after %d: must be in time order", i, f.At, run.Interference[i-1].At)
		}
		if f.Quota < 0 || f.Hot < 0 || f.Slowest < 0 {
			return fmt.Errorf("interference %d: quota %d, hot %d, slowest %d: must be ≥0", i, f.Quota, f.Hot, f.Slowest)
		}
		if !(f.Steal >= 0 && f.Steal <= 1) {
			return fmt.Errorf("interference %d: steal %v is no share from 0 to 1", i, f.Steal)
		}
	}
	return nil
}

func (s *Series) validate() error {
	switch {
	case s.Name == "":
		return fmt.Errorf("it has no name")
	case !utf8.ValidString(s.Name):
		return fmt.Errorf("its name is not UTF-8")
	case s.Kind != Latency && s.Kind != Batch:
		return fmt.Errorf("kind %q is neither %q nor %q", s.Kind, Latency, Batch)
	case s.Unit == "":
		return fmt.Errorf("it has no unit")
	case s.Process < 0:
		return fmt.Errorf("process %d: must be ≥0", s.Process)
	case s.Start < 0:
		return fmt.Errorf("start %d: must be ≥0, ns since the run's start", s.Start)
	case s.Ops < 1:
		return fmt.Errorf("ops %d: a sample covers at least 1 operation", s.Ops)
	case s.Kind == Latency && s.Ops != 1:
		return fmt.Errorf("ops %d: a latency sample covers exactly 1 operation", s.Ops)
	case s.Period < 0:
		return fmt.Errorf("period %d: must be ≥0", s.Period)
	case s.Unavailable != "" && len(s.Samples) > 0:
		return fmt.Errorf("it is unavailable (%s) and has samples", s.Unavailable)
	}
	for name, v := range s.Counters {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("counter %q is %v: must be finite", name, v)
		}
	}
	for name, v := range s.Facts {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("fact %q is %v: must be finite", name, v)
		}
		if _, counted := s.Counters[name]; counted {
			return fmt.Errorf("%q is both a counter and a fact: a count adds up over processes, a fact does not", name)
		}
	}
	return nil
}
