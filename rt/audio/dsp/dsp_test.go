package dsp

import (
	"math"
	"math/cmplx"
	"slices"
	"testing"
)

const rate = 48000

// spectrum is the amplitude of the wave at each of the given multiples of
// rate/len(x), by definition.
func spectrum(x []float32, bin int) float64 {
	sum := complex(0, 0)
	for i, v := range x {
		sum += complex(float64(v), 0) * cmplx.Rect(1, -2*math.Pi*float64(bin)*float64(i)/float64(len(x)))
	}
	return 2 * cmplx.Abs(sum) / float64(len(x))
}

// TestSpectra compares the harmonics with the Fourier series, and asks that what
// lies between them, the aliases, is low.
func TestSpectra(t *testing.T) {
	const n, harmonicBin = 4096, 85 // 996 Hz, with no common factor, so that aliases fall between
	series := map[Shape]func(k int) float64{
		Sine:   func(k int) float64 { return map[bool]float64{true: 1}[k == 1] },
		Saw:    func(k int) float64 { return 2 / (math.Pi * float64(k)) },
		Square: func(k int) float64 { return 4 / (math.Pi * float64(k)) * float64(k%2) },
		Triangle: func(k int) float64 {
			return 8 / (math.Pi * math.Pi * float64(k*k)) * float64(k%2)
		},
	}
	for shape, want := range series {
		o := Oscillator{Shape: shape}
		o.SetFrequency(float64(harmonicBin)*rate/n, rate)
		x := make([]float32, n)
		o.Fill(x)
		for k := 1; k <= 5; k++ {
			if got := spectrum(x, k*harmonicBin); math.Abs(got-want(k)) > 0.04*want(1)/float64(k)+0.01*float64(k-1)*want(k) {
				t.Errorf("shape %d, harmonic %d: %v, want %v", shape, k, got, want(k))
			}
		}
		loudest := 0.0
		for bin := 1; bin < 5000*n/rate; bin++ { // where the ear is keenest
			if bin%harmonicBin != 0 {
				loudest = max(loudest, spectrum(x, bin))
			}
		}
		if db := 20 * math.Log10(loudest); db > -55 {
			t.Errorf("shape %d: an alias of %.0f dB", shape, db)
		}
	}
}

func TestOscillatorPhase(t *testing.T) {
	var o Oscillator
	o.Reset(2.25)
	o.SetFrequency(12000, rate)
	for i, want := range []float64{1, 0, -1, 0, 1} {
		if got := float64(o.Next()); math.Abs(got-want) > 1e-6 {
			t.Errorf("sample %d: %v, want %v", i, got, want)
		}
	}
	for _, hz := range []float64{-5, 1e9} {
		o.SetFrequency(hz, rate)
		for range 100 {
			if v := o.Next(); !(v >= -1 && v <= 1) {
				t.Fatalf("%v Hz: %v", hz, v)
			}
		}
	}
}

// designs are filters with their gain at 0 Hz, at 1 kHz and at half the rate, by
// the closed forms of the cookbook's prototypes.
var designs = []struct {
	name           string
	c              Coefficients
	zero, mid, top float64
}{
	{"low-pass", Lowpass(1000, rate, 0.7), 1, 0.7, 0},
	{"high-pass", Highpass(1000, rate, 2), 0, 2, 1},
	{"band-pass", Bandpass(1000, rate, 3), 0, 1, 0},
	{"notch", Notch(1000, rate, 3), 1, 0, 1},
	{"all-pass", Allpass(1000, rate, 3), 1, 1, 1},
	{"peak", Peak(1000, rate, 3, 6), 1, math.Pow(10, 6.0/20), 1},
	{"low shelf", LowShelf(1000, rate, math.Sqrt2/2, -12), math.Pow(10, -12.0/20), math.Pow(10, -6.0/20), 1},
	{"high shelf", HighShelf(1000, rate, math.Sqrt2/2, 12), 1, math.Pow(10, 6.0/20), math.Pow(10, 12.0/20)},
}

