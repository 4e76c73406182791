// Package baseline keeps the findings that an old code base has when it adopts
// memlense, so that only new ones fail.
//
// A finding is recognised by its code, its function and its message, and not by its
// line, so that it stays known when code above it moves. Findings that are equal in
// all three are counted.
package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/memkit-go/memkit/lens/report"
)

// version of the format.
const version = 1

// ErrFormat: the file is no baseline that this version of memlense reads.
var ErrFormat = errors.New("baseline: not a baseline of this version of memlense; write it anew with --write-baseline")

// Entry is a finding, or several that look alike.
type Entry struct {
	Code    string `json:"code"`
	Func    string `json:"func"`
	Message string `json:"message"`
	Count   int    `json:"count"`
}

// Baseline is the content of a file.
type Baseline struct {
	Version  int     `json:"version"`
	Findings []Entry `json:"findings"`
}

type key struct{ code, function, message string }

// New is the baseline of the findings of a report, in order of function, code and
// message.
func New(r *report.Report) *Baseline {
	counts := map[key]int{}
	for _, f := range r.Findings {
		counts[key{f.Code, f.Func, f.Message}]++
	}
	b := &Baseline{Version: version, Findings: []Entry{}}
	for k, n := range counts {
		b.Findings = append(b.Findings, Entry{k.code, k.function, k.message, n})
	}
	slices.SortFunc(b.Findings, func(a, c Entry) int {
		return slices.Compare([]string{a.Func, a.Code, a.Message}, []string{c.Func, c.Code, c.Message})
	})
	return b
}

// Read reads a baseline. Anything but one complete document is [ErrFormat].
func Read(r io.Reader) (*Baseline, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	b := &Baseline{}
	if err := dec.Decode(b); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: it goes on after its end", ErrFormat)
	}
	if b.Version != version {
		return nil, fmt.Errorf("%w: version %d", ErrFormat, b.Version)
	}
	for _, e := range b.Findings {
		if e.Code == "" || e.Count < 1 {
			return nil, fmt.Errorf("%w: an entry without code or count: %+v", ErrFormat, e)
		}
	}
	return b, nil
}

// ReadFile reads the baseline of a file.
func ReadFile(name string) (*Baseline, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	b, err := Read(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// WriteFile replaces a file by the baseline, all of it or nothing.
func (b *Baseline) WriteFile(name string) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(b); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".baseline-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text.Bytes())
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// Apply moves the findings of r that the baseline knows to those that are allowed,
// with the given reason. It returns what the baseline has and the report has not:
// findings that were repaired. Errors stay as they are.
func (b *Baseline) Apply(r *report.Report, reason string) (gone []Entry) {
	left := map[key]int{}
	for _, e := range b.Findings {
		left[key{e.Code, e.Func, e.Message}] += e.Count
	}
	var kept []report.Finding
	for _, f := range r.Findings {
		k := key{f.Code, f.Func, f.Message}
		if left[k] == 0 {
			kept = append(kept, f)
			continue
		}
		left[k]--
		f.Reason = reason
		r.Allowed = append(r.Allowed, f)
	}
	r.Findings = kept
	r.Sort()
	for _, e := range b.Findings {
		k := key{e.Code, e.Func, e.Message}
		if n := min(left[k], e.Count); n > 0 {
			left[k] -= n
			e.Count = n
			gone = append(gone, e)
		}
	}
	return gone
}
