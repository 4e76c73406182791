package stat

import (
	"math"
	"slices"
	"sort"
)

// KeptTop is how many of the largest values [Orders] keeps sorted when it does not
// keep all: enough for every tail that is fitted, and for the 99% quantile of 1e8
// values. Tests lower it.
var KeptTop = 1 << 20

// Orders gives the order statistics of ordered series, all of them exactly. Up to
// four times KeptTop values are sorted in a copy; of more, only the largest are,
// and a lower one is selected by its digits in five passes. So 1e8 values need
// 8 MB besides their own memory.
type Orders struct {
	parts [][]float64
	count int
	// top are the largest values in ascending order, or all values.
	top []float64
}

// NewOrders prepares the series, which it keeps and does not change.
func NewOrders(parts [][]float64) Orders {
	o := Orders{parts: parts}
	for _, part := range parts {
		o.count += len(part)
	}
	if o.count <= 4*KeptTop {
		o.top = slices.Concat(parts...)
	} else {
		o.top = o.largestValues(KeptTop)
	}
	Sort(o.top)
	return o
}

// NewTail is [NewOrders] for those who ask for the largest values: only the values
// beyond level are sorted.
func NewTail(parts [][]float64, level float64) Orders {
	o := Orders{parts: parts}
	for _, part := range parts {
		o.count += len(part)
		for _, v := range part {
			if v > level {
				o.top = append(o.top, v)
			}
		}
	}
	if len(o.top) == 0 {
		return NewOrders(parts)
	}
	Sort(o.top)
	return o
}

// largestValues lists the n largest values, in no order.
func (o Orders) largestValues(n int) []float64 {
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

// N is the number of values.
func (o Orders) N() int { return o.count }

// At is the value of rank i, from 0 for the smallest.
func (o Orders) At(i int) float64 {
	if below := o.count - len(o.top); i >= below {
		return o.top[i-below]
	}
	v, _ := o.pair(i)
	return v
}

// Largest is the maximum; it panics without values.
func (o Orders) Largest() float64 { return o.top[len(o.top)-1] }

// Constant reports whether all values are equal.
func (o Orders) Constant() bool { return o.At(0) == o.Largest() }

// Exceeded is the value that m values lie at or beyond, m ≥ 1.
func (o Orders) Exceeded(m int) float64 { return o.At(o.count - m) }

// Above counts the values beyond limit.
func (o Orders) Above(limit float64) int {
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

// Exceedances lists the values beyond u in ascending order.
func (o Orders) Exceedances(u float64) []float64 {
	if len(o.top) == o.count || u >= o.top[0] {
		return o.top[len(o.top)-o.Above(u):]
	}
	values := make([]float64, 0, o.Above(u))
	for _, part := range o.parts {
		for _, v := range part {
			if v > u {
				values = append(values, v)
			}
		}
	}
	Sort(values)
	return values
}

// Quantile is the p-quantile by linear interpolation (Hyndman & Fan 1996, type
// 7); NaN without values.
func (o Orders) Quantile(p float64) float64 {
	if o.count == 0 {
		return math.NaN()
	}
	h := p * float64(o.count-1)
	i := int(h)
	if i+1 >= o.count {
		return o.Largest()
	}
	var low, high float64
	if i >= o.count-len(o.top) {
		low, high = o.At(i), o.At(i+1)
	} else {
		low, high = o.pair(i)
	}
	return low + (h-float64(i))*(high-low)
}

// Parts are the series in measuring order.
func (o Orders) Parts() [][]float64 { return o.parts }

// Top are the largest values in ascending order: [KeptTop] of them at least, or all.
func (o Orders) Top() []float64 { return o.top }

// digitBits are the bits of a value that one pass of pair decides.
const digitBits = 16

// pair selects the values of rank i and i+1, the latter +Inf past the end: the
// first one digit by digit from the most significant, each pass counting the values
// that share the digits found so far.
func (o Orders) pair(i int) (v, next float64) {
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

// Quantile is that of [Orders], of ascending values.
func Quantile(sorted []float64, p float64) float64 {
	return Orders{count: len(sorted), top: sorted}.Quantile(p)
}
