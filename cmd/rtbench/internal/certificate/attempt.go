package certificate

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/budget"
	"github.com/memkit-go/memkit/rt/record"
	"github.com/memkit-go/memkit/wcet"
)

// Attempt is one campaign under conditions that a budget file may have
// requirements of. Whether it counts depends on its conditions alone: a benchmark
// measured under others than required is not judged, and one that was judged and
// failed ends all attempts.
type Attempt struct {
	Created string `json:"created"`
	// Digest is the SHA-256 of its run file; that of the last attempt is kept.
	Digest string `json:"digest"`
	// Steal is the share of CPU time that the host took while it lasted; NaN, in
	// JSON null, where that cannot be read.
	Steal float64 `json:"steal"`
	// Conditions of the benchmarks of which something is required.
	Conditions []Condition `json:"conditions,omitempty"`
	// Verdict over the benchmarks that were judged.
	Verdict wcet.Verdict `json:"verdict"`
}

// Condition is what one benchmark was measured under.
type Condition struct {
	Bench string `json:"bench"`
	// FIFO and CollectorOff hold of every process that measured; null where a
	// process did not say.
	FIFO         *bool `json:"fifo"`
	CollectorOff *bool `json:"gc_off"`
	// Unmet are the requirements that did not hold, each with the value found. It
	// is empty when all held.
	Unmet []string `json:"unmet"`
}

// MarshalJSON writes an unknown share as null.
func (a Attempt) MarshalJSON() ([]byte, error) {
	type plain Attempt
	var steal *float64
	if !math.IsNaN(a.Steal) {
		steal = &a.Steal
	}
	return json.Marshal(struct {
		plain
		Steal *float64 `json:"steal"`
	}{plain(a), steal})
}

// UnmarshalJSON reads null as NaN.
func (a *Attempt) UnmarshalJSON(text []byte) error {
	type plain Attempt
	j := struct {
		*plain
		Steal *float64 `json:"steal"`
	}{plain: (*plain)(a)}
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	a.Steal = math.NaN()
	if j.Steal != nil {
		a.Steal = *j.Steal
	}
	return nil
}

// newAttempt notes the conditions of a run.
func newAttempt(e Evidence, populations map[string]wcet.Population) Attempt {
	a := Attempt{Created: e.Run.Created, Digest: e.Digest, Steal: stealOf(e.Run), Verdict: wcet.Inconclusive}
	if e.Budgets == nil {
		return a
	}
	for _, b := range e.Budgets.Budgets {
		if q, asked := e.Budgets.Required[b.Benchmark]; asked {
			a.Conditions = append(a.Conditions, newCondition(populations[b.Benchmark], q, a.Steal))
		}
	}
	return a
}

// stealOf is the mean share of CPU time stolen over the whole run.
func stealOf(run *record.Run) float64 {
	var stolen, before float64
	for _, f := range run.Interference {
		stolen += f.Steal * (float64(f.At) - before)
		before = float64(f.At)
	}
	return stolen / before
}

func newCondition(p wcet.Population, q budget.Requirement, steal float64) Condition {
	c := Condition{Bench: p.Name, FIFO: factOf(p, "fifo"), CollectorOff: factOf(p, "gc_off"), Unmet: []string{}}
	if unavailable(p) {
		// It is unsupported for that reason, whatever the conditions.
		return c
	}
	ask := func(asked bool, found *bool, no, unknown string) {
		switch {
		case !asked || found != nil && *found:
		case found == nil:
			c.Unmet = append(c.Unmet, unknown)
		default:
			c.Unmet = append(c.Unmet, no)
		}
	}
	ask(q.FIFO, c.FIFO, "a process had no real-time policy, SCHED_FIFO is required; see rtbench doctor", "whether it had SCHED_FIFO, which is required, is unknown")
	ask(q.CollectorOff, c.CollectorOff, "the garbage collector was on, off is required", "whether the garbage collector was off, which is required, is unknown: only loops of package rt tell")
	switch {
	case q.Steal == nil:
	case math.IsNaN(steal):
		c.Unmet = append(c.Unmet, fmt.Sprintf("the host's steal cannot be read, at most %.3g%% is required", 100**q.Steal))
	case steal > *q.Steal:
		c.Unmet = append(c.Unmet, fmt.Sprintf("the host took %.3g%% of the CPU time, at most %.3g%% is required; measure when it is less busy", 100*steal, 100**q.Steal))
	}
	return c
}

// factOf reports whether a fact is true in every process that measured; nil where
// one of them did not record it.
func factOf(p wcet.Population, name string) *bool {
	all := true
	series := slices.Concat(p.Latency, p.Batch)
	for _, s := range series {
		v, told := s.Facts[name]
		if !told {
			return nil
		}
		all = all && v > 0
	}
	if len(series) == 0 {
		return nil
	}
	return &all
}

func unavailable(p wcet.Population) bool {
	return slices.ContainsFunc(slices.Concat(p.Latency, p.Batch), func(s record.Series) bool { return s.Unavailable != "" })
}

// unmet are the conditions that were not as required, by benchmark.
func (a Attempt) unmet() map[string][]string {
	list := map[string][]string{}
	for _, c := range a.Conditions {
		if len(c.Unmet) > 0 {
			list[c.Bench] = c.Unmet
		}
	}
	return list
}

// Unmet lists, for a reader, why benchmarks of the last attempt were not judged.
func (c *Certificate) Unmet() []string {
	if len(c.Attempts) == 0 {
		return nil
	}
	var lines []string
	for _, condition := range c.Attempts[len(c.Attempts)-1].Conditions {
		for _, reason := range condition.Unmet {
			lines = append(lines, condition.Bench+": "+reason)
		}
	}
	return lines
}

// Retry reports whether the campaign should be measured again: something was not
// judged because of its conditions, nothing that was judged failed, and the budget
// file allows one more attempt.
func (c *Certificate) Retry(retries int) bool {
	return len(c.Unmet()) > 0 && c.Verdict != wcet.Fail && len(c.Attempts) <= retries
}
