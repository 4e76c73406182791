package record

import (
	"fmt"
	"math"
	"slices"
	"time"
)

const minSample = math.MinInt64

// maxTop bounds the outliers' heap, and with it the slowest Record: 12 rounds.
const maxTop = 4095

// maxCapacity is 2^34 samples, 128 GiB: beyond it a Capacity is a mistake. A
// 32-bit program cannot address as many.
const maxCapacity = min(1<<34, math.MaxInt/8)

// Config shapes a [Recorder]. The zero value keeps no ordered samples and 16
// outliers.
type Config struct {
	// Capacity is how many samples are kept in order, 8 bytes each. Zero keeps
	// none: histogram, count, maximum and outliers still work, but a certificate
	// needs order.
	Capacity int
	// Top is how many of the largest samples are kept with their index and
	// cause; zero means 16, the most is 4095.
	Top int
}

// Recorder takes latencies, in nanoseconds, from one thread. Every sample is
// counted in a histogram that covers all of int64; the first Capacity samples
// are kept in order as well; the largest ones are kept with index and cause,
// whenever they come. So nothing is ever lost silently: [Recorder.Overflowed]
// says how many samples have lost their place in the order.
//
// One goroutine owns a Recorder. The reading methods belong to the owner too, or
// to whoever the owner handed it to; they are for after the loop, not inside it.
type Recorder struct {
	raw      []int64
	count    int64
	max      int64
	negative int64
	top      outliers
	cells    histogram
}

// New prepares a Recorder and touches every page of it, so that no later call
// faults on its memory for the first time.
func New(c Config) (*Recorder, error) {
	if c.Top == 0 {
		c.Top = 16
	}
	switch {
	case c.Capacity < 0 || c.Capacity > maxCapacity:
		return nil, fmt.Errorf("record: Config.Capacity %d: must be 0 to %d; give the samples you expect, e.g. 60_000 for a minute at 1 kHz", c.Capacity, maxCapacity)
	case c.Top < 0 || c.Top > maxTop:
		return nil, fmt.Errorf("record: Config.Top %d: must be 0 to %d; 0 means 16", c.Top, maxTop)
	}
	r := &Recorder{raw: make([]int64, c.Capacity), top: outliers{make([]Outlier, c.Top)}}
	for i := range r.raw {
		r.raw[i] = -1
	}
	for i := range r.cells {
		r.cells[i] = -1
	}
	r.Reset()
	return r, nil
}

// Record takes one sample. Any value is legal, also a negative one (a clock
// defect is evidence) and one past Capacity.
//
// Cost: O(log Top). Allocates: no. Blocks: no. Caller: owner.
//
// After each call the histogram, with the negative count, holds exactly Count
// samples.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recorder) Record(ns int64) {
	r.RecordCause(ns, Unattributed)
}

// RecordCause takes one sample and says whose fault it is should it turn out to be
// an outlier. Finding a cause costs system calls, so ask [Recorder.Outlier] first
// whether the sample will be kept.
//
// Cost: O(log Top). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recorder) RecordCause(ns int64, cause Cause) {
	if i := r.count; uint64(i) < uint64(len(r.raw)) {
		r.raw[i] = ns
	}
	if ns > r.top.heap[0].Value {
		r.top.push(Outlier{Index: r.count, Value: ns, Cause: cause})
		r.max = max(r.max, ns)
	}
	r.count++
	if ns < 0 {
		r.negative++
		return
	}
	r.cells[cell(ns)]++
}

// AddCause adds to the cause of the sample with the index, if it is among the
// outliers kept, for causes that become known only after the sample was recorded.
//
// Cost: O(Top). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound Top outliers
func (r *Recorder) AddCause(index int64, cause Cause) {
	for i := range r.top.heap {
		if o := &r.top.heap[i]; o.Index == index {
			o.Cause |= cause
		}
	}
}

// Outlier reports whether ns, recorded now, would be among the Top largest.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recorder) Outlier(ns int64) bool { return ns > r.top.heap[0].Value }

// Count is the number of samples recorded since the last Reset.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recorder) Count() int64 { return r.count }

// Max is the largest sample, exactly; 0 where there is none.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recorder) Max() int64 {
	if r.count == 0 {
		return 0
	}
	return r.max
}

// Overflowed is how many samples came after the first Capacity ones: counted in
// the histogram, and no longer in Samples.
func (r *Recorder) Overflowed() int64 { return max(0, r.count-int64(len(r.raw))) }

// Negative is how many samples were below zero.
func (r *Recorder) Negative() int64 { return r.negative }

// Samples are the first Capacity samples in the order recorded. The slice is the
// Recorder's own memory: read it, and copy what must outlive the next Reset.
func (r *Recorder) Samples() []int64 {
	kept := min(r.count, int64(len(r.raw)))
	return r.raw[:kept:kept]
}

// Top lists the largest samples with index and cause, largest first and ties in
// recorded order. Of samples that tie for the last place, any may be kept.
func (r *Recorder) Top() []Outlier { return r.top.sorted() }

// Quantile is the smallest value, rounded up to the edge of its histogram cell,
// that at least the share p of all samples do not exceed, also of those past
// Capacity. It is never below the exact one, nor more than 1/128 above it, nor
// above Max; -1 stands for every negative value. A p outside 0 to 1 counts as
// the nearer end; without samples the answer is 0.
func (r *Recorder) Quantile(p float64) int64 {
	if r.count == 0 {
		return 0
	}
	k := rank(p, r.count)
	if k <= r.negative {
		return -1
	}
	return min(r.cells.atRank(k-r.negative), r.max)
}

// rank is the smallest k from 1 to n with k ≥ p·n.
func rank(p float64, n int64) int64 {
	switch {
	case !(p > 0):
		return 1
	case p >= 1:
		return n
	}
	return min(n, max(1, int64(math.Ceil(p*float64(n)))))
}

// Reset forgets everything recorded, for instance a warm-up. It clears the
// histogram's 57 KiB, about 1 µs, and leaves the sample memory in place.
//
// Cost: O(Top). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 7,296 cells and Top outliers
func (r *Recorder) Reset() {
	r.count, r.max, r.negative = 0, minSample, 0
	r.top.clear()
	clear(r.cells[:])
}

// Series copies the samples into a latency series of process 0; the caller sets
// Process and adds counters. The counter "overflowed" is present when samples came
// past Capacity, because Samples is then incomplete.
func (r *Recorder) Series(name string, period time.Duration) Series {
	s := Series{
		Name:     name,
		Kind:     Latency,
		Unit:     "ns",
		Ops:      1,
		Period:   period.Nanoseconds(),
		Counters: map[string]float64{},
		Facts:    map[string]float64{},
		Outliers: r.Top(),
		Samples:  slices.Clone(r.Samples()),
	}
	if lost := r.Overflowed(); lost > 0 {
		s.Counters["overflowed"] = float64(lost)
	}
	return s
}
