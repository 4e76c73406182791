package resampler

import "math"

const (
	taps   = 64
	phases = 256 // between two samples; linear interpolation between phases errs by −98 dB
	beta   = 9.6 // of the Kaiser window: side lobes of −97 dB
	// passband is the cut-off in units of half the lower rate. With 64 taps the
	// transition to the side lobes takes 0.2 of that on both sides together.
	passband = 0.9
)

// kernel has the interpolation filter: for each phase the factors of the taps around
// it.
type kernel struct {
	factors [(phases + 1) * taps]float32
}

// newKernel designs the filter for steps of the given number of input frames. For
// steps above 1 it cuts off at half the output rate.
func newKernel(step float64) *kernel {
	k := new(kernel)
	cut := passband / max(1, step)
	for p := range phases + 1 {
		row := k.factors[p*taps : (p+1)*taps]
		sum := 0.0
		at := func(i int) float64 {
			x := float64(i-taps/2+1) - float64(p)/phases
			return cut * sinc(cut*x) * kaiser(x/(taps/2))
		}
		for i := range row {
			sum += at(i)
		}
		for i := range row {
			row[i] = float32(at(i) / sum) // a gain of exactly 1 at 0 Hz, whatever the phase
		}
	}
	return k
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the Kaiser window over −1 to 1.
func kaiser(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel0(beta*math.Sqrt(1-x*x)) / bessel0(beta)
}

// bessel0 is the modified Bessel function of the first kind of order 0, by its
// power series. 50 terms are exact to float64 for x up to 20.
func bessel0(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; k < 50; k++ {
		term *= (x / 2 / k) * (x / 2 / k)
		sum += term
	}
	return sum
}

// at returns the sample at a fraction behind src[taps/2−1]. src must have 64
// samples.
func (k *kernel) at(src []float32, fraction float64) float32 {
	position := fraction * phases
	p := int(position)
	f := float32(position - float64(p))
	src = src[:taps]
	near := k.factors[p*taps : (p+1)*taps]
	far := k.factors[(p+1)*taps : (p+2)*taps]
	// Four sums each, so that an addition does not wait for the one before it.
	var a0, a1, a2, a3, b0, b1, b2, b3 float32
	for i := 0; i <= taps-4; i += 4 {
		s, n, r := src[i:i+4], near[i:i+4], far[i:i+4]
		a0 += s[0] * n[0]
		a1 += s[1] * n[1]
		a2 += s[2] * n[2]
		a3 += s[3] * n[3]
		b0 += s[0] * r[0]
		b1 += s[1] * r[1]
		b2 += s[2] * r[2]
		b3 += s[3] * r[3]
	}
	a, b := (a0+a1)+(a2+a3), (b0+b1)+(b2+b3)
	return a + f*(b-a)
}
