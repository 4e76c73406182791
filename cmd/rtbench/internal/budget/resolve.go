package budget

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/wcet"
)

// Resolved is what a file asks of one machine.
type Resolved struct {
	// Profile that matches the machine; empty when none does.
	Profile string
	// Budgets by benchmark name, in alphabetical order.
	Budgets []wcet.Budget
	// Unmatched names the benchmarks that profiles of other machines limit when no
	// profile matches this one: here those limits are not set.
	Unmatched []string
	// Required of the conditions of measuring, by benchmark; those of which nothing
	// is required are left out.
	Required map[string]Requirement
	// Retries is how many more times a campaign may be measured whose conditions
	// were not as required.
	Retries int

	file *File
}

// For resolves the file for a machine's fingerprint. The matching profile with
// the most keys wins; two with equally many are an error. Its entries override
// those of [budget] key by key.
func (f *File) For(env map[string]string) (*Resolved, error) {
	profile, err := f.match(env)
	if err != nil {
		return nil, err
	}
	r := &Resolved{Profile: profile, file: f}
	special := f.doc.Profile[profile].Budget
	names := slices.Concat(slices.Collect(maps.Keys(f.doc.Budget)), slices.Collect(maps.Keys(special)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		merged := merge(f.doc.Budget[name], special[name])
		b, err := f.budget(r.path(name), name, merged)
		if err != nil {
			return nil, err
		}
		r.Budgets = append(r.Budgets, b)
	}
	if profile == "" {
		r.Unmatched = f.elsewhere()
	}
	r.require()
	return r, nil
}

// merge overrides base by what special gives.
func merge(base, special limits) limits {
	for _, q := range quantiles {
		if v := *q.of(&special); v != nil {
			*q.of(&base) = v
		}
	}
	if special.PWCET != nil {
		base.PWCET = special.PWCET
	}
	if special.Ratio != nil {
		base.Ratio = special.Ratio
	}
	if special.Counts != nil {
		base.Counts = special.Counts
	}
	if special.Confidence != 0 {
		base.Confidence = special.Confidence
	}
	if special.Extrapolation != 0 {
		base.Extrapolation = special.Extrapolation
	}
	if special.OnUnsupported != "" {
		base.OnUnsupported = special.OnUnsupported
	}
	return base
}

// elsewhere lists the benchmarks that some profile limits.
func (f *File) elsewhere() []string {
	var names []string
	for _, p := range f.doc.Profile {
		names = slices.AppendSeq(names, maps.Keys(p.Budget))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// path is where the file speaks of a benchmark: in the profile when it does.
func (r *Resolved) path(name string) []string {
	if _, ok := r.file.doc.Profile[r.Profile].Budget[name]; ok {
		return []string{"profile", r.Profile, "budget", name}
	}
	return []string{"budget", name}
}

// File is the path of the file.
func (r *Resolved) File() string { return r.file.Path }

// Keep drops every budget whose benchmark is not in names.
func (r *Resolved) Keep(names []string) {
	other := func(name string) bool { return !slices.Contains(names, name) }
	r.Budgets = slices.DeleteFunc(r.Budgets, func(b wcet.Budget) bool { return other(b.Benchmark) })
	r.Unmatched = slices.DeleteFunc(r.Unmatched, other)
}

// Measured requires that every benchmark which a budget names or compares with is
// in names. A missing one is an error and never a pass.
func (r *Resolved) Measured(names []string) error {
	for _, b := range r.Budgets {
		if !slices.Contains(names, b.Benchmark) {
			return r.file.fault(r.path(b.Benchmark), "%s was not measured; measure it too, or narrow both with --bench or --suite", b.Benchmark)
		}
		for _, ratio := range b.Ratios {
			if !slices.Contains(names, ratio.To) {
				return r.file.fault(append(r.path(b.Benchmark), "ratio", "to"), "%s was not measured; measure it in the same run", ratio.To)
			}
		}
	}
	return nil
}

// Decidable requires that samples, the number of latencies of each benchmark,
// can decide every limit. A benchmark that samples does not list is passed over.
func (r *Resolved) Decidable(samples map[string]int) error {
	for _, b := range r.Budgets {
		n, ok := samples[b.Benchmark]
		if !ok {
			continue
		}
		err := wcet.Decidable(b, n)
		var cannot *wcet.UndecidableError
		if errors.As(err, &cannot) {
			return r.undecidable(b, cannot)
		}
		if err != nil {
			return r.file.fault(r.path(b.Benchmark), "%v", err)
		}
	}
	return nil
}

func (r *Resolved) undecidable(b wcet.Budget, cannot *wcet.UndecidableError) error {
	key := cannot.Metric
	if strings.HasPrefix(key, "exceedance") {
		key = "pwcet"
	}
	path := append(r.path(b.Benchmark), key)
	return &Error{File: r.file.Path, Line: r.file.at.of(path), Field: spell(path), What: cannot.Error(), Err: cannot}
}

// Explain says of an error that came of judging the budgets where they stand.
func (r *Resolved) Explain(err error) error {
	return &Error{File: r.file.Path, What: err.Error(), Err: err}
}
