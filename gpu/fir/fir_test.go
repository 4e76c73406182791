package fir_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/fir"
	"github.com/memkit-go/memkit/gpu/vulkan"
)

func open(t *testing.T, driver gpu.Driver) *gpu.Device {
	t.Helper()
	d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{driver}, BlockSize: 1 << 20})
	if errors.Is(err, gpu.ErrBackendUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func response(n int) []float32 {
	r := rand.New(rand.NewPCG(uint64(n), 1))
	h := make([]float32, n)
	for i := range h {
		h[i] = float32(r.NormFloat64() * math.Exp(-float64(i)/300) * 0.2)
	}
	return h
}

// signal feeds a filter and compares what comes out with a float64 reference.
type signal struct {
	h     []float32
	x     []float64
	noise *rand.Rand
}

func newSignal(h []float32) *signal { return &signal{h: h, noise: rand.New(rand.NewPCG(3, 4))} }

// block processes n samples and returns the relative error.
func (s *signal) block(t *testing.T, f *fir.Filter, n int) float64 {
	t.Helper()
	in, out := make([]float32, n), make([]float32, n)
	for i := range in {
		in[i] = float32(s.noise.NormFloat64())
		s.x = append(s.x, float64(in[i]))
	}
	if err := f.Process(out, in); err != nil {
		t.Fatal(err)
	}
	var difference, power float64
	for i, y := range out {
		at := len(s.x) - n + i
		var sum float64
		for k := 0; k < len(s.h) && k <= at; k++ {
			sum += float64(s.h[k]) * s.x[at-k]
		}
		difference += (sum - float64(y)) * (sum - float64(y))
		power += sum * sum
	}
	return math.Sqrt(difference / power)
}

func (s *signal) check(t *testing.T, f *fir.Filter, blocks, n int) {
	t.Helper()
	for b := range blocks {
		if e := s.block(t, f, n); !(e < 1e-6) {
			t.Fatalf("block %d: relative error %g", b, e)
		}
	}
}

// lengths of responses; with the race detector only short ones.
func lengths() []int {
	if testing.Short() {
		return []int{1, 100}
	}
	return []int{1, 1000, fir.MostTaps}
}

// TestFilter: with every length of response, on the CPU and on each device, the
// output is the convolution.
func TestFilter(t *testing.T) {
	for name, driver := range map[string]gpu.Driver{"cpu": nil, "dummy": dummy.Driver{}, "deaf": dummy.Driver{Deaf: true}, "vulkan": vulkan.Driver{}} {
		t.Run(name, func(t *testing.T) {
			var d *gpu.Device
			if driver != nil {
				d = open(t, driver)
			}
			for _, taps := range lengths() {
				h := response(taps)
				limit := 10 * time.Second
				if name == "deaf" {
					limit = 20 * time.Millisecond
				}
				f, err := fir.New(context.Background(), d, fir.Config{Taps: h, Limit: time.Minute, Resident: gpu.ResidentConfig{Probe: 20, ProbeLimit: limit}})
				if err != nil {
					t.Fatal(err)
				}
				newSignal(h).check(t, f, 8, 3*fir.Block)
				if resident, refused := f.Resident(); (name == "dummy") != resident && name != "vulkan" {
					t.Errorf("resident %v, %v", resident, refused)
				}
				if s := f.Stats(); (s.Device > 0) != (d != nil) || f.Err() != nil {
					t.Errorf("stats %+v, error %v", s, f.Err())
				}
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestMissedBlocks: the CPU computes what the device does not, and the device catches
// up, whatever is missed when.
func TestMissedBlocks(t *testing.T) {
	for _, missed := range []int{1, 3, 70, 200} {
		if missed == 200 && testing.Short() {
			continue
		}
		d := open(t, dummy.Driver{})
		b := d.Backend().(*dummy.Backend)
		h := response(200)
		f, err := fir.New(context.Background(), d, fir.Config{Taps: h, Limit: time.Minute, Submitted: true})
		if err != nil {
			t.Fatal(err)
		}
		s := newSignal(h)
		s.check(t, f, 30, fir.Block)
		before := f.Stats()
		if before.Device == 0 {
			t.Fatalf("%+v before a miss", before)
		}
		// The first of these times out: keep it short.
		b.Hold()
		f.SetLimit(time.Millisecond)
		s.check(t, f, missed, fir.Block)
		during := f.Stats()
		if during.CPU-before.CPU != int64(missed) || during.Late != 1 {
			t.Errorf("%d missed: %+v, before %+v", missed, during, before)
		}
		b.Release()
		if err := d.Compute().Submitted().Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		f.SetLimit(time.Minute)
		// Four blocks a block until nothing is missing: three of them are gained.
		s.check(t, f, min(missed, 65)/3+2, fir.Block)
		before = f.Stats()
		s.check(t, f, 5, fir.Block)
		if after := f.Stats(); after.Device-before.Device != 5 {
			t.Errorf("%d missed: after catching up %+v, before %+v, %v", missed, after, before, f.Err())
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLost: a lost device costs the device, and not the signal.
func TestLost(t *testing.T) {
	d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
	if err != nil {
		t.Fatal(err)
	}
	h := response(100)
	f, err := fir.New(context.Background(), d, fir.Config{Taps: h, Submitted: true, Limit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	s := newSignal(h)
	s.check(t, f, 30, fir.Block)
	d.Backend().(*dummy.Backend).Lose()
	before := f.Stats()
	s.check(t, f, 10, 2*fir.Block)
	if after := f.Stats(); after.CPU-before.CPU != 20 || !errors.Is(f.Err(), gpu.ErrDeviceLost) {
		t.Errorf("%+v, before %+v, error %v", after, before, f.Err())
	}
	_ = f.Close()
	_ = d.Close()
}

func TestReset(t *testing.T) {
	d := open(t, dummy.Driver{})
	h := response(100)
	f, err := fir.New(context.Background(), d, fir.Config{Taps: h, Limit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		newSignal(h).check(t, f, 25, fir.Block)
		f.Reset()
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestBadInput(t *testing.T) {
	for text, c := range map[string]fir.Config{
		"Taps: 0 values":    {},
		"Taps: 5000 values": {Taps: make([]float32, 5000)},
		"Limit -1":          {Taps: []float32{1}, Limit: -1},
	} {
		if _, err := fir.New(context.Background(), nil, c); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want an error with %q", err, text)
		}
	}
	f, err := fir.New(context.Background(), nil, fir.Config{Taps: []float32{2}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Process(make([]float32, 64), make([]float32, 128)) == nil || f.Process(make([]float32, 10), make([]float32, 10)) == nil {
		t.Error("wrong lengths were accepted")
	}
	same := make([]float32, 64)
	same[0] = 1
	if err := f.Process(same, same); err != nil || same[0] != 2 {
		t.Errorf("in place: %v, %v", same[0], err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = f.Process(same, same) }); n != 0 {
		t.Errorf("Process allocates %g times", n)
	}
}
