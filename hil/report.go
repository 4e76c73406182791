package hil

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/memkit-go/memkit/internal/junit"
)

// Report is a scenario's result and its verdicts.
type Report struct {
	Scenario string
	Result   *Result
	Verdicts []Verdict
}

func (r *Report) add(v Verdict) { r.Verdicts = append(r.Verdicts, v) }

// Outcome is the worst of the verdicts: Fail, then Inconclusive, then Pass.
func (r *Report) Outcome() Outcome {
	worst := Pass
	for _, v := range r.Verdicts {
		switch {
		case v.Outcome == Fail:
			return Fail
		case v.Outcome != Pass:
			worst = Inconclusive
		}
	}
	return worst
}

// String is the outcome with the result.
func (r *Report) String() string {
	return fmt.Sprintf("%v %s: %v", r.Outcome(), r.Scenario, r.Result)
}

// The files of a report.
const (
	recordingFile = "recording.mcap"
	csvFile       = "recording.csv"
	junitFile     = "junit.xml"
)

// WriteFiles writes the recording as recording.mcap and recording.csv, a drawing for each
// unit as plot-….svg, and the verdicts as junit.xml into a directory, which it makes. What
// could not be written, because the disk is full, becomes the verdict "recording", and the
// other files are written all the same.
func (r *Report) WriteFiles(dir string) error {
	return r.writeFiles(dir, func(name string) (io.WriteCloser, error) { return os.Create(name) })
}

func (r *Report) writeFiles(dir string, create func(name string) (io.WriteCloser, error)) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return r.failed(fmt.Errorf("hil: the report's directory: %w", err))
	}
	write := func(name string, content func(w io.Writer) error) error {
		f, err := create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		return errors.Join(content(f), f.Close())
	}
	var all []error
	if rec := r.Result.Recording; rec != nil {
		all = append(all, write(recordingFile, rec.WriteMCAP), write(csvFile, rec.WriteCSV))
		byUnit := map[string][]string{}
		var units []string
		for _, s := range rec.Signals() {
			if byUnit[s.Unit] == nil {
				units = append(units, s.Unit)
			}
			byUnit[s.Unit] = append(byUnit[s.Unit], s.Name)
		}
		for i, unit := range units {
			all = append(all, write("plot-"+strconv.Itoa(i+1)+".svg", func(w io.Writer) error { return rec.WriteSVG(w, byUnit[unit]...) }))
		}
	}
	failed := r.failed(errors.Join(all...)) // it is in junit.xml too
	return errors.Join(failed, write(junitFile, r.WriteJUnit))
}

// failed makes an error a verdict.
func (r *Report) failed(err error) error {
	if err != nil && !slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Name == "recording" }) {
		r.add(Verdict{Name: "recording", Outcome: Fail, Why: err.Error()})
	}
	return err
}

// WriteJUnit writes the verdicts as JUnit XML, a case for each, with the requirement's id
// in its name; seed and hash are properties.
func (r *Report) WriteJUnit(w io.Writer) error {
	var cases []junit.Case
	for _, v := range r.Verdicts {
		c := junit.Case{Class: r.Scenario, Name: v.Name, Type: v.Outcome.String(), Message: v.Why}
		if v.ID != "" {
			c.Name = v.ID + " " + v.Name
		}
		switch v.Outcome {
		case Fail:
			c.Outcome = junit.Fail
		case Inconclusive:
			c.Outcome = junit.Undecided
		}
		cases = append(cases, c)
	}
	return junit.Write(w, r.Scenario, cases,
		junit.Property{Name: "seed", Value: strconv.FormatUint(r.Result.Seed, 10)},
		junit.Property{Name: "hash", Value: fmt.Sprintf("%016x", r.Result.Hash)},
		junit.Property{Name: "steps", Value: strconv.FormatInt(r.Result.Steps, 10)})
}
