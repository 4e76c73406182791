package evt

import (
	"strconv"

	"github.com/memkit-go/memkit/wcet/internal/number"
)

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

// returnPeriods are the periods that [Result.ReturnLevels] lists.
var returnPeriods = []float64{10, 100, 1000, 1e4, 1e6}

// ReturnLevels lists the return levels of the fitted model for periods of 10,
// 100, 1000, 1e4 and 1e6, those below the threshold left out.
func (r *Result) ReturnLevels() []ReturnLevel {
	t, ok := r.estimate.Tail.(leveled)
	if !ok {
		return nil
	}
	var levels []ReturnLevel
	for _, period := range returnPeriods {
		if level, ok := t.returnLevel(period); ok {
			levels = append(levels, level)
		}
	}
	return levels
}

// returnLevelRoot is the signed root of a two-sided 95% interval.
const returnLevelRoot = 1.959963984540054

// returnLevelJSON is a return level without its period, which is the key.
type returnLevelJSON struct {
	Value number.Nullable    `json:"value"`
	CI    [2]number.Nullable `json:"ci"`
}

func returnLevelsJSON(levels []ReturnLevel) map[string]returnLevelJSON {
	byPeriod := map[string]returnLevelJSON{}
	for _, l := range levels {
		byPeriod[strconv.FormatFloat(l.Period, 'f', -1, 64)] = returnLevelJSON{number.Nullable(l.Value), [2]number.Nullable{number.Nullable(l.CI[0]), number.Nullable(l.CI[1])}}
	}
	return byPeriod
}
