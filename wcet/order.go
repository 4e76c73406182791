package wcet

import (
	"math"
	"slices"
	"sort"
)

// keptTop is how many of the largest values [orders] keeps sorted when it does not
// keep all: enough for every tail that is fitted, and for the 99% quantile of 1e8
// values. Tests lower it.
var keptTop = 1 << 20

// orders gives the order statistics of ordered series, all of them exactly. Up to
// four times keptTop values are sorted in a copy; of more, only the largest are,
// and a lower one is selected by its digits in five passes. So 1e8 values need
// 8 MB beside themselves.
type orders struct {
	parts [][]float64
	count int
	// top are the largest values in ascending order, or all values.
	top []float64
}

func newOrders(parts [][]float64) orders {
	o := orders{parts: parts}
	for _, part := range parts {
		o.count += len(part)
	}
	if o.count <= 4*keptTop {
		o.top = slices.Concat(parts...)
	} else {
		o.top = o.largestValues(keptTop)
	}
	slices.Sort(o.top)
	return o
}

// largestValues lists the n largest values, in no order.
func (o orders) largestValues(n int) []float64 {
	least, _ := o.pair(o.count - n)
	top := make([]float64, 0, n)
	for _, part := range o.parts {
		for _, v := range part {
			if v > least {
				top = append(top, v)
			}
		}
	}
	for len(top) < n {
		top = append(top, least)
	}
	return top
}

func (o orders) n() int { return o.count }

// at is the value of rank i, from 0 for the smallest.
func (o orders) at(i int) float64 {
	if below := o.count - len(o.top); i >= below {
		return o.top[i-below]
	}
	v, _ := o.pair(i)
	return v
}

func (o orders) largest() float64 { return o.top[len(o.top)-1] }

// constant reports whether all values are equal.
func (o orders) constant() bool { return o.at(0) == o.largest() }

// exceeded is the value that m values lie at or beyond, m ≥ 1.
func (o orders) exceeded(m int) float64 { return o.at(o.count - m) }

// above counts the values beyond limit.
func (o orders) above(limit float64) int {
	if len(o.top) == o.count || limit >= o.top[0] {
		return len(o.top) - sort.Search(len(o.top), func(i int) bool { return o.top[i] > limit })
	}
	count := 0
	for _, part := range o.parts {
		for _, v := range part {
			if v > limit {
				count++
			}
		}
	}
	return count
}

// exceedances lists the values beyond u in ascending order.
func (o orders) exceedances(u float64) []float64 {
	if len(o.top) == o.count || u >= o.top[0] {
		return o.top[len(o.top)-o.above(u):]
	}
	values := make([]float64, 0, o.above(u))
	for _, part := range o.parts {
		for _, v := range part {
			if v > u {
				values = append(values, v)
			}
		}
	}
	slices.Sort(values)
	return values
}

// quantile is the p-quantile by linear interpolation (Hyndman & Fan 1996, type
// 7); NaN without values.
func (o orders) quantile(p float64) float64 {
	if o.count == 0 {
		return math.NaN()
	}
	h := p * float64(o.count-1)
	i := int(h)
	if i+1 >= o.count {
		return o.largest()
	}
	var low, high float64
	if i >= o.count-len(o.top) {
		low, high = o.at(i), o.at(i+1)
	} else {
		low, high = o.pair(i)
	}
	return low + (h-float64(i))*(high-low)
}

// digitBits are the bits of a value that one pass of pair decides.
const digitBits = 16

// pair selects the values of rank i and i+1, the latter +Inf past the end: the
// first one digit by digit from the most significant, each pass counting the values
// that share the digits found so far.
func (o orders) pair(i int) (v, next float64) {
	rank := uint64(i)
	var prefix, mask, equal uint64
	for shift := 64 - digitBits; shift >= 0; shift -= digitBits {
		var counts [1 << digitBits]uint64
		for _, part := range o.parts {
			for _, x := range part {
				if key := orderKey(x); key&mask == prefix {
					counts[key>>shift&(1<<digitBits-1)]++
				}
			}
		}
		digit := uint64(0)
		for rank >= counts[digit] {
			rank -= counts[digit]
			digit++
		}
		prefix |= digit << shift
		mask |= (1<<digitBits - 1) << shift
		equal = counts[digit]
	}
	v = orderValue(prefix)
	if rank+1 < equal {
		return v, v
	}
	next = math.Inf(1)
	for _, part := range o.parts {
		for _, x := range part {
			if x > v && x < next {
				next = x
			}
		}
	}
	return v, next
}

// orderKey maps a number to an integer of the same order; −0 and 0 are one.
func orderKey(x float64) uint64 {
	bits := math.Float64bits(x + 0)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// orderValue is the inverse of orderKey.
func orderValue(key uint64) float64 {
	if key>>63 == 1 {
		return math.Float64frombits(key &^ (1 << 63))
	}
	return math.Float64frombits(^key)
}

// quantile is that of [orders], of ascending values.
func quantile(sorted []float64, p float64) float64 {
	return orders{count: len(sorted), top: sorted}.quantile(p)
}
