package campaign

import (
	"cmp"
	"slices"

	"github.com/memkit-go/memkit/rt/record"
)

const (
	// topSamples are how many outliers a periodic series has that comes without any.
	topSamples = 20
	// slack is by how much later than computed an outlier may have been: a process
	// needs time before its first sample, and loses periods.
	slack = int64(tick)
	// slowShare is the share of the highest frequency of the run below which one is
	// slow.
	slowShare = .8
)

// attribute gives outliers without a cause what slowed the program down from outside
// at about their time: a CPU quota, heat, a low frequency. Their time is known to half
// a second, so this is a hint and no proof; causes that were seen at the sample stand.
func attribute(run *record.Run) {
	highest := int64(0)
	for _, f := range run.Interference {
		highest = max(highest, f.Slowest)
	}
	if !slices.ContainsFunc(run.Interference, func(f record.Interference) bool { return causeOfEntry(f, highest) != 0 }) {
		return
	}
	for i := range run.Series {
		s := &run.Series[i]
		if s.Kind != record.Latency || s.Period <= 0 {
			continue
		}
		if len(s.Outliers) == 0 {
			s.Outliers = largest(s.Samples)
		}
		for k := range s.Outliers {
			if o := &s.Outliers[k]; o.Cause == record.Unattributed {
				at := s.Start + o.Index*s.Period
				o.Cause = causeAt(run.Interference, at, highest)
			}
		}
	}
}

// causeAt is what the entries of a time from at to a little later say.
func causeAt(entries []record.Interference, at, highest int64) (cause record.Cause) {
	first, _ := slices.BinarySearchFunc(entries, at, func(f record.Interference, at int64) int { return cmp.Compare(f.At, at) })
	for i := first; i < len(entries); i++ {
		cause |= causeOfEntry(entries[i], highest)
		if entries[i].At >= at+slack {
			break
		}
	}
	return cause
}

func causeOfEntry(f record.Interference, highest int64) (cause record.Cause) {
	if f.Quota > 0 {
		cause |= record.Quota
	}
	if f.Hot > 0 {
		cause |= record.Hot
	}
	if f.Slowest > 0 && float64(f.Slowest) < slowShare*float64(highest) {
		cause |= record.Slow
	}
	return cause
}

// largest are the largest samples, largest first.
func largest(samples []int64) (top []record.Outlier) {
	for i, v := range samples {
		if len(top) == topSamples && v <= top[topSamples-1].Value {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, v, func(o record.Outlier, v int64) int { return cmp.Compare(v, o.Value) })
		top = slices.Insert(top, at, record.Outlier{Index: int64(i), Value: v})
		top = top[:min(len(top), topSamples)]
	}
	return top
}
