package resampler

import (
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// devices are two simulated devices with clocks of their own. The first hears a sine
// of 1 kHz; time is that of an ideal clock.
type devices struct {
	t           testing.TB
	bridge      *Bridge
	config      Config
	in, out     float64 // true rates
	jitter      float64 // s; blocks are late by up to so much
	random      *rand.Rand
	inAt, outAt uint64 // frames so far
	missing     func(seconds float64) bool
	inBlock     [][]float32
	outBlock    [][]float32
}

const hz = 1000

func newDevices(t testing.TB, c Config, inPPM, outPPM, jitter float64) *devices {
	t.Helper()
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	c = b.config
	d := &devices{
		t: t, bridge: b, config: c, jitter: jitter, random: rand.New(rand.NewPCG(1, 2)),
		in: float64(c.InRate) * (1 + inPPM/1e6), out: float64(c.OutRate) * (1 + outPPM/1e6),
		missing: func(float64) bool { return false },
	}
	for range c.Channels {
		d.inBlock = append(d.inBlock, make([]float32, c.InFrames))
		d.outBlock = append(d.outBlock, make([]float32, c.OutFrames))
	}
	return d
}

func (d *devices) late() float64 { return d.random.Float64() * d.jitter }

// run runs until a time and hands each block of the second device to hear, with the
// time of its first frame.
func (d *devices) run(until float64, hear func(seconds float64, ok bool, block [][]float32)) {
	for {
		inTime := float64(d.inAt+uint64(d.config.InFrames)) / d.in
		outTime := float64(d.outAt) / d.out
		if min(inTime, outTime) > until {
			return
		}
		if inTime <= outTime {
			for i := range d.inBlock[0] {
				v := float32(math.Sin(2 * math.Pi * hz * float64(d.inAt+uint64(i)) / d.in))
				for c := range d.inBlock {
					d.inBlock[c][i] = v
				}
			}
			d.inAt += uint64(d.config.InFrames)
			if !d.missing(inTime) {
				d.bridge.Write(d.inBlock, int64((inTime+d.late())*1e9))
			}
			continue
		}
		ok := d.bridge.Read(d.outBlock, int64((outTime+d.late())*1e9))
		d.outAt += uint64(d.config.OutFrames)
		hear(outTime, ok, d.outBlock)
	}
}

// residual returns the power of x, in dB of full scale, after the best sine near a
// frequency is subtracted; the phase may change linearly.
func residual(x []float32, step float64) float64 {
	// The analytic signal around hz, in pieces of 10 ms, gives the phase's slope.
	piece := int(math.Round(10 / step)) // ten periods
	fit := func(x []float32, at int, step float64) (a, b float64) {
		var ss, sc, cc, sx, cx float64
		for i, v := range x {
			s, c := math.Sincos(2 * math.Pi * step * float64(at+i))
			ss, sc, cc = ss+s*s, sc+s*c, cc+c*c
			sx, cx = sx+s*float64(v), cx+c*float64(v)
		}
		det := ss*cc - sc*sc
		return (sx*cc - cx*sc) / det, (cx*ss - sx*sc) / det
	}
	for range 3 {
		n := len(x) / piece * piece
		a0, b0 := fit(x[:piece], 0, step)
		a1, b1 := fit(x[n-piece:n], n-piece, step)
		turn := math.Atan2(b1*a0-a1*b0, a1*a0+b1*b0)
		step += turn / (2 * math.Pi) / float64(n-piece)
	}
	a, b := fit(x, 0, step)
	sum := 0.0
	for i, v := range x {
		s, c := math.Sincos(2 * math.Pi * step * float64(i))
		r := float64(v) - a*s - b*c
		sum += r * r
	}
	return 10 * math.Log10(2*sum/float64(len(x)))
}

// TestDrift: clocks that differ by 200 ppm, blocks of one size and of different
// ones: after 30 s the ratio is within 2 ppm rms and a 1 kHz sine comes out with a
// residual below −90 dB of full scale, without a gap.
func TestDrift(t *testing.T) {
	testenv.SkipInRaceRun(t)
	drift(t, 42) // one piece of the residual
}

// TestSoakDrift is TestDrift for ten simulated minutes.
func TestSoakDrift(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("set MEMKIT_SOAK=1 for ten simulated minutes")
	}
	drift(t, 600)
}

