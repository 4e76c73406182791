package audio

import (
	"math"
	"sync"
	"testing"
	"time"
)

func TestParamLinear(t *testing.T) {
	p := NewParam(0, 2, 1, Smoothing{Time: 10 * time.Millisecond})
	p.Prepare(1000)
	if v := p.Next(); v != 1 {
		t.Errorf("at rest: %v", v)
	}
	p.Set(2)
	for i := 1; i <= 12; i++ {
		want := min(2, 1+float64(i)/10)
		if v := float64(p.Next()); math.Abs(v-want) > 1e-6 {
			t.Errorf("sample %d: %v, want %v", i, v, want)
		}
	}
	if p.value != 2 {
		t.Errorf("ends at %v", p.value)
	}
}

// TestParamTurnsBack: a new target in the middle of a change is approached from
// where the value is, without a jump.
func TestParamTurnsBack(t *testing.T) {
	for _, curve := range []Curve{Linear, OnePole} {
		p := NewParam(-1, 1, 0, Smoothing{Curve: curve, Time: 10 * time.Millisecond})
		p.Prepare(1000)
		p.Set(1)
		last := float32(0)
		for i := range 40 {
			if i == 5 {
				p.Set(-1)
			}
			v := p.Next()
			if d := math.Abs(float64(v - last)); d > 0.2 {
				t.Errorf("curve %d, sample %d: a jump of %v", curve, i, d)
			}
			last = v
		}
	}
}

func TestParamOnePole(t *testing.T) {
	p := NewParam(0, 1, 0, Smoothing{Curve: OnePole, Time: 10 * time.Millisecond})
	p.Prepare(48000)
	p.Set(1)
	for i := 1; i <= 48000; i++ {
		v := float64(p.Next())
		if want := 1 - math.Exp(-float64(i)/480); math.Abs(v-want) > 2e-5 {
			t.Fatalf("sample %d: %v, want %v", i, v, want)
		}
	}
	if p.value != 1 {
		t.Errorf("never arrives: %v", p.value)
	}
}

func TestParamFill(t *testing.T) {
	a := NewParam(0, 1, 0, Smoothing{})
	b := NewParam(0, 1, 0, Smoothing{})
	block := make([]float32, 64)
	for k, target := range []float32{1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5} {
		a.Set(target)
		b.Set(target)
		moving := a.Fill(block)
		if want := k < 10; moving != want {
			t.Errorf("block %d: moving %v", k, moving)
		}
		for i, v := range block {
			if want := b.Next(); v != want {
				t.Fatalf("block %d, sample %d: %v, want %v", k, i, v, want)
			}
		}
	}
}

func TestParamLimits(t *testing.T) {
	p := NewParam(-1, 1, 9, Smoothing{Time: -1})
	if v := p.Next(); v != 1 {
		t.Errorf("above the limit: %v", v)
	}
	p.Set(float32(math.NaN()))
	if v := p.Next(); v != 1 {
		t.Errorf("NaN: %v", v)
	}
	p.Set(-9)
	if v := p.Next(); v != -1 {
		t.Errorf("at once: %v", v)
	}
}

func TestParamConcurrent(t *testing.T) {
	p := NewParam(0, 1, 0, Smoothing{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 1000 {
			p.Set(float32(i%2) * 0.75)
		}
	})
	for range 1000 {
		if v := p.Next(); v < 0 || v > 0.75+1e-6 {
			t.Errorf("value %v", v)
		}
	}
	wg.Wait()
}
