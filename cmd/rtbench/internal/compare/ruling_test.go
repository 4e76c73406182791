package compare

import (
	"math"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
)

const control record.Cause = 1 << 15

// flat is a round of 10,000 periods with these late ones.
func flat(late map[int]int64) []int64 {
	samples := slices.Repeat([]int64{20_000}, 10_000)
	for i, v := range late {
		samples[i] = v
	}
	return samples
}

// every is n late periods of a round, far enough from one another.
func every(n int) map[int]int64 {
	late := map[int]int64{}
	for i := range n {
		late[5+i*100] = 300_000 + int64(i)
	}
	return late
}

func withCause(r *Row, n int, cause record.Cause) *Row {
	for i := range r.Rounds {
		for k := range n {
			r.Rounds[i].Outliers = append(r.Rounds[i].Outliers, record.Outlier{Index: int64(5 + k*100), Value: 300_000, Cause: cause})
		}
	}
	return r
}

func skipping(r *Row, n float64) *Row {
	r.Rounds[0].Counters["skipped"] = n
	return r
}

func TestAttributeTail(t *testing.T) {
	c := made("c", flat(every(9)))
	for name, k := range map[string]struct {
		r    *Row
		peer *Row
		want Owner
	}{
		"as often as C":                {made("r", flat(every(9))), c, Kernel},
		"a little more often":          {made("r", flat(every(15))), c, Kernel},
		"three times as often":         {made("r", flat(every(35))), c, Go},
		"three times, C late as well":  {withCause(made("r", flat(every(35))), 30, control), c, Host},
		"as often, C late as well":     {withCause(made("r", flat(every(9))), 5, control), c, Host},
		"as often, stolen":             {withCause(made("r", flat(every(9))), 5, record.Steal), c, Host},
		"as often, for another reason": {withCause(made("r", flat(every(9))), 5, record.LostP), c, Go},
		"never":                        {made("r", flat(nil)), c, None},
		"never, but skips":             {skipping(made("r", flat(nil)), 50), c, Go},
		"no peer":                      {made("r", flat(nil)), nil, Undecided},
		"a peer of few periods":        {made("r", flat(nil)), made("c", []int64{1}), Undecided},
	} {
		if got := AttributeTail(k.r, k.peer, control|record.Steal); got.Owner != k.want {
			t.Errorf("%s: %+v, want %s", name, got, k.want)
		}
	}
}

// TestOneBadRoundIsNoProof: as many events as would be Go's if every round had its
// share are the kernel's when a single round has them all.
func TestOneBadRoundIsNoProof(t *testing.T) {
	rounds := func(n ...int) *Row {
		var all [][]int64
		for _, k := range n {
			all = append(all, flat(every(k)))
		}
		return made("r", all...)
	}
	c := rounds(9, 9, 9, 9, 9)
	for _, k := range []struct {
		r    *Row
		want Owner
	}{{rounds(22, 23, 22, 22, 22), Go}, {rounds(0, 0, 0, 95, 1), Kernel}} {
		if got := AttributeTail(k.r, c, control); got.Owner != k.want {
			t.Errorf("%+v, want %s", got, k.want)
		}
	}
	if d := dispersion([]int{2, 2, 2}); d != 1 {
		t.Errorf("equal counts: dispersion %g", d)
	}
	if d := dispersion([]int{0, 0, 9}); d != 9 {
		t.Errorf("one of three: dispersion %g, want 27/3", d)
	}
}

func TestEventsAreBursts(t *testing.T) {
	s := record.Series{
		Samples:  []int64{5, 99, 99, 0, 0, 0, 0, 0, 0, 0, 99, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50},
		Outliers: []record.Outlier{{Index: 2, Cause: record.LostP}, {Index: 10, Cause: record.Fault}, {Index: 11, Cause: record.Steal}},
	}
	if got := events(s, 50); !slices.Equal(got, []record.Cause{record.LostP | record.Fault, record.Steal}) {
		t.Errorf("%v", got)
	}
}

// TestMoreByChance against the sum of the binomial distribution.
func TestMoreByChance(t *testing.T) {
	for _, c := range []struct{ a, b, n, m int }{{1, 0, 10, 10}, {7, 0, 10, 10}, {5, 3, 20, 10}, {2, 9, 10, 30}} {
		q, total, sum := float64(c.n)/float64(c.n+c.m), c.a+c.b, 0.0
		for k := c.a; k <= total; k++ {
			lg, _ := math.Lgamma(float64(total + 1))
			lk, _ := math.Lgamma(float64(k + 1))
			lr, _ := math.Lgamma(float64(total - k + 1))
			sum += math.Exp(lg-lk-lr) * math.Pow(q, float64(k)) * math.Pow(1-q, float64(total-k))
		}
		if got := moreByChance([]int{c.a}, []int{c.b}, c.n, c.m); math.Abs(got-sum) > 1e-9 {
			t.Errorf("%+v: %g, want %g", c, got, sum)
		}
	}
	if moreByChance([]int{0}, []int{5}, 1, 1) != 1 {
		t.Error("no events are no surprise")
	}
}
