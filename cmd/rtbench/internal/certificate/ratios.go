package certificate

import (
	"encoding/json"
	"math"
)

// Ratios are a benchmark's metric over that of its peers, by the peer's name; NaN
// where the samples cannot tell.
type Ratios map[string]float64

// MarshalJSON writes numbers that are not finite as null.
func (r Ratios) MarshalJSON() ([]byte, error) {
	out := make(map[string]*float64, len(r))
	for name, v := range r {
		out[name] = nil
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			out[name] = &v
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads null as NaN.
func (r *Ratios) UnmarshalJSON(text []byte) error {
	var in map[string]*float64
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*r = Ratios{}
	for name, v := range in {
		(*r)[name] = math.NaN()
		if v != nil {
			(*r)[name] = *v
		}
	}
	return nil
}
