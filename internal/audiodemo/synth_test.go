package audiodemo

import (
	"math"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/audio"
)

func open(t *testing.T, frames int) *audio.Stream {
	t.Helper()
	s, err := audio.Open(audio.Config{Backend: audio.Offline, Frames: frames}, &Synth{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func render(t *testing.T, s *audio.Stream, frames int, sizes ...int) [][]float32 {
	t.Helper()
	out := [][]float32{make([]float32, frames), make([]float32, frames)}
	if err := s.Render(out, nil, sizes...); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPureFunctionOfTheFrame: the partition into blocks changes no bit, also
// across the end of a sweep.
func TestPureFunctionOfTheFrame(t *testing.T) {
	const frames = sweepSeconds*48000 + 5000
	want := render(t, open(t, 64), frames)
	got := render(t, open(t, 512), frames, 1, 511, 63, 200)
	for c := range want {
		if !slices.Equal(got[c], want[c]) {
			t.Errorf("channel %d differs", c)
		}
	}
}

func TestSine(t *testing.T) {
	for i := range 1 << 16 {
		phase := uint32(i) << 16
		want := math.Sin(2 * math.Pi * float64(phase) / (1 << 32))
		if got := float64(sine(phase)); math.Abs(got-want) > 4e-6 {
			t.Fatalf("sine(%#x) = %v, want %v", phase, got, want)
		}
	}
}

// TestVoices compares with the formulas in float64.
func TestVoices(t *testing.T) {
	const rate, frames = 48000, 48000
	out := render(t, open(t, 64), frames)
	c := ConstantsAt(rate)
	voice := func(cycles float64) (v float64) {
		for k := 1.0; k <= 4; k++ {
			v += math.Sin(2*math.Pi*k*cycles) / k
		}
		return v
	}
	for _, n := range []float64{0, 1, 100, 480, 12345, frames - 1} {
		v1 := voice(math.Mod(n*float64(c.Step)/(1<<32), 1))
		hz := sweepFrom + (sweepTo-sweepFrom)*(n-1)/2/(sweepSeconds*rate) // mean so far
		v2 := voice(math.Mod(n*hz/rate, 1)) * min(n, edgeFrames) / edgeFrames
		for ch, want := range []float64{0.25*v1 + 0.125*v2, 0.125*v1 + 0.25*v2} {
			if got := float64(out[ch][int(n)]); math.Abs(got-want) > 1e-4 {
				t.Errorf("frame %g, channel %d: %v, want %v", n, ch, got, want)
			}
		}
	}
}

func TestLoudness(t *testing.T) {
	for _, out := range render(t, open(t, 64), sweepSeconds*48000) {
		if m := slices.Max(out); m > 1 || m < 0.3 {
			t.Errorf("peak %v", m)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	s := &Synth{}
	if err := s.Prepare(audio.Spec{Rate: 48000, MaxFrames: 64, Out: 2}); err != nil {
		t.Fatal(err)
	}
	b := &audio.Block{Out: [][]float32{make([]float32, 64), make([]float32, 64)}, N: 64}
	if n := testing.AllocsPerRun(100, func() { s.Process(b) }); n != 0 {
		t.Errorf("%v allocations a block", n)
	}
}

func TestPrepareRefuses(t *testing.T) {
	for _, spec := range []audio.Spec{{Rate: 48000, MaxFrames: 64}, {Rate: 48000, MaxFrames: 64, Out: 3}, {Rate: 8000, MaxFrames: 64, Out: 2}} {
		if err := new(Synth).Prepare(spec); err == nil {
			t.Errorf("%+v is accepted", spec)
		}
	}
}

func BenchmarkProcess(b *testing.B) {
	s := &Synth{c: ConstantsAt(48000)}
	block := &audio.Block{Out: [][]float32{make([]float32, 64), make([]float32, 64)}, N: 64}
	for b.Loop() {
		s.Process(block)
		block.Frame += 64
	}
}
