package wcet

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// nullable is a number whose JSON is null when it is not finite: JSON has no NaN
// and no infinity, and an unknown limit must not read as 0.
type nullable float64

func (v nullable) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

func (v *nullable) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*v = nullable(math.NaN())
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	*v = nullable(f)
	return err
}

// Each type below is encoded as itself, with the numbers that may be unknown
// laid over as nullable ones; decoding reverses it, null becoming NaN.

type (
	plainAnalysis Analysis
	analysisJSON  struct {
		*plainAnalysis
		NEff          nullable `json:"n_eff"`
		Mean          nullable `json:"mean"`
		Max           nullable `json:"max"`
		ExtremalIndex nullable `json:"extremal_index"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (a Analysis) MarshalJSON() ([]byte, error) {
	return json.Marshal(analysisJSON{(*plainAnalysis)(&a), nullable(a.NEff), nullable(a.Mean), nullable(a.Max), nullable(a.ExtremalIndex)})
}

// UnmarshalJSON reads null as NaN.
func (a *Analysis) UnmarshalJSON(text []byte) error {
	j := analysisJSON{plainAnalysis: (*plainAnalysis)(a)}
	err := json.Unmarshal(text, &j)
	a.NEff, a.Mean, a.Max, a.ExtremalIndex = float64(j.NEff), float64(j.Mean), float64(j.Max), float64(j.ExtremalIndex)
	return err
}

type (
	plainQuantile Quantile
	quantileJSON  struct {
		*plainQuantile
		Estimate nullable `json:"estimate"`
		Lower    nullable `json:"lower"`
		Upper    nullable `json:"upper"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (q Quantile) MarshalJSON() ([]byte, error) {
	return json.Marshal(quantileJSON{(*plainQuantile)(&q), nullable(q.Estimate), nullable(q.Lower), nullable(q.Upper)})
}

// UnmarshalJSON reads null as NaN.
func (q *Quantile) UnmarshalJSON(text []byte) error {
	j := quantileJSON{plainQuantile: (*plainQuantile)(q)}
	err := json.Unmarshal(text, &j)
	q.Estimate, q.Lower, q.Upper = float64(j.Estimate), float64(j.Lower), float64(j.Upper)
	return err
}

type (
	plainTailFit TailFit
	tailFitJSON  struct {
		*plainTailFit
		ShapeLower nullable `json:"shape_lower"`
		ShapeUpper nullable `json:"shape_upper"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (t TailFit) MarshalJSON() ([]byte, error) {
	return json.Marshal(tailFitJSON{(*plainTailFit)(&t), nullable(t.ShapeLower), nullable(t.ShapeUpper)})
}

// UnmarshalJSON reads null as NaN.
func (t *TailFit) UnmarshalJSON(text []byte) error {
	j := tailFitJSON{plainTailFit: (*plainTailFit)(t)}
	err := json.Unmarshal(text, &j)
	t.ShapeLower, t.ShapeUpper = float64(j.ShapeLower), float64(j.ShapeUpper)
	return err
}

type (
	plainBound Bound
	boundJSON  struct {
		*plainBound
		Value nullable `json:"value"`
		Upper nullable `json:"upper"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (b Bound) MarshalJSON() ([]byte, error) {
	if b.Reasons == nil {
		b.Reasons = []string{}
	}
	return json.Marshal(boundJSON{(*plainBound)(&b), nullable(b.Value), nullable(b.Upper)})
}

// UnmarshalJSON reads null as NaN.
func (b *Bound) UnmarshalJSON(text []byte) error {
	j := boundJSON{plainBound: (*plainBound)(b)}
	err := json.Unmarshal(text, &j)
	b.Value, b.Upper = float64(j.Value), float64(j.Upper)
	return err
}

type (
	plainCheck Check
	checkJSON  struct {
		*plainCheck
		Estimate nullable `json:"estimate"`
		Lower    nullable `json:"lower"`
		Upper    nullable `json:"upper"`
		Limit    nullable `json:"limit"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (c Check) MarshalJSON() ([]byte, error) {
	return json.Marshal(checkJSON{(*plainCheck)(&c), nullable(c.Estimate), nullable(c.Lower), nullable(c.Upper), nullable(c.Limit)})
}

// UnmarshalJSON reads null as NaN.
func (c *Check) UnmarshalJSON(text []byte) error {
	j := checkJSON{plainCheck: (*plainCheck)(c)}
	err := json.Unmarshal(text, &j)
	c.Estimate, c.Lower, c.Upper, c.Limit = float64(j.Estimate), float64(j.Lower), float64(j.Upper), float64(j.Limit)
	return err
}

type (
	plainFamily FamilyCoverage
	familyJSON  struct {
		*plainFamily
		Coverage    nullable `json:"coverage"`
		RatioMedian nullable `json:"ratio_median"`
		RatioP95    nullable `json:"ratio_p95"`
		Point       nullable `json:"point"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (c FamilyCoverage) MarshalJSON() ([]byte, error) {
	return json.Marshal(familyJSON{(*plainFamily)(&c), nullable(c.Coverage), nullable(c.RatioMedian), nullable(c.RatioP95), nullable(c.Point)})
}

// specialJSON is a [SpecialCase] as JSON.
type specialJSON struct {
	Loc     float64    `json:"loc"`
	Scale   float64    `json:"scale"`
	NLL     float64    `json:"nll"`
	Test    Hypothesis `json:"test"`
	Allowed bool       `json:"allowed"`
	Upper   nullable   `json:"upper"`
}

func (c *SpecialCase) json() *specialJSON {
	if c == nil {
		return nil
	}
	return &specialJSON{c.Loc, c.Scale, c.NLL, c.Test, c.Allowed, nullable(c.Upper)}
}

// MarshalJSON writes the fields that apply; non-finite numbers are null.
func (r FitResult) MarshalJSON() ([]byte, error) {
	type gev struct {
		Loc     float64      `json:"loc"`
		Scale   float64      `json:"scale"`
		Shape   float64      `json:"shape"`
		NLL     float64      `json:"nll"`
		ShapeCI [2]nullable  `json:"shape_ci"`
		Maxima  int          `json:"maxima"`
		Block   int          `json:"block"`
		Gumbel  *specialJSON `json:"gumbel"`
	}
	type gpd struct {
		Threshold   float64      `json:"threshold"`
		Exceedances int          `json:"nexc"`
		Scale       float64      `json:"scale"`
		Shape       float64      `json:"shape"`
		NLL         float64      `json:"nll"`
		ShapeCI     [2]nullable  `json:"shape_ci"`
		Exponential *specialJSON `json:"exponential"`
	}
	out := struct {
		N             int                        `json:"n"`
		GEV           *gev                       `json:"gev"`
		GPD           *gpd                       `json:"gpd"`
		Hypotheses    map[string]Hypothesis      `json:"hypotheses"`
		Bound         Bound                      `json:"bound"`
		ExtremalIndex nullable                   `json:"extremal_index"`
		LMoments      *LMoments                  `json:"lmoments"`
		ThresholdScan []Candidate                `json:"threshold_scan,omitempty"`
		ReturnLevels  map[string]returnLevelJSON `json:"return_levels"`
		Resolution    float64                    `json:"resolution"`
		Likelihood    Likelihood                 `json:"likelihood"`
		Extrapolation float64                    `json:"extrapolation"`
	}{
		N: r.N, Hypotheses: r.Hypotheses, Bound: r.Bound, ExtremalIndex: nullable(r.ExtremalIndex),
		LMoments: r.LMoments, ThresholdScan: r.ThresholdScan, ReturnLevels: returnLevelsJSON(r.ReturnLevels()), Resolution: r.Resolution, Likelihood: r.Likelihood, Extrapolation: r.Extrapolation,
	}
	interval := func(ci [2]float64) [2]nullable { return [2]nullable{nullable(ci[0]), nullable(ci[1])} }
	if g := r.GEV; g != nil {
		out.GEV = &gev{g.Loc, g.Scale, g.Shape, g.NLL, interval(g.ShapeCI), g.Maxima, g.Block, g.Gumbel.json()}
	}
	if g := r.GPD; g != nil {
		out.GPD = &gpd{g.Threshold, g.Exceedances, g.Scale, g.Shape, g.NLL, interval(g.ShapeCI), g.Exponential.json()}
	}
	return json.Marshal(out)
}
