package budget

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/wcet"
	"github.com/pelletier/go-toml/v2"
)

// Known are the benchmarks that a file may name, with the period of the periodic
// ones and zero for the others.
type Known map[string]time.Duration

// File is a loaded and checked rtbench.toml.
type File struct {
	Path  string
	doc   document
	at    lines
	known Known
}

// Load reads and checks a budget file.
func Load(path string, known Known) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text, known)
}

// Parse checks the text of a budget file; path is for messages.
func Parse(path string, text []byte, known Known) (*File, error) {
	f := &File{Path: path, known: known}
	decoder := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := decoder.Decode(&f.doc); err != nil {
		return nil, f.syntax(err)
	}
	f.at = locate(text)
	if err := f.checkRequirements(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(f.doc.Budget)) {
		if err := f.checkBase(name); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.doc.Profile)) {
		if err := f.checkProfile(name); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// misfit is how the decoder tells of a value of the wrong type, in terms of Go
// types, which mean nothing to the file's author.
var misfit = regexp.MustCompile(`^cannot decode TOML (.+?) into `)

// syntax turns the decoder's errors into ours; of several unknown keys all are
// told.
func (f *File) syntax(err error) error {
	var missing *toml.StrictMissingError
	if errors.As(err, &missing) {
		var all []error
		for i := range missing.Errors {
			all = append(all, f.unknownKey(&missing.Errors[i]))
		}
		return errors.Join(all...)
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, _ := decode.Position()
		what := strings.TrimPrefix(decode.Error(), "toml: ")
		if m := misfit.FindStringSubmatch(what); m != nil {
			what = "a TOML " + m[1] + " does not fit here; docs/rtbench.toml shows what does"
		}
		return &Error{File: f.Path, Line: line, Field: spell(decode.Key()), What: what, Err: err}
	}
	return &Error{File: f.Path, What: err.Error(), Err: err}
}

func (f *File) unknownKey(e *toml.DecodeError) error {
	line, _ := e.Position()
	key := e.Key()
	what := "unknown key"
	if len(key) > 0 {
		if near := bench.Nearest(key[len(key)-1], keys); near != "" {
			what += fmt.Sprintf("; did you mean %q?", near)
		}
	}
	return &Error{File: f.Path, Line: line, Field: spell(key), What: what}
}

func (f *File) checkBase(name string) error {
	path := []string{"budget", name}
	l := f.doc.Budget[name]
	for _, q := range quantiles {
		if *q.of(&l) != nil {
			return f.absolute(append(path, q.key))
		}
	}
	if l.PWCET != nil {
		return f.absolute(append(path, "pwcet"))
	}
	return f.checkLimits(path, name, l)
}

func (f *File) absolute(path []string) error {
	return f.fault(path, "an absolute limit holds for some machines only; move it under [profile.NAME.budget.%q] with match = {…} (match = {} is every machine)", path[1])
}

func (f *File) checkProfile(name string) error {
	path := []string{"profile", name}
	p := f.doc.Profile[name]
	if p.Match == nil {
		return f.fault(path, "says for no machine that it applies; add match = { cpu.model = \"…\" }, or match = {} for every machine")
	}
	if _, err := f.properties(append(path, "match"), "", p.Match); err != nil {
		return err
	}
	if len(p.Budget) == 0 {
		return f.fault(path, "has no budget; add [profile.%s.budget.\"NAME\"]", spell(path[1:]))
	}
	for _, benchmark := range slices.Sorted(maps.Keys(p.Budget)) {
		if err := f.checkLimits(append(path, "budget", benchmark), benchmark, p.Budget[benchmark]); err != nil {
			return err
		}
	}
	return nil
}

// checkLimits checks what the file says of one benchmark at path.
func (f *File) checkLimits(path []string, name string, l limits) error {
	if _, ok := f.known[name]; !ok {
		return f.unknownBenchmark(path, name)
	}
	if l.Confidence != 0 && !(l.Confidence > .5 && l.Confidence < 1) {
		return f.fault(append(path, "confidence"), "%v: must lie between 0.5 and 1; leave it out for 0.95", l.Confidence)
	}
	if l.Extrapolation != 0 && !(l.Extrapolation >= 1 && l.Extrapolation <= wcet.MaxExtrapolation) {
		return f.fault(append(path, "extrapolation"), "%v: must lie from 1 to %d, how many times beyond its samples a bound may reach; leave it out for %d", l.Extrapolation, wcet.MaxExtrapolation, wcet.MaxExtrapolation)
	}
	if err := f.checkRequirement(append(path, "require"), l.Require, false); err != nil {
		return err
	}
	switch wcet.OnUnsupported(l.OnUnsupported) {
	case wcet.UnsupportedStays, wcet.UnsupportedFails, wcet.UnsupportedInconclusive, wcet.UnsupportedDistributionFree:
	default:
		return f.fault(append(path, "on_unsupported"), "%q: must be \"fail\", \"inconclusive\" or \"distribution-free\"; it is never a pass", l.OnUnsupported)
	}
	for _, counter := range slices.Sorted(maps.Keys(l.Counts)) {
		if v := l.Counts[counter]; !(v >= 0) || math.IsInf(v, 0) {
			return f.fault(append(path, "counts", counter), "%v: a count's limit must be ≥0 and finite", v)
		}
	}
	b, err := f.budget(path, name, l)
	if err != nil {
		return err
	}
	if len(b.Quantiles)+len(b.Ratios)+len(b.Counts) == 0 && b.Exceedance == nil {
		return f.fault(path, "sets no limit; give p50, p99, p999, p9999, pwcet, ratio or counts")
	}
	return nil
}

func (f *File) unknownBenchmark(path []string, name string) error {
	hint := "`rtbench list` shows all; a program of your own has the name that `run --name` gives it"
	if near := bench.Nearest(name, slices.Sorted(maps.Keys(f.known))); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return f.fault(path, "unknown benchmark %q; %s", name, hint)
}

// duration is a latency limit in nanoseconds, the unit of every series.
func (f *File) duration(path []string, d *duration) (float64, error) {
	v, err := time.ParseDuration(d.text)
	if err != nil {
		return 0, f.fault(path, "%q is no duration; write a number and a unit in quotes, e.g. \"150us\"", d.text)
	}
	if v <= 0 {
		return 0, f.fault(path, "%q: a limit must be >0, e.g. \"150us\"", d.text)
	}
	return float64(v.Nanoseconds()), nil
}

// budget translates the limits of one benchmark.
func (f *File) budget(path []string, name string, l limits) (wcet.Budget, error) {
	b := wcet.Budget{Benchmark: name, Confidence: l.Confidence, OnUnsupported: wcet.OnUnsupported(l.OnUnsupported), Extrapolation: l.Extrapolation}
	for _, q := range quantiles {
		text := *q.of(&l)
		if text == nil {
			continue
		}
		limit, err := f.duration(append(path, q.key), text)
		if err != nil {
			return b, err
		}
		b.Quantiles = append(b.Quantiles, wcet.QuantileLimit{P: q.p, Limit: limit})
	}
	var err error
	if l.PWCET != nil {
		if b.Exceedance, err = f.exceedance(append(path, "pwcet"), name, l.PWCET); err != nil {
			return b, err
		}
	}
	if b.Ratios, err = f.ratios(append(path, "ratio"), name, l.Ratio); err != nil {
		return b, err
	}
	for _, counter := range slices.Sorted(maps.Keys(l.Counts)) {
		b.Counts = append(b.Counts, wcet.CountLimit{Counter: counter, Limit: l.Counts[counter]})
	}
	return b, nil
}
