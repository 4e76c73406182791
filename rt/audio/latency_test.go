package audio

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/audio/dsp"
)

// delayed plays its input late, and an echo of it.
type delayed struct {
	process
	latency, tail int
	line          *dsp.Delay
	resets        int
}

const (
	echoAfter = 100
	echoLoud  = 0.5
)

func (d *delayed) LatencyFrames() int { return d.latency }
func (d *delayed) TailFrames() int    { return d.tail }

// newDelayed has a latency that no size of a block divides.
func newDelayed(latency, tail int) *delayed {
	d := &delayed{latency: latency, tail: tail}
	d.prepare = func(Spec) (err error) {
		d.line, err = dsp.NewDelay(latency + echoAfter)
		return err
	}
	d.process.process = func(b *Block) {
		for i, v := range b.In[0] {
			d.line.Push(v)
			b.Out[0][i] = d.line.At(float64(latency)) + echoLoud*d.line.At(float64(latency+echoAfter))
		}
	}
	d.reset = func() { d.line.Reset(); d.resets++ }
	return d
}

// TestRenderAll: output and input align, the tail is whole, and nothing of one sound
// is heard in the next.
func TestRenderAll(t *testing.T) {
	for _, latency := range []int{0, 1, 37, 64, 1000} {
		for _, sizes := range [][]int{nil, {1, 13, 64}} {
			p := newDelayed(latency, echoAfter)
			s := mustOpen(t, Config{Backend: Offline, In: 1, Out: 1}, p, &host)
			for round, length := range []int{500, 0, 130} {
				in := make([]float32, length)
				want := make([]float32, length+echoAfter)
				for i := range in {
					in[i] = float32(i + 1 + 1000*round)
					want[i] += in[i]
					want[i+echoAfter] += echoLoud * in[i]
				}
				got, err := s.RenderAll([][]float32{in}, sizes...)
				if err != nil {
					t.Fatal(err)
				}
				if len(got) != 1 || !slices.Equal(got[0], want) {
					t.Errorf("latency %d, sizes %v, %d frames: %v\nwant %v", latency, sizes, length, got, want)
				}
			}
			if p.resets != 3 {
				t.Errorf("%d resets in 3 sounds", p.resets)
			}
		}
	}
}

// TestRenderAllSaysNothing of a Processor that says nothing: the output is as long
// as the input.
func TestRenderAllSaysNothing(t *testing.T) {
	s := mustOpen(t, Config{Backend: Offline, In: 1, Out: 2}, counting(), &host)
	out, err := s.RenderAll([][]float32{make([]float32, 100)})
	if err != nil || len(out) != 2 || len(out[1]) != 100 || out[1][99] != 100 {
		t.Errorf("%v, %v", out, err)
	}
}

func TestRenderAllRefuses(t *testing.T) {
	s := mustOpen(t, Config{Backend: Offline, In: 2, Out: 1}, counting(), &host)
	one := make([]float32, 10)
	var config *ConfigError
	for name, err := range map[string]error{
		"one channel": second(s.RenderAll([][]float32{one})),
		"lengths":     second(s.RenderAll([][]float32{one, one[1:]})),
		"size":        second(s.RenderAll([][]float32{one, one}, 65)),
		"no input":    second(mustOpen(t, Config{Backend: Offline}, counting(), &host).RenderAll(nil)),
	} {
		if !errors.As(err, &config) {
			t.Errorf("%s: %v", name, err)
		}
	}
	live := mustOpen(t, Config{Backend: Sim, In: 1}, counting(), &host)
	if _, err := live.RenderAll([][]float32{one}); !errors.Is(err, ErrNotOffline) {
		t.Errorf("live: %v", err)
	}
	var panicked *PanicError
	failing := mustOpen(t, Config{Backend: Offline, In: 1, Out: 1}, &process{process: func(*Block) { panic("filter") }}, &host)
	if _, err := failing.RenderAll([][]float32{one}); !errors.As(err, &panicked) {
		t.Errorf("a panic: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RenderAll([][]float32{one, one}); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestExtentRefuses what no Processor can mean.
func TestExtentRefuses(t *testing.T) {
	for want, p := range map[string]*delayed{
		"LatencyFrames is -1": {latency: -1}, "TailFrames is -2": {tail: -2}, "TailFrames is 2147483648": {tail: 1 << 31},
	} {
		p.process.process = func(*Block) {}
		if _, err := Open(Config{Backend: Offline}, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestLatency: the device's part in frames, and the Processor's, also of an isolate
// and after Close.
func TestLatency(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		s := mustOpen(t, Config{Backend: Sim, In: 1, Out: 1, Rate: 44100, Frames: 100}, newDelayed(37, 0), sys)
		want := Latency{Input: 100, Output: 100, Processor: 37}
		if got := s.Stats().Latency; got != want || got.Total() != 237 {
			t.Errorf("%+v, want %+v", got, want)
		}
		run(t, s, 3)
		s.ResetStats()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := s.Stats().Latency; got != want {
			t.Errorf("closed: %+v, want %+v", got, want)
		}
		o := mustOpen(t, Config{Backend: Offline, In: 1, Out: 1}, newDelayed(5, 0), sys)
		if got := o.Stats().Latency; got != (Latency{Processor: 5}) {
			t.Errorf("offline: %+v", got)
		}
	})
	s := openIsolate(t, Config{}, "0", "")
	if got := s.Stats().Latency; got != (Latency{Input: 64, Output: 64}) {
		t.Errorf("isolate: %+v", got)
	}
}
