package gpubench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/memkit-go/memkit/gpu/fir"
)

// fir measures the convolution of 64 samples with 4096 taps, and its error.
func (s *session) fir(ctx context.Context) error {
	return errors.Join(s.firIn(ctx, false), s.firIn(ctx, true))
}

// taps are a decaying noise.
func taps() []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	h := make([]float32, fir.MostTaps)
	for i := range h {
		h[i] = float32(r.NormFloat64() * math.Exp(-float64(i)/800) * 0.1)
	}
	return h
}

func (s *session) newFilter(ctx context.Context, submitted bool) (*fir.Filter, error) {
	return fir.New(ctx, s.device, fir.Config{Taps: taps(), Limit: spinLimit, Submitted: submitted})
}

func (s *session) firIn(ctx context.Context, submitted bool) error {
	f, err := s.newFilter(ctx, submitted)
	if err != nil {
		return err
	}
	resident, _ := f.Resident()
	if !resident && !submitted {
		return f.Close() // measured as submitted
	}
	name := map[bool]string{false: "resident FIR 64x4096", true: "submitted FIR 64x4096"}[submitted]
	deviation, err := firError(f)
	s.config.Progress(fmt.Sprintf("%s: relative error %.2g against float64, %+v", name, deviation, f.Stats()))
	s.result.FIRError = max(s.result.FIRError, deviation)
	var in, out [fir.Block]float32
	block := func() error {
		before := f.Stats().CPU
		if err := f.Process(out[:], in[:]); err != nil {
			return err
		}
		if f.Stats().CPU != before {
			return fmt.Errorf("the CPU had to compute a block: %w", f.Err())
		}
		return nil
	}
	if err == nil {
		for range fir.MostTaps / fir.Block {
			err = errors.Join(err, f.Process(out[:], in[:])) // catch up
		}
	}
	n := s.config.N
	if s.device.Caps().Software {
		n = min(n, 100)
	}
	if err == nil && !s.device.Caps().Software {
		err = s.start(name, block)
	}
	for _, paced := range []bool{false, true} {
		if err != nil {
			break
		}
		var r Row
		if paced {
			r, err = s.time(name+", paced", min(n, s.config.paced()), Period, block)
		} else {
			r, err = s.time(name, n, 0, block)
		}
		if err == nil {
			s.add(r)
		}
	}
	return errors.Join(err, f.Close())
}

// firError is the error of the device's blocks relative to a float64 reference.
func firError(f *fir.Filter) (float64, error) {
	r := rand.New(rand.NewPCG(3, 4))
	h := taps()
	var x []float64
	var difference, power float64
	for b := range 100 {
		var in, out [fir.Block]float32
		for i := range in {
			in[i] = float32(r.NormFloat64())
			x = append(x, float64(in[i]))
		}
		before := f.Stats().Device
		if err := f.Process(out[:], in[:]); err != nil {
			return 0, err
		}
		if f.Stats().Device == before {
			continue
		}
		for n, y := range out {
			var sum float64
			for k := 0; k < len(h) && k <= b*fir.Block+n; k++ {
				sum += float64(h[k]) * x[b*fir.Block+n-k]
			}
			difference += (sum - float64(y)) * (sum - float64(y))
			power += sum * sum
		}
	}
	if power == 0 {
		return 0, errors.New("the device computed no block")
	}
	return math.Sqrt(difference / power), nil
}
