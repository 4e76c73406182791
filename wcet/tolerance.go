package wcet

import (
	"maps"
	"math"
	"slices"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// toleranceShare of all processes lie within a tolerance bound, at
// [DefaultConfidence].
const toleranceShare = 0.9

// tolerance is the distribution-free upper tolerance bound (Wilks 1941) of the values
// of single processes: the order statistic that bounds the quantile toleranceShare of
// the population of processes. NaN with fewer than 29.
func tolerance(byProcess map[int]float64) float64 {
	values := slices.Sorted(maps.Values(byProcess))
	n := float64(len(values))
	if len(values) < stat.SamplesFor(toleranceShare, DefaultConfidence) {
		return math.NaN()
	}
	m := 0
	for m+1 < len(values) && stat.BinomialAtMost(float64(m+1), n, 1-toleranceShare) <= 1-DefaultConfidence {
		m++
	}
	return values[len(values)-1-m]
}
