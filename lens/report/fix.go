package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrEdit: an edit does not fit the file, or two edits overlap.
var ErrEdit = errors.New("report: an edit does not fit the file; check again, the source has changed")

// Fix is a change of the source that clears a finding.
type Fix struct {
	// Message says what the change does.
	Message string `json:"message"`
	Edits   []Edit `json:"edits"`
}

// Edit replaces the bytes [Start, End) of a file.
type Edit struct {
	File  string `json:"file"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	New   string `json:"new"`
}

// MarshalJSON writes empty arrays as [], never as null.
func (f Fix) MarshalJSON() ([]byte, error) {
	type plain Fix
	f.Edits = orEmpty(f.Edits)
	return json.Marshal(plain(f))
}

// Apply returns src, the content of the file, with the edits of that file made.
// Equal edits count once; edits that overlap otherwise are [ErrEdit].
func (f Fix) Apply(file string, src []byte) ([]byte, error) {
	var edits []Edit
	for _, e := range f.Edits {
		if e.File == file {
			edits = append(edits, e)
		}
	}
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.Start - b.Start })
	edits = slices.Compact(edits)
	var out bytes.Buffer
	done := 0
	for _, e := range edits {
		if e.Start < done || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("%w: %s, bytes %d to %d", ErrEdit, file, e.Start, e.End)
		}
		out.Write(src[done:e.Start])
		out.WriteString(e.New)
		done = e.End
	}
	out.Write(src[done:])
	return out.Bytes(), nil
}
