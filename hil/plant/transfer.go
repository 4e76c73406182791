package plant

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
)

// TransferFunctionConfig describes a plant of one input and one output by the ratio of
// two polynomials in s, highest power first: {1} over {1, 2, 1} is 1/(s² + 2s + 1).
type TransferFunctionConfig struct {
	// Period is the rig's step.
	Period time.Duration
	// Numerator and Denominator are the coefficients. The numerator has no higher power
	// than the denominator.
	Numerator, Denominator []float64
}

// NewTransferFunction makes the plant at rest, in controllable canonical form.
func NewTransferFunction(c TransferFunctionConfig) (*StateSpace, error) {
	wrong := func(field string, value any, remedy string) (*StateSpace, error) {
		return nil, fmt.Errorf("plant: TransferFunctionConfig.%s %v: %s", field, value, remedy)
	}
	for _, v := range append(append([]float64(nil), c.Numerator...), c.Denominator...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return wrong("Numerator", c.Numerator, fmt.Sprintf("over %v: must be finite", c.Denominator))
		}
	}
	n := len(c.Denominator) - 1
	switch {
	case c.Period <= 0:
		return wrong("Period", c.Period, "must be positive; give 1/Rate of the rig")
	case n < 1 || n > mostStates || c.Denominator[0] == 0:
		return wrong("Denominator", c.Denominator, fmt.Sprintf("must have the order 1 to %d and begin with a coefficient other than 0", mostStates))
	case len(c.Numerator) == 0 || len(c.Numerator) > n+1:
		return wrong("Numerator", c.Numerator, "must have 1 coefficient to as many as the denominator; a plant does not differentiate")
	}
	lead := c.Denominator[0]
	numerator := make([]float64, n+1)
	copy(numerator[n+1-len(c.Numerator):], c.Numerator)
	a, b, out := mat.NewDense(n, n, nil), mat.NewDense(n, 1, nil), mat.NewDense(1, n, nil)
	through := numerator[0] / lead
	for i := range n {
		if i+1 < n {
			a.Set(i, i+1, 1)
		}
		// Column i is the state whose power is i; the coefficients begin with the highest.
		coefficient := c.Denominator[n-i] / lead
		a.Set(n-1, i, -coefficient)
		out.Set(0, i, numerator[n-i]/lead-through*coefficient)
	}
	b.Set(n-1, 0, 1)
	return newStateSpace("transfer function", StateSpaceConfig{Period: c.Period, A: a, B: b, C: out, D: mat.NewDense(1, 1, []float64{through})})
}
