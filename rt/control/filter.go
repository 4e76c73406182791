package control

import (
	"math"
	"math/cmplx"
)

// FilterConfig describes a filter of one frequency.
type FilterConfig struct {
	// Hz is the cut-off or centre frequency, above 0 and below half of Rate.
	Hz float64
	// Rate is the number of updates a second.
	Rate float64
	// Q is the quality of a second-order filter. 0 means 1/√2, which for a low-pass
	// or high-pass filter is Butterworth's, without a peak; a [Notch] is Hz/Q wide
	// at −3 dB. A first-order filter has no Q.
	Q float64
}

// Filter is a linear filter of first or second order,
//
//	y[k] = b0·x[k] + b1·x[k−1] + b2·x[k−2] − a1·y[k−1] − a2·y[k−2],
//
// computed in transposed direct form II. The zero Filter passes nothing; make one
// with a design function.
type Filter struct {
	b0, b1, b2, a1, a2 float64
	z1, z2             float64
	output             float64
	rejected           uint64
	rate               float64
}

// LowPass designs a first-order low-pass filter: −3 dB at Hz, −20 dB a decade.
func LowPass(c FilterConfig) (*Filter, error) {
	k, _, err := c.prewarp()
	if err != nil {
		return nil, err
	}
	return &Filter{b0: k / (1 + k), b1: k / (1 + k), a1: (k - 1) / (1 + k), rate: c.Rate}, nil
}

// SecondOrderLowPass designs a low-pass filter of −40 dB a decade.
func SecondOrderLowPass(c FilterConfig) (*Filter, error) {
	k, q, err := c.prewarp()
	if err != nil {
		return nil, err
	}
	return c.normalize(k*k, 2*k*k, k*k, k, q), nil
}

// HighPass designs a second-order high-pass filter.
func HighPass(c FilterConfig) (*Filter, error) {
	k, q, err := c.prewarp()
	if err != nil {
		return nil, err
	}
	return c.normalize(1, -2, 1, k, q), nil
}

// Notch designs a second-order filter that removes Hz, such as the resonance of a
// gear, and passes 0 Hz and half the rate unchanged.
func Notch(c FilterConfig) (*Filter, error) {
	k, q, err := c.prewarp()
	if err != nil {
		return nil, err
	}
	return c.normalize(1+k*k, 2*(k*k-1), 1+k*k, k, q), nil
}

// prewarp checks the configuration and returns k = tan(π·Hz/Rate), with which the
// bilinear transformation keeps Hz where it is, and the quality.
func (c FilterConfig) prewarp() (k, q float64, err error) {
	if c.Q == 0 {
		c.Q = math.Sqrt2 / 2
	}
	if err := requirePositive([]field{
		{"FilterConfig.Hz", c.Hz}, {"FilterConfig.Rate", c.Rate}, {"FilterConfig.Q", c.Q},
	}); err != nil {
		return 0, 0, err
	}
	if c.Hz >= c.Rate/2 {
		return 0, 0, configError("FilterConfig.Hz", c.Hz, "set a frequency below half of Rate, or raise Rate")
	}
	return math.Tan(math.Pi * c.Hz / c.Rate), c.Q, nil
}

// normalize divides by a0 of the denominator s² + s/q + 1 after the bilinear
// transformation s = (1−z⁻¹)/(k·(1+z⁻¹)), times k².
func (c FilterConfig) normalize(b0, b1, b2, k, q float64) *Filter {
	a0 := 1 + k/q + k*k
	return &Filter{
		b0: b0 / a0, b1: b1 / a0, b2: b2 / a0,
		a1: 2 * (k*k - 1) / a0, a2: (1 - k/q + k*k) / a0,
		rate: c.Rate,
	}
}

// Update filters one sample. When it is not finite, the output stays as it was
// and Rejected counts one.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Filter) Update(x float64) float64 {
	if !finite(x) {
		s.rejected++
		return s.output
	}
	y := s.b0*x + s.z1
	s.z1 = s.b1*x - s.a1*y + s.z2
	s.z2 = s.b2*x - s.a2*y
	s.output = y
	return y
}

// Reset makes the filter as if it had been fed x always: with a gain of 1 at 0 Hz
// its next output for x is x, without a transient.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (s *Filter) Reset(x float64) {
	if !finite(x) {
		s.rejected++
		return
	}
	y := x * (s.b0 + s.b1 + s.b2) / (1 + s.a1 + s.a2)
	s.z2 = s.b2*x - s.a2*y
	s.z1 = s.b1*x - s.a1*y + s.z2
	s.output = y
}

// Response returns the gain and phase at hz as a complex number.
func (s *Filter) Response(hz float64) complex128 {
	z := cmplx.Exp(complex(0, -2*math.Pi*hz/s.rate)) // z⁻¹
	b := complex(s.b0, 0) + z*(complex(s.b1, 0)+z*complex(s.b2, 0))
	a := 1 + z*(complex(s.a1, 0)+z*complex(s.a2, 0))
	return b / a
}

// Rejected counts the samples that were not finite and changed nothing.
func (s *Filter) Rejected() uint64 { return s.rejected }