func drift(t *testing.T, seconds float64) {
	for _, c := range []struct {
		name          string
		config        Config
		inPPM, outPPM float64
	}{
		{"64 to 64, +200 ppm", Config{InRate: 48000, InFrames: 64, OutFrames: 64}, 200, 0},
		{"64 to 441, −200 ppm", Config{InRate: 48000, InFrames: 64, OutFrames: 441}, -100, 100},
		{"441 to 64, 44.1 kHz to 48 kHz", Config{InRate: 44100, OutRate: 48000, InFrames: 441, OutFrames: 64}, 0, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.config.OutFrames != 441 {
				t.Skip("short: the case of 64 to 441 frames runs")
			}
			t.Parallel()
			d := newDevices(t, c.config, c.inPPM, c.outPPM, 0)
			want := d.in / d.out
			var squares, blocks, worst float64
			worst = math.Inf(-1)
			var second []float32
			d.run(seconds, func(at float64, ok bool, block [][]float32) {
				if at < 30 {
					return
				}
				if !ok {
					t.Fatalf("a silent block at %.3f s: %v", at, d.bridge.Stats())
				}
				s := d.bridge.Stats()
				ppm := (s.Ratio/want - 1) * 1e6
				squares, blocks = squares+ppm*ppm, blocks+1
				// A second of each ten.
				if math.Mod(at, 10) < 1 {
					second = append(second, block[0]...)
				} else if len(second) > 0 {
					worst = max(worst, residual(second, hz/d.out))
					second = second[:0]
				}
			})
			rms := math.Sqrt(squares / blocks)
			s := d.bridge.Stats()
			t.Logf("ratio %.4f ppm rms from the true one, residual at most %.1f dB; %v", rms, worst, s)
			if rms > 2 {
				t.Errorf("the ratio is %.2f ppm rms from the true one, at most 2 are allowed", rms)
			}
			if worst > -90 {
				t.Errorf("a residual of %.1f dB", worst)
			}
			if !s.Locked || s.Underruns+s.Overruns+s.Jumps > 0 {
				t.Errorf("%v", s)
			}
		})
	}
}

// TestJitter: blocks that come up to 300 µs late move the ratio by less than 2 ppm
// rms.
func TestJitter(t *testing.T) {
	testenv.SkipInRaceRun(t)
	d := newDevices(t, Config{InRate: 48000, InFrames: 64, OutFrames: 441}, 150, -50, 300e-6)
	want := d.in / d.out
	var squares, blocks float64
	seconds := 120.0
	if testing.Short() {
		seconds = 40
	}
	d.run(seconds, func(at float64, ok bool, block [][]float32) {
		if at < 30 {
			return
		}
		if !ok {
			t.Fatalf("a silent block at %.3f s: %v", at, d.bridge.Stats())
		}
		ppm := (d.bridge.Stats().Ratio/want - 1) * 1e6
		squares, blocks = squares+ppm*ppm, blocks+1
	})
	rms := math.Sqrt(squares / blocks)
	t.Logf("%.3f ppm rms", rms)
	if rms > 2 {
		t.Errorf("the ratio is %.2f ppm rms from the true one", rms)
	}
}

// TestStalls: a device that stops is silence, and sound again within a second of its
// return, with each event counted.
func TestStalls(t *testing.T) {
	testenv.SkipInRaceRun(t)
	d := newDevices(t, Config{InRate: 48000, Channels: 2, InFrames: 64, OutFrames: 64}, 100, 0, 0)
	d.missing = func(s float64) bool { return s > 20 && s < 22 }
	silent := 0
	d.run(40, func(at float64, ok bool, block [][]float32) {
		for _, channel := range block {
			for _, v := range channel {
				if !(math.Abs(float64(v)) < 1.2) {
					t.Fatalf("%v at %.3f s", v, at)
				}
			}
		}
		switch {
		case at < 0.1: // the start
		case at < 20, at > 23:
			if !ok {
				t.Fatalf("a silent block at %.3f s: %v", at, d.bridge.Stats())
			}
		case !ok:
			silent++
		}
	})
	s := d.bridge.Stats()
	if silent < 1400 || s.Underruns == 0 || s.Jumps == 0 {
		t.Errorf("%d silent blocks, %v", silent, s)
	}
	if !s.Locked || math.Abs(s.PartsPerMillion-100) > 3 {
		t.Errorf("after the stall: %v", s)
	}
}

// TestOverrun: blocks that are not taken are lost and counted, and the position is
// reset.
func TestOverrun(t *testing.T) {
	d := newDevices(t, Config{InRate: 48000, InFrames: 64, OutFrames: 64}, 0, 0, 0)
	d.run(1, func(float64, bool, [][]float32) {})
	block := [][]float32{make([]float32, 64)}
	lost := 0
	for i := range 1000 {
		if !d.bridge.Write(block, int64((1+float64(i)*64/48000)*1e9)) {
			lost++
		}
	}
	if s := d.bridge.Stats(); lost == 0 || s.Overruns != uint64(lost) {
		t.Errorf("%d lost, %v", lost, s)
	}
}

