package control

import (
	"errors"
	"math"
	"math/cmplx"
	"strings"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

var designs = map[string]struct {
	make   func(FilterConfig) (*Filter, error)
	analog func(s complex128, q complex128) complex128 // s in units of the cut-off
	dc     float64
}{
	"LowPass":            {LowPass, func(s, q complex128) complex128 { return 1 / (1 + s) }, 1},
	"SecondOrderLowPass": {SecondOrderLowPass, func(s, q complex128) complex128 { return 1 / (s*s + s/q + 1) }, 1},
	"HighPass":           {HighPass, func(s, q complex128) complex128 { return s * s / (s*s + s/q + 1) }, 0},
	"Notch":              {Notch, func(s, q complex128) complex128 { return (s*s + 1) / (s*s + s/q + 1) }, 1},
}

// The spectrum of the impulse response, by gonum's FFT, is the analog prototype at
// the frequency that the bilinear transformation maps there, and what Response
// says.
func TestFrequencyResponse(t *testing.T) {
	const n, rate, hz = 1 << 14, 1000.0, 37.0
	for name, d := range designs {
		for _, q := range []float64{0, 0.5, 3} {
			f, err := d.make(FilterConfig{Hz: hz, Rate: rate, Q: q})
			if err != nil {
				t.Fatal(err)
			}
			impulse := make([]float64, n)
			impulse[0] = f.Update(1)
			for i := 1; i < n; i++ {
				impulse[i] = f.Update(0)
			}
			if q == 0 {
				q = math.Sqrt2 / 2
			}
			fft := fourier.NewFFT(n)
			for i, got := range fft.Coefficients(nil, impulse) {
				at := fft.Freq(i) * rate
				if i == n/2 {
					continue // the analog frequency is infinite there
				}
				s := complex(0, math.Tan(math.Pi*at/rate)/math.Tan(math.Pi*hz/rate))
				if want := d.analog(s, complex(q, 0)); cmplx.Abs(got-want) > 1e-9 {
					t.Fatalf("%s, q %g, %g Hz: %v, want %v", name, q, at, got, want)
				}
				if r := f.Response(at); cmplx.Abs(got-r) > 1e-9 {
					t.Fatalf("%s, q %g, %g Hz: Response says %v, measured %v", name, q, at, r, got)
				}
			}
		}
	}
}

// A first-order low-pass filter answers a step of the bilinear transformation:
// 1 − (1−b)·a^k with pole a.
func TestLowPassStep(t *testing.T) {
	f, err := LowPass(FilterConfig{Hz: 10, Rate: 1000})
	if err != nil {
		t.Fatal(err)
	}
	k := math.Tan(math.Pi * 10 / 1000)
	a, b := (1-k)/(1+k), k/(1+k)
	for i := range 500 {
		near(t, "step response", f.Update(1), 1-(1-b)*math.Pow(a, float64(i)), 1e-12)
	}
}

func TestFilterReset(t *testing.T) {
	for name, d := range designs {
		f, err := d.make(FilterConfig{Hz: 20, Rate: 1000})
		if err != nil {
			t.Fatal(err)
		}
		f.Update(123)
		f.Reset(4)
		for range 10 {
			near(t, name+" after Reset(4)", f.Update(4), 4*d.dc, 1e-9)
		}
	}
}

func TestFilterRejectsWhatIsNotFinite(t *testing.T) {
	f, err := SecondOrderLowPass(FilterConfig{Hz: 20, Rate: 1000})
	if err != nil {
		t.Fatal(err)
	}
	before := f.Update(1)
	state := *f
	near(t, "output", f.Update(math.NaN()), before, 0)
	near(t, "output", f.Update(math.Inf(1)), before, 0)
	f.Reset(math.Inf(-1))
	state.rejected = 3
	if *f != state {
		t.Errorf("state %+v, want %+v", *f, state)
	}
	if f.Rejected() != 3 {
		t.Errorf("Rejected is %d, want 3", f.Rejected())
	}
}

func TestFilterConfigErrors(t *testing.T) {
	for name, d := range designs {
		for field, c := range map[string]FilterConfig{
			"FilterConfig.Hz":   {Hz: 500, Rate: 1000},
			"FilterConfig.Rate": {Hz: 5, Rate: math.NaN()},
			"FilterConfig.Q":    {Hz: 5, Rate: 1000, Q: -1},
		} {
			if _, err := d.make(c); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), field+" is ") {
				t.Errorf("%s, %s: %v", name, field, err)
			}
		}
		if _, err := d.make(FilterConfig{Rate: 1000}); !errors.Is(err, ErrConfig) {
			t.Errorf("%s at 0 Hz: %v", name, err)
		}
	}
}
