package wcet

import (
	"encoding/json"

	"github.com/memkit-go/memkit/wcet/internal/number"
)

// Each type below is encoded as itself, with the numbers that may be unknown
// laid over as nullable ones; decoding reverses it, null becoming NaN.

type (
	plainAnalysis Analysis
	analysisJSON  struct {
		*plainAnalysis
		NEff          number.Nullable `json:"n_eff"`
		Mean          number.Nullable `json:"mean"`
		Max           number.Nullable `json:"max"`
		ExtremalIndex number.Nullable `json:"extremal_index"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (a Analysis) MarshalJSON() ([]byte, error) {
	return json.Marshal(analysisJSON{(*plainAnalysis)(&a), number.Nullable(a.NEff), number.Nullable(a.Mean), number.Nullable(a.Max), number.Nullable(a.ExtremalIndex)})
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
		Estimate number.Nullable `json:"estimate"`
		Lower    number.Nullable `json:"lower"`
		Upper    number.Nullable `json:"upper"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (q Quantile) MarshalJSON() ([]byte, error) {
	return json.Marshal(quantileJSON{(*plainQuantile)(&q), number.Nullable(q.Estimate), number.Nullable(q.Lower), number.Nullable(q.Upper)})
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
		ShapeLower number.Nullable `json:"shape_lower"`
		ShapeUpper number.Nullable `json:"shape_upper"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (t TailFit) MarshalJSON() ([]byte, error) {
	return json.Marshal(tailFitJSON{(*plainTailFit)(&t), number.Nullable(t.ShapeLower), number.Nullable(t.ShapeUpper)})
}

// UnmarshalJSON reads null as NaN.
func (t *TailFit) UnmarshalJSON(text []byte) error {
	j := tailFitJSON{plainTailFit: (*plainTailFit)(t)}
	err := json.Unmarshal(text, &j)
	t.ShapeLower, t.ShapeUpper = float64(j.ShapeLower), float64(j.ShapeUpper)
	return err
}

type (
	plainCheck Check
	checkJSON  struct {
		*plainCheck
		Estimate   number.Nullable `json:"estimate"`
		Lower      number.Nullable `json:"lower"`
		Upper      number.Nullable `json:"upper"`
		Limit      number.Nullable `json:"limit"`
		Population number.Nullable `json:"population"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (c Check) MarshalJSON() ([]byte, error) {
	return json.Marshal(checkJSON{(*plainCheck)(&c), number.Nullable(c.Estimate), number.Nullable(c.Lower), number.Nullable(c.Upper), number.Nullable(c.Limit), number.Nullable(c.Population)})
}

// UnmarshalJSON reads null as NaN.
func (c *Check) UnmarshalJSON(text []byte) error {
	j := checkJSON{plainCheck: (*plainCheck)(c)}
	err := json.Unmarshal(text, &j)
	c.Estimate, c.Lower, c.Upper, c.Limit = float64(j.Estimate), float64(j.Lower), float64(j.Upper), float64(j.Limit)
	c.Population = float64(j.Population)
	return err
}
