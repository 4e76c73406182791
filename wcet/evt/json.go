package evt

import (
	"encoding/json"

	"github.com/memkit-go/memkit/wcet/internal/number"
)

type (
	plainBound Bound
	boundJSON  struct {
		*plainBound
		Value number.Nullable `json:"value"`
		Upper number.Nullable `json:"upper"`
	}
)

// MarshalJSON writes non-finite numbers as null.
func (b Bound) MarshalJSON() ([]byte, error) {
	if b.Reasons == nil {
		b.Reasons = []string{}
	}
	return json.Marshal(boundJSON{(*plainBound)(&b), number.Nullable(b.Value), number.Nullable(b.Upper)})
}

// UnmarshalJSON reads null as NaN.
func (b *Bound) UnmarshalJSON(text []byte) error {
	j := boundJSON{plainBound: (*plainBound)(b)}
	err := json.Unmarshal(text, &j)
	b.Value, b.Upper = float64(j.Value), float64(j.Upper)
	return err
}

type hypothesisJSON struct {
	Stat   number.Nullable `json:"stat"`
	P      number.Nullable `json:"p"`
	Reject bool            `json:"reject"`
}

// MarshalJSON writes non-finite numbers as null.
func (h Hypothesis) MarshalJSON() ([]byte, error) {
	return json.Marshal(hypothesisJSON{number.Nullable(h.Stat), number.Nullable(h.P), h.Reject})
}

// UnmarshalJSON reads null as NaN.
func (h *Hypothesis) UnmarshalJSON(text []byte) error {
	var j hypothesisJSON
	err := json.Unmarshal(text, &j)
	*h = Hypothesis{Stat: float64(j.Stat), P: float64(j.P), Reject: j.Reject}
	return err
}

// specialJSON is a [SpecialCase] as JSON.
type specialJSON struct {
	Loc     float64         `json:"loc"`
	Scale   float64         `json:"scale"`
	NLL     number.Nullable `json:"nll"`
	Test    Hypothesis      `json:"test"`
	Allowed bool            `json:"allowed"`
	Upper   number.Nullable `json:"upper"`
}

func (c *SpecialCase) json() *specialJSON {
	if c == nil {
		return nil
	}
	return &specialJSON{c.Loc, c.Scale, number.Nullable(c.NLL), c.Test, c.Allowed, number.Nullable(c.Upper)}
}

// MarshalJSON writes the fields that apply; non-finite numbers are null.
func (r Result) MarshalJSON() ([]byte, error) {
	type gev struct {
		Loc     float64            `json:"loc"`
		Scale   float64            `json:"scale"`
		Shape   float64            `json:"shape"`
		NLL     float64            `json:"nll"`
		ShapeCI [2]number.Nullable `json:"shape_ci"`
		Maxima  int                `json:"maxima"`
		Block   int                `json:"block"`
		Gumbel  *specialJSON       `json:"gumbel"`
	}
	type gpd struct {
		Threshold   float64            `json:"threshold"`
		Exceedances int                `json:"nexc"`
		Scale       float64            `json:"scale"`
		Shape       float64            `json:"shape"`
		NLL         float64            `json:"nll"`
		ShapeCI     [2]number.Nullable `json:"shape_ci"`
		Exponential *specialJSON       `json:"exponential"`
	}
	out := struct {
		N             int                        `json:"n"`
		GEV           *gev                       `json:"gev"`
		GPD           *gpd                       `json:"gpd"`
		Hypotheses    map[string]Hypothesis      `json:"hypotheses"`
		Bound         Bound                      `json:"bound"`
		ExtremalIndex number.Nullable            `json:"extremal_index"`
		LMoments      *LMoments                  `json:"lmoments"`
		ThresholdScan []Candidate                `json:"threshold_scan,omitempty"`
		ReturnLevels  map[string]returnLevelJSON `json:"return_levels"`
		Resolution    float64                    `json:"resolution"`
		Likelihood    Likelihood                 `json:"likelihood"`
		RarestMode    float64                    `json:"rarest_mode"`
		Extrapolation float64                    `json:"extrapolation"`
	}{
		N: r.N, Hypotheses: r.Hypotheses, Bound: r.Bound, ExtremalIndex: number.Nullable(r.ExtremalIndex),
		LMoments: r.LMoments, ThresholdScan: r.ThresholdScan, ReturnLevels: returnLevelsJSON(r.ReturnLevels()), Resolution: r.Resolution, Likelihood: r.Likelihood, RarestMode: r.RarestMode, Extrapolation: r.Extrapolation,
	}
	interval := func(ci [2]float64) [2]number.Nullable {
		return [2]number.Nullable{number.Nullable(ci[0]), number.Nullable(ci[1])}
	}
	if g := r.GEV; g != nil {
		out.GEV = &gev{g.Loc, g.Scale, g.Shape, g.NLL, interval(g.ShapeCI), g.Maxima, g.Block, g.Gumbel.json()}
	}
	if g := r.GPD; g != nil {
		out.GPD = &gpd{g.Threshold, g.Exceedances, g.Scale, g.Shape, g.NLL, interval(g.ShapeCI), g.Exponential.json()}
	}
	return json.Marshal(out)
}
