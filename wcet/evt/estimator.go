package evt

// Tail is the upper tail that an estimator fitted to a sample. A new estimator is
// one file with a type that implements it, and one row in [estimators].
type Tail interface {
	// Quantile estimates the value exceeded with probability p; NaN where the fit
	// says nothing of p.
	Quantile(p float64) float64
	// Limit is the one-sided confidence limit of that value: in a share confidence
	// of all samples it lies at or above the truth. A confidence below 1/2 gives a
	// lower limit. NaN where the fit says nothing of p.
	Limit(p, confidence float64) float64
	// Reasons say why the fit supports no bound at p; none where it does.
	// Dependence, drift and the reach of the sample are judged for all estimators
	// alike, in [Estimate.Bound].
	Reasons(p float64) []string
}

// Model names an estimator.
type Model string

const (
	// ModelAuto chooses a threshold, fits exceedances and cross-checks with
	// block maxima; the zero value.
	ModelAuto Model = "auto"
	// ModelGPD fits the exceedances of Options.Threshold.
	ModelGPD Model = "gpd"
	// ModelGEV fits block maxima: the values themselves, or maxima of
	// Options.Block values.
	ModelGEV Model = "gev"
)

// estimator makes a tail of a sample. method is what a [Bound] calls it, of what the
// help of programs says that it fits.
type estimator struct {
	model  Model
	method string
	of     string
	fit    func(s *Sample, opt Options) Tail
}

// estimators are all there are.
var estimators = []estimator{
	{ModelAuto, "gpd-profile", "", fitExceedances},
	{ModelGPD, "gpd-profile", "exceedances", fitExceedances},
	{ModelGEV, "gev-profile", "block maxima", fitMaxima},
}

// Models lists the estimators by name.
func Models() []Model {
	var names []Model
	for _, e := range estimators {
		names = append(names, e.model)
	}
	return names
}

// ModelUsage lists the estimators for the help of a program: "auto, gpd (exceedances)
// or gev (block maxima)".
func ModelUsage() string {
	return listed(func(e estimator) string {
		if e.of == "" {
			return string(e.model)
		}
		return string(e.model) + " (" + e.of + ")"
	})
}

// modelNames reads "auto, gpd or gev".
func modelNames() string { return listed(func(e estimator) string { return string(e.model) }) }

func listed(text func(estimator) string) string {
	list := text(estimators[0])
	for i, e := range estimators[1:] {
		if i == len(estimators)-2 {
			list += " or " + text(e)
		} else {
			list += ", " + text(e)
		}
	}
	return list
}

// What a tail may know beyond [Tail].
type (
	// declustered tails are fitted to the peaks of clusters, so that clustering
	// speaks against no bound of theirs.
	declustered interface{ declustered() bool }
	// described tails fill the fields of a result that belong to their model.
	described interface{ describe(r *Result, opt Options) }
	// tested tails give the p-value of "the value exceeded with probability p is at
	// most limit".
	tested interface {
		beyond(p, limit float64) float64
	}
	// leveled tails know return levels with intervals as the literature computes
	// them; ok is false below the tail.
	leveled interface {
		returnLevel(period float64) (level ReturnLevel, ok bool)
	}
)
