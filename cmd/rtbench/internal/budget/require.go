package budget

import (
	"maps"
	"slices"
)

// requirement is what the file asks of the conditions under which a benchmark is
// measured.
type requirement struct {
	Policy   string   `toml:"policy"`
	GC       string   `toml:"gc"`
	MaxSteal *float64 `toml:"max_steal"`
	Retries  *int     `toml:"retries"`
}

// Requirement is what must hold while a benchmark is measured for its budget to be
// judged at all. The zero value asks nothing.
type Requirement struct {
	// FIFO: the measured thread had a real-time policy, SCHED_FIFO.
	FIFO bool
	// CollectorOff: the garbage collector did not run by itself.
	CollectorOff bool
	// Steal bounds the share of CPU time that the host took from this machine while
	// the run lasted. Nil: any.
	Steal *float64
}

// asks reports whether anything is required.
func (q Requirement) asks() bool { return q.FIFO || q.CollectorOff || q.Steal != nil }

// maxRetries bounds how often a campaign is repeated: more would wait for a machine
// that this one is not.
const maxRetries = 10

// checkRequirement checks the require table at path; retries are allowed where it
// is for all benchmarks.
func (f *File) checkRequirement(path []string, q *requirement, retries bool) error {
	switch {
	case q == nil:
		return nil
	case q.Policy != "" && q.Policy != "fifo" && q.Policy != "any":
		return f.fault(append(path, "policy"), "%q: must be \"fifo\", or \"any\" to lift what stands further up", q.Policy)
	case q.GC != "" && q.GC != "off" && q.GC != "any":
		return f.fault(append(path, "gc"), "%q: must be \"off\", or \"any\" to lift what stands further up", q.GC)
	case q.MaxSteal != nil && !(*q.MaxSteal >= 0 && *q.MaxSteal <= 1):
		return f.fault(append(path, "max_steal"), "%v: a share of CPU time lies from 0 to 1, e.g. 0.01", *q.MaxSteal)
	case q.Retries != nil && !retries:
		return f.fault(append(path, "retries"), "repeats the whole campaign; move it to [require] or [profile.NAME.require]")
	case q.Retries != nil && (*q.Retries < 0 || *q.Retries > maxRetries):
		return f.fault(append(path, "retries"), "%d: must lie from 0 to %d", *q.Retries, maxRetries)
	}
	return nil
}

// mergeRequirements overrides base by what special gives, key by key.
func mergeRequirements(base, special *requirement) *requirement {
	merged := requirement{}
	for _, q := range []*requirement{base, special} {
		if q == nil {
			continue
		}
		if q.Policy != "" {
			merged.Policy = q.Policy
		}
		if q.GC != "" {
			merged.GC = q.GC
		}
		if q.MaxSteal != nil {
			merged.MaxSteal = q.MaxSteal
		}
		if q.Retries != nil {
			merged.Retries = q.Retries
		}
	}
	return &merged
}

// require resolves what the file requires of this machine, for each benchmark with
// a budget.
func (r *Resolved) require() {
	whole := mergeRequirements(r.file.doc.Require, r.file.doc.Profile[r.Profile].Require)
	if whole.Retries != nil {
		r.Retries = *whole.Retries
	}
	r.Required = map[string]Requirement{}
	special := r.file.doc.Profile[r.Profile].Budget
	for _, b := range r.Budgets {
		own := mergeRequirements(r.file.doc.Budget[b.Benchmark].Require, special[b.Benchmark].Require)
		q := mergeRequirements(whole, own)
		required := Requirement{FIFO: q.Policy == "fifo", CollectorOff: q.GC == "off", Steal: q.MaxSteal}
		if required.asks() {
			r.Required[b.Benchmark] = required
		}
	}
}

// checkRequirements checks the require tables that hold for all benchmarks.
func (f *File) checkRequirements() error {
	if err := f.checkRequirement([]string{"require"}, f.doc.Require, true); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(f.doc.Profile)) {
		if err := f.checkRequirement([]string{"profile", name, "require"}, f.doc.Profile[name].Require, true); err != nil {
			return err
		}
	}
	return nil
}