func TestDesigns(t *testing.T) {
	for _, d := range designs {
		for hz, want := range map[float64]float64{0: d.zero, 1000: d.mid, rate / 2: d.top} {
			if got := d.c.Gain(hz, rate); math.Abs(got-want) > 1e-9 {
				t.Errorf("%s at %g Hz: %v, want %v", d.name, hz, got, want)
			}
		}
	}
	// One octave above the corner the analog prototype 1/(s²+s/Q+1) gives, with the
	// frequency warped by the bilinear transformation:
	s := math.Tan(math.Pi*2000/rate) / math.Tan(math.Pi*1000/rate)
	want := 1 / math.Hypot(1-s*s, s/0.7)
	if got := designs[0].c.Gain(2000, rate); math.Abs(got-want) > 1e-9 {
		t.Errorf("low-pass at 2 kHz: %v, want %v", got, want)
	}
}

// TestFill: a block has the samples that Next returns, whatever the lengths of blocks.
func TestFill(t *testing.T) {
	for _, shape := range []Shape{Sine, Saw, Square, Triangle} {
		for _, hz := range []float64{0, 1, 440, 4999.5, 12000, 20000, rate / 2} {
			one, all := Oscillator{Shape: shape}, Oscillator{Shape: shape}
			one.SetFrequency(hz, rate)
			all.SetFrequency(hz, rate)
			for n := range 100 {
				block := make([]float32, n)
				all.Fill(block)
				for i, got := range block {
					if want := one.Next(); got != want {
						t.Fatalf("shape %d at %g Hz, block of %d, sample %d: %v, want %v", shape, hz, n, i, got, want)
					}
				}
			}
		}
	}
}

// TestBiquadFilters: the sound that comes out has the gain that Gain says.
func TestBiquadFilters(t *testing.T) {
	const n = 4800 // ten periods of 100 Hz, so the sine is on a bin
	for _, d := range designs {
		for _, hz := range []float64{100, 1000, 10000} {
			f, err := NewBiquad(d.c)
			if err != nil {
				t.Fatal(err)
			}
			o := Oscillator{}
			o.SetFrequency(hz, rate)
			x := make([]float32, 3*n)
			o.Fill(x)
			for at := 0; at < len(x); at += 64 { // in place, block by block
				end := min(at+64, len(x))
				f.Process(x[at:end], x[at:end])
			}
			if got, want := spectrum(x[2*n:], int(hz)*n/rate), d.c.Gain(hz, rate); math.Abs(got-want) > 1e-4*max(1, want) {
				t.Errorf("%s at %g Hz: %v, want %v", d.name, hz, got, want)
			}
		}
	}
}

func TestStability(t *testing.T) {
	unstable := Coefficients{B0: 1, A1: -2.1, A2: 1.2}
	if _, err := NewBiquad(unstable); err == nil {
		t.Error("an unstable filter is accepted")
	}
	f, _ := NewBiquad(designs[0].c)
	if f.Set(Coefficients{B0: math.NaN(), A1: math.NaN()}) || f.target != designs[0].c {
		t.Error("NaN is accepted")
	}
	for _, hz := range []float64{-1, 0, 1e-3, 23999, 24000, 1e9} {
		for _, q := range []float64{-1, 0, 1e-9, 1, 1e6} {
			for name, c := range map[string]Coefficients{
				"low-pass": Lowpass(hz, rate, q), "high-pass": Highpass(hz, rate, q), "notch": Notch(hz, rate, q),
				"peak": Peak(hz, rate, q, 24), "low shelf": LowShelf(hz, rate, q, -24), "high shelf": HighShelf(hz, rate, q, 24),
			} {
				if !c.Stable() {
					t.Errorf("%s at %g Hz, q %g is unstable: %+v", name, hz, q, c)
				}
			}
		}
	}
}

func TestGain(t *testing.T) {
	g := NewGain(1)
	g.Glide = 4
	g.Set(0)
	x := []float32{4, 4, 4, 4}
	g.Process(x, x)
	if !slices.Equal(x, []float32{3, 2, 1, 0}) {
		t.Errorf("ramp %v", x)
	}
	g.Set(0.5)
	g.Process(nil, nil)
	y := make([]float32, 2)
	g.Process(y, []float32{4, 4})
	g.Process(y, []float32{4, 4})
	g.Process(y, []float32{4, 4})
	if !slices.Equal(y, []float32{2, 2}) {
		t.Errorf("level %v", y)
	}
	if Decibels(0) != 1 || math.Abs(float64(Decibels(-20))-0.1) > 1e-7 || Decibels(math.Inf(-1)) != 0 {
		t.Error("decibels")
	}
}