func TestShapes(t *testing.T) {
	d := newDevices(t, Config{InRate: 48000, Channels: 2, InFrames: 8, OutFrames: 8}, 0, 0, 0)
	frames := func(n ...int) (block [][]float32) {
		for _, n := range n {
			block = append(block, make([]float32, n))
		}
		return block
	}
	for _, block := range [][][]float32{frames(8), frames(8, 7), frames(9, 9), frames(8, 8, 8), nil} {
		if d.bridge.Write(block, 0) {
			t.Errorf("Write took a block of shape %v", block)
		}
		if d.bridge.Read(block, 0) {
			t.Errorf("Read filled a block of shape %v", block)
		}
	}
}

// TestHostileTimes: times that jump, stand still or run backwards neither crash nor
// spoil the ratio beyond its limit.
func TestHostileTimes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	d := newDevices(t, Config{InRate: 48000, InFrames: 64, OutFrames: 441}, 0, 0, 0)
	nan := float32(math.NaN())
	for range 20000 {
		at := []int64{0, math.MaxInt64, math.MinInt64, r.Int64(), -r.Int64(), int64(r.IntN(1e9))}[r.IntN(6)]
		if r.IntN(2) == 0 {
			n := 1 + r.IntN(64)
			block := [][]float32{make([]float32, n)}
			block[0][r.IntN(n)] = nan
			d.bridge.Write(block, at)
			continue
		}
		block := [][]float32{make([]float32, 1+r.IntN(441))}
		d.bridge.Read(block, at)
		for _, v := range block[0] {
			if v-v != 0 {
				t.Fatal("a sample that is not finite")
			}
		}
		if s := d.bridge.Stats(); !(math.Abs(s.PartsPerMillion) <= limit*1e6*1.01) {
			t.Fatalf("%v", s)
		}
	}
}

// TestPassband: the filter is flat where the doc says so, and its images are far
// below.
func TestPassband(t *testing.T) {
	k := newKernel(1)
	gain := func(f, fraction float64) float64 { // of a complex tone of f cycles a sample
		var re, im float64
		p := fraction * phases
		row := int(p)
		for i := range taps {
			h := float64(k.factors[row*taps+i])
			s, c := math.Sincos(2 * math.Pi * f * (float64(i-taps/2+1) - float64(row)/phases))
			re, im = re+h*c, im+h*s
		}
		return math.Hypot(re, im)
	}
	for _, fraction := range []float64{0, 0.25, 0.5} {
		for f := 0.0; f <= 0.39; f += 0.01 {
			if db := 20 * math.Log10(gain(f, fraction)); math.Abs(db) > 0.1 {
				t.Errorf("%.2f of the rate, fraction %g: %.3f dB", f, fraction, db)
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	ok := Config{InRate: 48000, InFrames: 64, OutFrames: 64}
	for want, change := range map[string]func(*Config){
		"Config.InRate is 0":      func(c *Config) { c.InRate = 0 },
		"Config.OutRate is -1":    func(c *Config) { c.OutRate = -1 },
		"Config.Channels is 65":   func(c *Config) { c.Channels = 65 },
		"Config.InFrames is 0":    func(c *Config) { c.InFrames, c.Margin = 0, 1 },
		"Config.OutFrames is 0":   func(c *Config) { c.OutFrames = 0 },
		"Config.Margin is -5":     func(c *Config) { c.Margin = -5 },
		"OutRate 1000; set rates": func(c *Config) { c.OutRate = 1000 },
	} {
		c := ok
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	d := newDevices(t, Config{InRate: 48000, InFrames: 64, OutFrames: 64}, 0, 0, 0)
	d.run(1, func(float64, bool, [][]float32) {})
	at := 1.0
	if n := testing.AllocsPerRun(100, func() {
		at += 64.0 / 48000
		if !d.bridge.Write(d.inBlock, int64(at*1e9)) || !d.bridge.Read(d.outBlock, int64(at*1e9)) {
			t.Fatal(d.bridge.Stats())
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func BenchmarkBridge(b *testing.B) {
	d := newDevices(b, Config{InRate: 48000, InFrames: 64, OutFrames: 64}, 0, 0, 0)
	d.run(1, func(float64, bool, [][]float32) {})
	at := 1.0
	for b.Loop() {
		at += 64.0 / 48000
		d.bridge.Write(d.inBlock, int64(at*1e9))
		d.bridge.Read(d.outBlock, int64(at*1e9))
	}
}
