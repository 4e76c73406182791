package history

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

const (
	// Segment is the fewest points between two changes.
	Segment = 5
	// level is how rarely, at most, a stretch without a change is divided.
	level = .005
	// window is how many points are divided at once; more are divided in windows that
	// overlap, so that the work grows with the length and not with its square.
	window = 256
)

// permutations are as many as a p-value at level needs.
const permutations = 1/level - 1

// divide finds the points where the distribution of x changes, by E-divisive
// (Matteson & James 2014, A Nonparametric Approach for Multiple Change Point Analysis
// of Multivariate Data, JASA 109; with exponent 1, as Apache Otava and its
// predecessors use it): the best division of a stretch is the one with the greatest
// energy distance of its parts, and it stands where permutations of the stretch hardly
// ever have as great a one. Each point returned is the first of a new stretch.
func divide(x []float64) []int {
	var at []int
	for from := 0; ; {
		to := min(from+window, len(x))
		next := from + window/2
		for _, k := range divideWindow(x[from:to]) {
			// In the overlap two windows see the same change; they agree to within
			// the least distance of two.
			if k += from; len(at) > 0 && k < at[len(at)-1]+Segment {
				continue
			}
			if to < len(x) && k >= to-window/4 {
				break // the next window sees it, with more behind it
			}
			at = append(at, k)
			// A window that begins with a change need not find it again.
			next = k
		}
		if to == len(x) {
			return at
		}
		from = next
	}
}

// divideWindow divides one window, in order.
func divideWindow(x []float64) []int {
	if len(x) < 2*Segment {
		return nil
	}
	s := newScan(x)
	best, greatest := s.best()
	if !s.significant(greatest) {
		return nil
	}
	at := divideWindow(x[:best])
	at = append(at, best)
	for _, k := range divideWindow(x[best:]) {
		at = append(at, best+k)
	}
	return at
}

// scan divides one stretch in every place.
type scan struct {
	values []scanned
	pairs  float64 // sum of the distances of all pairs
	// left is a Fenwick tree over the ranks of the values in the left part.
	left []branch
	rng  *rand.Rand
}

// scanned is a value with its rank, from 1, and the sum of its distances to all others.
type scanned struct {
	v, total float64
	rank     int
}

// branch is how many values are below a node of the tree, and their sum.
type branch struct{ count, sum float64 }

func newScan(x []float64) *scan {
	n := len(x)
	s := &scan{
		values: make([]scanned, n), left: make([]branch, n+1),
		rng: rand.New(rand.NewPCG(uint64(n), 0x6d656d6b6974)),
	}
	order := make([]int, n)
	all := 0.0
	for i, v := range x {
		order[i] = i
		all += v
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(x[a], x[b]), a-b) })
	below := 0.0
	for place, i := range order {
		v := x[i]
		total := v*float64(place) - below + (all - below - v) - v*float64(n-place-1)
		s.values[i] = scanned{v, total, place + 1}
		s.pairs += total / 2
		below += v
	}
	return s
}

// best returns the best place to divide and its energy distance.
func (s *scan) best() (at int, greatest float64) {
	n := len(s.values)
	clear(s.left)
	var moved, between, left, sum float64
	for i, x := range s.values {
		// The distances to the values that are on the left already.
		below, belowSum := 0.0, 0.0
		for k := x.rank; k > 0; k -= k & -k {
			below += s.left[k].count
			belowSum += s.left[k].sum
		}
		toLeft := x.v*below - belowSum + (sum - belowSum) - x.v*(moved-below)
		for k := x.rank; k <= n; k += k & -k {
			s.left[k].count++
			s.left[k].sum += x.v
		}
		moved++
		sum += x.v
		left += toLeft
		between += x.total - 2*toLeft
		if i+1 < Segment || n-i-1 < Segment {
			continue
		}
		rest := float64(n) - moved
		right := s.pairs - left - between
		energy := 2*between/(moved*rest) - 2*left/(moved*(moved-1)) - 2*right/(rest*(rest-1))
		if q := moved * rest / float64(n) * energy; at == 0 || q > greatest {
			at, greatest = i+1, q
		}
	}
	return at, greatest
}

// significant reports whether permutations of the stretch are less than the level
// likely to have as great an energy distance. It stops at the first that has.
func (s *scan) significant(greatest float64) bool {
	for range int(permutations) {
		s.rng.Shuffle(len(s.values), func(i, j int) { s.values[i], s.values[j] = s.values[j], s.values[i] })
		if _, q := s.best(); q >= greatest {
			return false
		}
	}
	return true
}
