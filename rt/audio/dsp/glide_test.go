package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestVectors: the vector code computes the scalar code's samples, bit for bit, for
// every length and alignment.
func TestVectors(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	src := make([]float32, 200)
	for i := range src {
		src[i] = float32(r.NormFloat64())
	}
	src[7], src[11] = float32(math.NaN()), float32(math.Inf(1))
	same := func(name string, n, offset int, got, want []float32) {
		t.Helper()
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%s of %d at offset %d, sample %d: %v, want %v", name, n, offset, i, got[i], want[i])
			}
		}
	}
	for n := range 150 {
		for offset := range 5 {
			in := src[offset : offset+n]
			got, want := make([]float32, n+1), make([]float32, n+1)
			got[n], want[n] = 42, 42 // what lies behind is left alone
			scale(got[:n], in, 0.3)
			scaleScalar(want[:n], in, 0.3)
			same("scale", n, offset, got, want)
			ramp(got[:n], in, 0.1, 0.003, 17)
			rampScalar(want[:n], in, 0.1, 0.003, 17)
			same("ramp", n, offset, got, want)
		}
	}
}

// effects change while they run. Each is made anew and gets its changes before the
// given samples.
var effects = map[string]func() (process func(dst, src []float32), change func(at int)){
	"Gain": func() (func(dst, src []float32), func(int)) {
		g := NewGain(1)
		return g.Process, func(at int) { g.Set(float32(at%7) / 7) }
	},
	"Gain over 300 frames": func() (func(dst, src []float32), func(int)) {
		g := NewGain(1)
		g.Glide = 300
		return g.Process, func(at int) { g.Set(float32(at%7) / 7) }
	},
	"Biquad": func() (func(dst, src []float32), func(int)) {
		f, _ := NewBiquad(Lowpass(800, rate, 1))
		return f.Process, func(at int) { f.Set(Lowpass(float64(100+at*7), rate, 2)) }
	},
	"Echo": func() (func(dst, src []float32), func(int)) {
		d, _ := NewDelay(1000)
		samples, wet, feedback := 300.5, float32(0.5), float32(0.4)
		return func(dst, src []float32) { d.Echo(dst, src, samples, wet, feedback) }, func(at int) {
			samples, wet, feedback = float64(1+at%900), float32(at%5)/5, float32(at%3)/4
		}
	},
}

// changes are the samples before which the values change; some fall into a change
// that still goes on.
var changes = []int{0, 100, 130, 1000, 1001, 2500}

// TestBlockSizes: the samples do not depend on how the sound is cut into blocks.
func TestBlockSizes(t *testing.T) {
	in := make([]float32, 4000)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range in {
		in[i] = r.Float32()*2 - 1
	}
	for name, make_ := range effects {
		run := func(block int) []float32 {
			process, change := make_()
			out := make([]float32, len(in))
			copy(out, in)
			next := 0
			for at := 0; at < len(out); {
				if next < len(changes) && changes[next] == at {
					change(at)
					next++
				}
				end := min(at+block, len(out))
				if next < len(changes) {
					end = min(end, changes[next])
				}
				process(out[at:end], out[at:end])
				at = end
			}
			return out
		}
		want := run(1)
		for _, block := range []int{2, 3, 64, 441, 4000} {
			for i, v := range run(block) {
				if math.Float32bits(v) != math.Float32bits(want[i]) {
					t.Errorf("%s, blocks of %d, sample %d: %v, want %v", name, block, i, v, want[i])
					break
				}
			}
		}
	}
}

// TestChangesDoNotClick: after a change the loudest step between two samples of a
// low sine is not much above the sine's own.
func TestChangesDoNotClick(t *testing.T) {
	in := make([]float32, 4800)
	o := Oscillator{}
	o.SetFrequency(100, rate)
	o.Fill(in)
	own := 2 * math.Pi * 100 / rate
	for name, make_ := range effects {
		process, change := make_()
		out := make([]float32, len(in))
		warm := make([]float32, 4800)
		process(warm, in)
		change(5) // one change from a steady sound
		process(out, in)
		last := float64(warm[len(warm)-1])
		for i, v := range out {
			// A change of full scale over 64 frames adds a 64th a sample; the sine
			// restarts at sample 0 of in, where it crosses zero as it ends.
			if step := math.Abs(float64(v) - last); step > 2*own+1.0/defaultGlide {
				t.Errorf("%s: a step of %v at sample %d", name, step, i)
				break
			}
			last = float64(v)
		}
	}
}

