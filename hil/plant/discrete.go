package plant

import (
	"errors"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/memkit-go/memkit/hil"
)

// ErrPeriod is returned by the step of a plant that was made for another period, or for
// more inputs or outputs than it has.
var ErrPeriod = errors.New("plant: made for another period or other channels than the rig's; set Period to 1/Rate, and as many sensors and actuators as the plant has")

// discretise returns the exact step of dx/dt = A·x + B·u over the period with u held: the
// upper blocks of exp([A B; 0 0]·period) (C. F. Van Loan, IEEE Transactions on Automatic
// Control 23(3), 1978).
func discretise(a, b mat.Matrix, period time.Duration) (ad, bd *mat.Dense, err error) {
	n, m := b.Dims()
	block := mat.NewDense(n+m, n+m, nil)
	block.Slice(0, n, 0, n).(*mat.Dense).Copy(a)
	block.Slice(0, n, n, n+m).(*mat.Dense).Copy(b)
	block.Scale(period.Seconds(), block)
	var e mat.Dense
	e.Exp(block)
	for _, v := range e.RawMatrix().Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil, fmt.Errorf("plant: the plant grows beyond all numbers within a period of %v; give a shorter one", period)
		}
	}
	return mat.DenseCopyOf(e.Slice(0, n, 0, n)), mat.DenseCopyOf(e.Slice(0, n, n, n+m)), nil
}

// require returns an error for the first of the values that is not finite, or not
// positive where it must be.
func require(config string, period time.Duration, fields ...field) error {
	if period <= 0 {
		return fmt.Errorf("plant: %s.Period %v: must be positive; give 1/Rate of the rig", config, period)
	}
	for _, f := range fields {
		if math.IsNaN(f.value) || math.IsInf(f.value, 0) || f.positive && f.value <= 0 || f.value < 0 && !f.signed {
			need := "must not be negative, and finite"
			if f.positive {
				need = "must be positive and finite"
			}
			if f.signed {
				need = "must be finite"
			}
			return fmt.Errorf("plant: %s.%s %v: %s; it is in SI units", config, f.name, f.value, need)
		}
	}
	return nil
}

type field struct {
	name             string
	value            float64
	positive, signed bool
}

// save appends a plant's kind and state.
func save(b []byte, kind string, state []float64) []byte {
	b = append(append(b, byte(len(kind))), kind...)
	return hil.AppendFloats(b, state...)
}

// restore takes what save appended.
func restore(b []byte, kind string, state []float64) error {
	if len(b) != 1+len(kind)+8*len(state) || string(b[1:1+len(kind)]) != kind {
		return fmt.Errorf("plant: a saved state of %d bytes is not one of this %s; restore what its Save wrote", len(b), kind)
	}
	b = b[1+len(kind):]
	var err error
	for i := range state {
		if b, err = hil.TakeFloats(b, &state[i]); err != nil {
			return err
		}
	}
	return nil
}
