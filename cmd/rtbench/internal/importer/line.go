package importer

import (
	"fmt"
	"math"
	"regexp"
)

// Matched is the part of a line that match takes: its first group, or all that it
// matches.
func Matched(match *regexp.Regexp, line []byte) ([]byte, bool) {
	groups := match.FindSubmatch(line)
	switch {
	case groups == nil:
		return nil, false
	case len(groups) > 1:
		return groups[1], true
	}
	return groups[0], true
}

// Latency reads one number in nanoseconds. A number without a unit is in that of o, or
// else in nanoseconds.
func Latency(text []byte, o Options) (int64, error) {
	v, unit, err := number(text, o.DecimalComma)
	if err != nil {
		return 0, err
	}
	if unit == "" {
		unit = o.Unit
	}
	if unit == "" {
		unit = "ns"
	}
	scale, err := Nanoseconds(unit)
	if err != nil {
		return 0, err
	}
	return toNanoseconds(v, scale)
}

// toNanoseconds rounds a latency to whole nanoseconds.
func toNanoseconds(v, scale float64) (int64, error) {
	ns := math.Round(v * scale)
	switch {
	case ns < 0:
		return 0, fmt.Errorf("latency %g is negative; take the stamps from one monotonic clock", v)
	case ns >= 1<<63:
		return 0, fmt.Errorf("latency %g does not fit into 63 bits of nanoseconds", v)
	}
	return int64(ns), nil
}
