package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/memkit-go/memkit/lens/report"
)

// applyFixes makes the edits of the findings' fixes, file by file, and says how many.
// An edit that overlaps an earlier one is left for the next check. The report is not
// changed; the next check shows the findings that remain.
func (a *app) applyFixes(r *report.Report) error {
	edits := map[string][]report.Edit{}
	made := 0
	for _, f := range r.Findings {
		if f.Fix == nil || len(f.Fix.Edits) == 0 || overlaps(edits, f.Fix.Edits) {
			continue
		}
		for _, e := range f.Fix.Edits {
			edits[e.File] = append(edits[e.File], e)
		}
		made++
	}
	changed := map[string][]byte{}
	for name, list := range edits {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if changed[name], err = (report.Fix{Edits: list}).Apply(name, text); err != nil {
			return err
		}
	}
	for name, text := range changed {
		if err := replaceFile(name, text); err != nil {
			return err
		}
	}
	fmt.Fprintf(a.stderr, "memlense: %d fixes made in %d files; check again\n", made, len(changed))
	return nil
}

// overlaps reports whether an edit touches bytes that those before it change.
func overlaps(before map[string][]report.Edit, edits []report.Edit) bool {
	return slices.ContainsFunc(edits, func(e report.Edit) bool {
		return slices.ContainsFunc(before[e.File], func(b report.Edit) bool {
			return e != b && e.Start < max(b.End, b.Start+1) && b.Start < max(e.End, e.Start+1)
		})
	})
}

// replaceFile gives a file new content, all of it or none, and keeps its mode.
func replaceFile(name string, text []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
