package stat

import "math"

const (
	// burstGap is the share of the mean distance between exceedances within which
	// the next one belongs to the same burst.
	burstGap = 0.12
	// burstLevel is the expected number of bursts that independent exceedances form.
	burstLevel = 0.02
	// burstShare is the share of exceedances in bursts from which on the number of
	// bursts, not that of exceedances, decides how much is known of their rate.
	burstShare = 0.02
)

// Bursts counts the bursts among the samples beyond level: runs of exceedances, each
// close to the one before, too long to be chance. share is that of the exceedances
// that lie in them. A slow mode that comes in bursts was met as often as there are
// bursts, however many samples each has. met estimates how often that was, short
// bursts included: the clusters of two or more exceedances beyond those that chance
// makes.
func (s *Sample) Bursts(level float64) (bursts int, share, met float64) {
	count := s.Above(level)
	if count < 2 || float64(count) > nearlyAll*float64(s.N()) {
		return 0, 0, 0
	}
	rate := float64(count) / float64(s.N())
	gap := int(burstGap / rate)
	if gap < 1 {
		return 0, 0, 0
	}
	// By chance the next exceedance is that close with probability close, and a run
	// has least more of them after its first with close^least.
	close := -math.Expm1(float64(gap) * math.Log1p(-rate))
	least := int(math.Ceil(math.Log(burstLevel/float64(count)) / math.Log(close)))
	within, clusters, singles := 0, 0, 0
	for _, part := range s.parts {
		last, run := -gap-2, 0
		end := func() {
			if run > least {
				bursts++
				within += run
			}
			switch {
			case run > 1:
				clusters++
			case run == 1:
				singles++
			}
			run = 0
		}
		for i, v := range part {
			if v <= level {
				continue
			}
			if i-last > gap {
				end()
			}
			run++
			last = i
		}
		end()
	}
	// A cluster that chance starts goes on with probability close.
	met = max(float64(bursts), float64(clusters)-close/(1-close)*float64(singles))
	return bursts, float64(within) / float64(count), met
}

// FewBursts reports whether the exceedances of level come in bursts, and in fewer
// than ten: then their rate is not known, whatever their number.
func (s *Sample) FewBursts(level float64) (bursts int, few bool) {
	bursts, share, met := s.Bursts(level)
	return bursts, bursts > 0 && met < MinClusters && share >= burstShare
}
