package history

import (
	"cmp"
	"slices"
)

// Key names a figure that certificates repeat.
type Key struct {
	Bench, Metric string
	// Unit of the values.
	Unit string
}

// Value of a figure in one certificate.
type Value struct {
	// Figure is an index of History.Keys.
	Figure int
	// V is the estimate, or an extreme-value bound; Upper is its limit, NaN without one.
	V, Upper float64
}

// Point is one certificate.
type Point struct {
	Commit  string
	Created string
	// Machine is what measured: figures of different machines cannot be compared.
	Machine string
	// File it was read from, relative to the directory.
	File   string
	Values []Value
	named  bool
}

// History is a directory of certificates.
type History struct {
	Keys []Key
	// Points in the order in which they were measured.
	Points []Point
	// Torn lists files whose last line is incomplete and was left out.
	Torn []string
	// Read is how many certificates the digest did not have.
	Read int
}

// figure is the index of a key, which is added if it is new.
func (h *History) figure(k Key, index map[Key]int) int {
	i, known := index[k]
	if !known {
		i = len(h.Keys)
		index[k] = i
		h.Keys = append(h.Keys, k)
	}
	return i
}

func (h *History) sort() {
	slices.SortStableFunc(h.Points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.File, b.File))
	})
}
