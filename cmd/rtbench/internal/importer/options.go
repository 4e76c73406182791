package importer

import (
	"regexp"
)

// Options select the values to read; the zero value reads what needs no choice.
type Options struct {
	// Name of the file, for errors.
	Name string
	// Kind forces a format; empty detects it.
	Kind string
	// Column of a table, by its name or its number from 1.
	Column string
	// Field of JSON lines: names of members, joined with dots.
	Field string
	// Series picks one of several by its name.
	Series string
	// Unit of numbers without one, in place of the file's own: ns, us, ms or s.
	Unit string
	// DecimalComma reads 21,5 as twenty-one and a half.
	DecimalComma bool
	// Skip leaves out the lines that it matches.
	Skip *regexp.Regexp
	// Match, when set, takes the number from its first group, or from what it matches
	// where it has none, and leaves out the other lines.
	Match *regexp.Regexp
	// Room is how many samples a table has at most, where that is known: then memory is
	// made once.
	Room int
}