func TestDelay(t *testing.T) {
	for _, most := range []int{0, maxDelay + 1} {
		if _, err := NewDelay(most); err == nil {
			t.Errorf("NewDelay(%d) is accepted", most)
		}
	}
	d, err := NewDelay(6)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		d.Push(float32(i))
	}
	for at, want := range map[float64]float32{0: 19, 1: 18, 2.25: 16.75, 6: 13, 99: 13, -1: 19} {
		if got := d.At(at); got != want {
			t.Errorf("At(%v) = %v, want %v", at, got, want)
		}
	}
}

// TestEcho: an impulse comes back as the series wet·feedbackᵏ.
func TestEcho(t *testing.T) {
	d, _ := NewDelay(8)
	x := make([]float32, 20)
	x[0] = 1
	d.Echo(x, x, 4, 0.5, 0.25)
	want := make([]float32, 20)
	want[0], want[4], want[8], want[12], want[16] = 1, 0.5, 0.125, 0.03125, 0.0078125
	if !slices.Equal(x, want) {
		t.Errorf("%v, want %v", x, want)
	}
	d.Reset()
	d.Echo(x, make([]float32, 20), 4, 1, 1)
	if slices.Max(x) != 0 {
		t.Error("Reset leaves sound in the line")
	}
}

// TestTails: after the tail the response to an impulse is some 60 dB below its
// peak, and just before the tail's end it is not.
func TestTails(t *testing.T) {
	tail := func(name string, response []float32, frames int) {
		t.Helper()
		loudest := func(s []float32) (most float64) {
			for _, v := range s {
				most = max(most, math.Abs(float64(v)))
			}
			return most
		}
		most := loudest(response)
		if rest := loudest(response[1+frames:]); rest > 2*inaudible*most {
			t.Errorf("%s: %v of %v is left after %d frames", name, rest, most, frames)
		}
		if last := loudest(response[1+frames/2:]); frames > 2 && last < inaudible/100*most {
			t.Errorf("%s: %v of %v is left after half of %d frames", name, last, most, frames)
		}
	}
	impulse := func() []float32 {
		x := make([]float32, 1<<17)
		x[0] = 1
		return x
	}
	for _, d := range designs {
		f, _ := NewBiquad(d.c)
		x := impulse()
		f.Process(x, x)
		tail(d.name, x, f.TailFrames())
	}
	dull, _ := NewBiquad(Lowpass(1000, rate, 0.1)) // two real poles
	x := impulse()
	dull.Process(x, x)
	tail("dull", x, dull.TailFrames())
	plain, _ := NewBiquad(Coefficients{B0: 1, B1: 1, B2: 1})
	if got := plain.TailFrames(); got != 2 {
		t.Errorf("a filter without poles sounds on for %d frames", got)
	}
	for _, c := range []struct {
		samples       float64
		wet, feedback float32
		want          int
	}{
		{100, 1, 0, 100}, {100, 0.5, 0.5, 900}, {100.5, -0.5, -0.1, 302}, {100, 1e-4, 0.5, 0}, {0, 1, 0, 1}, {100, 1, 1, math.MaxInt},
	} {
		got := EchoTail(c.samples, c.wet, c.feedback)
		if got != c.want {
			t.Errorf("EchoTail(%v, %v, %v) = %d, want %d", c.samples, c.wet, c.feedback, got, c.want)
		}
		if got == math.MaxInt {
			continue
		}
		d, _ := NewDelay(200)
		x := impulse()
		d.Echo(x, x, c.samples, c.wet, c.feedback)
		for i, v := range x[1+got:] {
			if math.Abs(float64(v)) >= inaudible {
				t.Errorf("EchoTail(%v, %v, %v) = %d, and %v is heard %d later", c.samples, c.wet, c.feedback, got, v, i+1)
				break
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	x := make([]float32, 64)
	o := Oscillator{Shape: Triangle}
	o.SetFrequency(440, rate)
	f, _ := NewBiquad(designs[0].c)
	g := NewGain(1)
	d, _ := NewDelay(1000)
	if n := testing.AllocsPerRun(100, func() {
		o.SetFrequency(441, rate)
		o.Fill(x)
		f.Set(Lowpass(500, rate, 1))
		f.Process(x, x)
		g.Set(0.5)
		g.Process(x, x)
		d.Echo(x, x, 400.5, 0.3, 0.3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
