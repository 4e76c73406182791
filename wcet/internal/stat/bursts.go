package stat

import "math"

// A slow mode that comes in bursts was met as often as there are bursts, however many
// samples each has. Bursts are looked for in the ranks of all samples: of independent
// ones, the share S at or beyond a sample is uniform and −ln S exponential. Where it is
// modeTimes as large on average, the likelihood ratio is S^(1/modeTimes−1)/modeTimes.
// The sum of its logarithms, which begins anew where it falls to 0 (Page 1954), reaches
// h with a probability of e⁻ʰ each time that it begins (Karlin & Altschul 1990).

// modeTimes are the modes that are looked for. The lesser shows long bursts of a weak
// mode, the greater tells apart bursts of a strong one that are close together.
var modeTimes = [...]float64{2, 8}

const (
	// burstChance is the expected number of bursts that independent samples show.
	burstChance = 0.03
	// burstShare is the share of exceedances that bursts add from which on the number
	// of bursts, not that of exceedances, decides how much is known of their rate.
	burstShare = 0.02
	// burstRate is the largest rate of exceedances that a mode decides: of a lower level
	// it says little, and stretches in which many samples exceed it are no bursts.
	burstRate = 0.25
	// burstOdds are how much likelier exceedances are within a burst that counts than
	// anywhere: a level that wanders a little is no mode.
	burstOdds = 2
	// mostByChance is how many by chance there may be among the weaker bursts that are
	// counted, and then taken off.
	mostByChance = 4
	// keptBelow is how much less evidence than chance reaches once is kept.
	keptBelow = 4
)

// burst is a stretch of large samples, from first to last of a part, and the logarithm
// of its likelihood ratio.
type burst struct {
	part, first, last int
	evidence          float64
}

// modeBursts are the bursts of one of [modeTimes].
type modeBursts struct {
	bursts []burst
	// met estimates how many there are, weaker ones included.
	met int
}

// FewBursts reports whether bursts of a slow mode add to the exceedances of level, and
// fewer than ten of them were met: then their rate is not known, whatever their number.
// shown are those too long or too large for chance.
func (s *Sample) FewBursts(level float64) (shown int, few bool) {
	count := float64(s.Above(level))
	rate := count / float64(s.N())
	if count == 0 || rate > burstRate {
		return 0, false
	}
	odds := burstOdds * rate / (1 - rate)
	met := 0
	for _, mode := range s.findBursts() {
		added := 0.0
		for _, b := range mode.bursts {
			samples, beyond := s.parts[b.part][b.first:b.last+1], 0.0
			for _, v := range samples {
				if v > level {
					beyond++
				}
			}
			if n := float64(len(samples)); beyond >= odds*(n-beyond) {
				added += beyond - rate*n
			}
		}
		if added > 0 && added >= burstShare*count {
			shown, met = max(shown, len(mode.bursts)), max(met, mode.met)
		}
	}
	return shown, shown > 0 && met < MinClusters
}

// findBursts looks for the bursts of each mode, once.
func (s *Sample) findBursts() []modeBursts {
	if s.bursts == nil {
		levels, scores := s.halvings()
		for _, times := range modeTimes {
			s.bursts = append(s.bursts, s.burstsOf(times, levels, scores))
		}
	}
	return s.bursts
}

// halvings are the levels that a half, a quarter, an eighth … of the samples reach, in
// ascending order, and −ln S of the samples below the first, between each and the next,
// and beyond the last.
func (s *Sample) halvings() (levels, scores []float64) {
	share, n := 1.0, float64(s.N())
	for m := s.N() / 2; m > 0; m /= 2 {
		// Selecting lower ones of a very large sample takes passes over all of it.
		if m >= len(s.top) {
			continue
		}
		level := s.Exceeded(m)
		if reach := float64(s.Above(math.Nextafter(level, math.Inf(-1)))) / n; reach < share {
			levels, scores = append(levels, level), append(scores, -math.Log((share+reach)/2))
			share = reach
		}
	}
	return levels, append(scores, -math.Log(share/2))
}

// burstsOf looks for the bursts of a mode.
func (s *Sample) burstsOf(times float64, levels, scores []float64) (mode modeBursts) {
	ratios := make([]float64, len(scores))
	for i, score := range scores {
		ratios[i] = (1-1/times)*score - math.Log(times)
	}
	expected := burstChance / float64(len(modeTimes))
	// No more sums begin than there are ratios beyond 1.
	most := math.Log(float64(s.N()) * math.Pow(times, -times/(times-1)))
	var found []burst
	begun := 0.0
	for part, x := range s.parts {
		sum, first := 0.0, 0
		best := burst{part: part}
		end := func() {
			if best.evidence > most-keptBelow {
				found = append(found, best)
			}
			sum, best.evidence = 0, 0
		}
		for i, v := range x {
			k := 0
			for k < len(levels) && v >= levels[k] {
				k++
			}
			if sum == 0 {
				if ratios[k] <= 0 {
					continue
				}
				begun++
				first = i
			}
			sum += ratios[k]
			if sum > best.evidence {
				best.first, best.last, best.evidence = first, i, sum
			}
			// What falls so far behind a burst is none of it, but for chance.
			if sum <= 0 || sum < best.evidence-most+math.Log(expected) {
				end()
			}
		}
		end()
	}
	for _, b := range found {
		if b.evidence >= math.Log(begun/expected) {
			mode.bursts = append(mode.bursts, b)
		}
	}
	mode.met = len(mode.bursts)
	for chance := 1.0; chance <= mostByChance; chance *= 2 {
		weaker := 0
		for _, b := range found {
			if b.evidence >= math.Log(begun/chance) {
				weaker++
			}
		}
		mode.met = max(mode.met, weaker-int(chance))
	}
	return mode
}