// TestNaNDoesNotStay: after samples and values that are not finite every effect
// sounds as it did before.
func TestNaNDoesNotStay(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	finiteFrom := func(name string, from int, x []float32) {
		t.Helper()
		for i, v := range x[from:] {
			if !finite(v) {
				t.Fatalf("%s: %v at sample %d", name, v, from+i)
			}
		}
	}
	sound := func() []float32 {
		x := make([]float32, 3000)
		x[0], x[10], x[11], x[12] = 1, nan, inf, -inf
		return x
	}
	for name, make_ := range effects {
		process, change := make_()
		x := sound()
		process(x, x)
		finiteFrom(name, 13, x)
		change(5)
		x = sound()
		process(x, x)
		finiteFrom(name+" in a change", 13, x)
	}

	g := NewGain(nan)
	g.Set(0.5)
	g.Set(nan)
	g.Set(inf)
	x := []float32{1}
	g.Glide = 1
	g.Process(x, x)
	if !finite(x[0]) {
		t.Errorf("Gain of NaN: %v", x)
	}

	o := Oscillator{Shape: Saw}
	o.SetFrequency(440, rate)
	step := o.step
	o.SetFrequency(math.NaN(), rate)
	o.SetFrequency(440, math.NaN())
	if o.step != step {
		t.Error("a frequency of NaN is accepted")
	}
	for _, phase := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		o.Reset(phase)
		finiteFrom("Oscillator", 0, []float32{o.Next(), o.Next()})
	}

	d, _ := NewDelay(10)
	d.Echo(x, x, 5, 0.5, 0.5)
	d.Echo(x, x, math.NaN(), nan, inf)
	if d.echo.tap != 4 || d.echo.target.wet != 0.5 || d.echo.target.feedback != 0.5 || d.echo.fade != 0 {
		t.Errorf("Echo took a value that is not finite: %+v", d.echo)
	}
	d.Push(nan)
	if got := d.At(math.NaN()); got != 0 {
		t.Errorf("At(NaN) after Push(NaN) = %v", got)
	}
	// Feedback above 1 grows without bound, and no further than float32 goes.
	d.Reset()
	x = make([]float32, 20000)
	x[0] = 1
	d.Echo(x, x, 1, 1, 3)
	last := make([]float32, 2000)
	d.Echo(last, last, 1, 1, 0)
	d.Echo(last, last, 1, 1, 0)
	finiteFrom("Echo", 100, last)

	if f, err := NewBiquad(Coefficients{B1: math.Inf(1)}); err == nil {
		t.Errorf("NewBiquad with an infinite coefficient: %+v", f)
	}
}

// TestSetBeforeTheFirstSample: a filter starts with its coefficients, not with a
// change to them, also after Reset.
func TestSetBeforeTheFirstSample(t *testing.T) {
	c := Lowpass(500, rate, 1)
	want, _ := NewBiquad(c)
	x := make([]float32, 100)
	y := make([]float32, 100)
	x[0] = 1
	want.Process(y, x)
	var f Biquad
	f.Set(Highpass(9000, rate, 1))
	f.Set(c)
	z := make([]float32, 100)
	for range 2 {
		f.Process(z, x)
		for i := range y {
			if y[i] != z[i] {
				t.Fatalf("sample %d: %v, want %v", i, z[i], y[i])
			}
		}
		f.Set(Highpass(9000, rate, 1))
		f.Process(z, x)
		f.Reset()
		f.Set(c)
	}
}

// TestGlideStaysStable: half-way between two sharp filters the poles are inside the
// unit circle too, and the sound stays bounded while the filter jumps about.
func TestGlideStaysStable(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	f, _ := NewBiquad(Lowpass(1000, rate, 1))
	x := make([]float32, 64)
	for range 5000 {
		f.Set(Lowpass(math.Exp(r.Float64()*7+3), rate, 0.5+r.Float64()*5))
		for i := range x {
			x[i] = r.Float32()*2 - 1
		}
		f.Process(x, x)
		for _, v := range x {
			if !(math.Abs(float64(v)) < 200) {
				t.Fatalf("%v", v)
			}
		}
	}
}

// TestSawAliases: the figures of Oscillator's doc.
func TestSawAliases(t *testing.T) {
	const n, harmonic = 4096, 427 // 5,004 Hz, with no common factor
	o := Oscillator{Shape: Saw}
	o.SetFrequency(float64(harmonic)*rate/n, rate)
	x := make([]float32, n)
	o.Fill(x)
	fundamental := spectrum(x, harmonic)
	low, all := 0.0, 0.0
	for bin := 1; bin < n/2; bin++ {
		if bin%harmonic == 0 {
			continue
		}
		a := spectrum(x, bin)
		all = max(all, a)
		if bin < 12000*n/rate {
			low = max(low, a)
		}
	}
	for name, c := range map[string][2]float64{"below 12 kHz": {low, -46}, "anywhere": {all, -22}} {
		if db := 20 * math.Log10(c[0]/fundamental); db > c[1] || db < c[1]-1.5 {
			t.Errorf("%s: the loudest alias is at %.1f dB, the doc says %g", name, db, c[1])
		}
	}
}
