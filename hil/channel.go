package hil

import (
	"fmt"
	"math"
	"slices"
)

// Channel is one value of a rig: a row of the table that a [Config] gives. Its index
// is its place in it.
type Channel struct {
	// Name is the channel's own; no two of a rig are the same.
	Name string
	// Unit is the SI symbol, such as "rad/s", "V" or "1".
	Unit string
	// Min and Max are hard limits: nothing outside them passes the link, towards the
	// device or from it, whatever a scenario or a fault asks for, and a NaN becomes
	// Safe. Both 0 means that the channel has no limits.
	Min, Max float64
	// Safe is the value that is driven when the device does not answer or the run
	// ends early. It lies within the limits.
	Safe float64
	// Trip, on a sensor, ends the run as unstable when the plant's output is larger
	// in magnitude. 0 means that only NaN and infinity do.
	Trip float64
}

// String is the name with its unit: "speed [rad/s]".
func (c Channel) String() string { return fmt.Sprintf("%s [%s]", c.Name, c.Unit) }

// bounds returns the limits, infinite where there are none.
func (c Channel) bounds() (lo, hi float64) {
	if c.Min == 0 && c.Max == 0 {
		return math.Inf(-1), math.Inf(1)
	}
	return c.Min, c.Max
}

func (c Channel) limited() bool { return c.Min != 0 || c.Max != 0 }

func (c Channel) validate(field string, trip bool) error {
	for _, v := range []float64{c.Min, c.Max, c.Safe, c.Trip} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("hil: %s %q: Min %v, Max %v, Safe %v, Trip %v: must be finite; leave Min and Max 0 for no limits", field, c.Name, c.Min, c.Max, c.Safe, c.Trip)
		}
	}
	lo, hi := c.bounds()
	switch {
	case c.Name == "":
		return fmt.Errorf("hil: %s has a channel without a name; give each a Name", field)
	case c.Max < c.Min || c.limited() && c.Min == c.Max:
		return fmt.Errorf("hil: %s %q: Max %v: must be above Min (%v)", field, c.Name, c.Max, c.Min)
	case c.Safe < lo || c.Safe > hi:
		return fmt.Errorf("hil: %s %q: Safe %v: must lie within %v and %v; set a value that harms nothing", field, c.Name, c.Safe, c.Min, c.Max)
	case c.Trip < 0 || c.Trip > 0 && !trip:
		return fmt.Errorf("hil: %s %q: Trip %v: must be positive and on a sensor; it bounds the plant's outputs", field, c.Name, c.Trip)
	}
	return nil
}

// limit is the hard limit of a channel at the link.
type limit struct{ min, max, safe float64 }

func limits(channels []Channel) []limit {
	l := make([]limit, len(channels))
	for i, c := range channels {
		l[i].min, l[i].max = c.bounds()
		l[i].safe = c.Safe
		if !c.limited() {
			l[i].safe = math.NaN() // passes a NaN as it is
		}
	}
	return l
}

// apply returns v within the limits.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (l *limit) apply(v float64) float64 {
	if v >= l.min && v <= l.max {
		return v
	}
	if v < l.min {
		return l.min
	}
	if v > l.max {
		return l.max
	}
	return l.safe
}

// find returns the index of a name, -1 when there is none.
func find(channels []Channel, name string) int {
	return slices.IndexFunc(channels, func(c Channel) bool { return c.Name == name })
}

func names(channels []Channel) []string {
	var all []string
	for _, c := range channels {
		all = append(all, c.Name)
	}
	return all
}
