package wcet

import "strconv"

// ReturnLevel is the value exceeded once in a period on average.
type ReturnLevel struct {
	// Period in values; in blocks for block maxima.
	Period float64
	Value  float64
	// CI is the two-sided 95% profile-likelihood interval, as the literature
	// computes it. It covers less than it says when the threshold is biased; the
	// bound is widened for that, this is not.
	CI [2]float64
}

// returnPeriods are the periods that [FitResult.ReturnLevels] lists.
var returnPeriods = []float64{10, 100, 1000, 1e4, 1e6}

// ReturnLevels lists the return levels of the fitted model for periods of 10,
// 100, 1000, 1e4 and 1e6, those below the threshold left out.
func (r *FitResult) ReturnLevels() []ReturnLevel {
	const root = 1.959963984540054
	var levels []ReturnLevel
	for _, period := range returnPeriods {
		level := ReturnLevel{Period: period}
		switch {
		case r.tail != nil && r.tail.fit != nil && r.tail.rate*period > 1:
			f, h, u := r.tail.fit, r.tail.hazard(1/period), r.tail.threshold
			level.Value = u + f.excessQuantile(h)
			level.CI = [2]float64{u + f.quantileLimit(h, -root), u + f.quantileLimit(h, root)}
		case r.maxima != nil:
			level.Value = r.maxima.SurvivalQuantile(1 / period)
			level.CI = [2]float64{r.maxima.quantileLimit(1/period, -root), r.maxima.quantileLimit(1/period, root)}
		default:
			continue
		}
		levels = append(levels, level)
	}
	return levels
}

// returnLevelJSON is a return level without its period, which is the key.
type returnLevelJSON struct {
	Value nullable    `json:"value"`
	CI    [2]nullable `json:"ci"`
}

func returnLevelsJSON(levels []ReturnLevel) map[string]returnLevelJSON {
	byPeriod := map[string]returnLevelJSON{}
	for _, l := range levels {
		byPeriod[strconv.FormatFloat(l.Period, 'f', -1, 64)] = returnLevelJSON{nullable(l.Value), [2]nullable{nullable(l.CI[0]), nullable(l.CI[1])}}
	}
	return byPeriod
}
