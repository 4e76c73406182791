package suite

import (
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// activations are the moments at which a loop was due while it was measured.
type activations struct {
	begin  int64 // the first
	period int64
	skips  []skip // in order
}

// due is when the activation of a sample was.
func (a activations) due(sample int64) int64 {
	at := a.begin + sample*a.period
	for _, s := range a.skips {
		if s.first > at {
			break
		}
		at += s.n * a.period
	}
	return at
}

// annotate adds the counts of the activations to a series that has its samples and
// outliers, and names as their causes the stalls that were seen.
func (a activations) annotate(s *record.Series, seen []stall) {
	for i := range s.Outliers {
		o := &s.Outliers[i]
		due := a.due(o.Index)
		o.Cause |= stallCause(due, due+o.Value, seen)
	}
	var skipped int64
	for _, k := range a.skips {
		skipped += k.n
	}
	stalls := stallsOf(seen, a.period/stallShare)
	excused := exempt(a.skips, stalls, a.period)
	s.Counters["ops"] = float64(len(s.Samples))
	s.Counters["periods"] = float64(int64(len(s.Samples)) + skipped)
	s.Counters["skipped"] = float64(skipped - excused)
	s.Counters["skipped_exempt"] = float64(excused)
	s.Counters["stalls"] = float64(len(stalls))
}

// ControlLate marks an outlier during which a C thread of higher priority on the
// same CPU was late too, for at least half as long: then no loop could have been
// on time, in whatever language. It is a cause of this command's own, in addition to
// those of package record.
const ControlLate record.Cause = 1 << 15

// stallCause is the cause that stalled for at least half of the time from due to woke.
func stallCause(due, woke int64, seen []stall) (cause record.Cause) {
	for _, s := range seen {
		if 2*(min(woke, s.to)-max(due, s.from)) < woke-due {
			continue
		}
		if s.stolen() {
			cause |= record.Steal
		} else {
			cause |= ControlLate
		}
	}
	return cause
}

// stallsOf returns the stalls that lasted for least or more.
func stallsOf(seen []stall, least int64) []stall {
	var stalls []stall
	for _, s := range seen {
		if s.to-s.from >= least {
			stalls = append(stalls, s)
		}
	}
	return stalls
}

// largest are the n largest samples, the recorder's default for n = 0.
func largest(samples []int64, n int) []record.Outlier {
	rec, err := record.New(record.Config{Top: n})
	if err != nil {
		return nil // n is one of ours
	}
	for _, v := range samples {
		rec.Record(v)
	}
	return rec.Top()
}

// behind are the activations that a loop skipped which wakes for the next one
// after each late wake, as the C reference and cyclictest do.
func behind(late []int64, begin int64, period time.Duration) (skips []skip) {
	p := int64(period)
	due := begin
	for _, v := range late {
		due += p
		if v > p {
			n := (v-p-1)/p + 1
			skips = append(skips, skip{due, n})
			due += n * p
		}
	}
	return skips
}
