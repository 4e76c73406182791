package number

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// Nullable is a number whose JSON is null when it is not finite: JSON has no NaN
// and no infinity, and an unknown limit must not read as 0.
type Nullable float64

func (v Nullable) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

func (v *Nullable) UnmarshalJSON(text []byte) error {
	if bytes.Equal(text, []byte("null")) {
		*v = Nullable(math.NaN())
		return nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	*v = Nullable(f)
	return err
}
