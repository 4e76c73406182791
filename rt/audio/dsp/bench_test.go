package dsp

import (
	"testing"

	"github.com/memkit-go/memkit/rt/audio/dsp/internal/creference"
)

// The benchmarks process blocks of 64 frames. Each has a counterpart in C: go test
// -bench . ./rt/audio/dsp, and compare a row with its row "c".

const benchFrames = 64

func benchBlocks() (dst, src []float32) {
	src = make([]float32, benchFrames)
	for i := range src {
		src[i] = float32(i) / benchFrames
	}
	return make([]float32, benchFrames), src
}

// inC runs work that repeats itself in C.
func inC(b *testing.B, work func(times int)) {
	if !creference.Available {
		b.Skip("the C reference needs cgo")
	}
	b.ResetTimer()
	work(b.N)
}

func BenchmarkGain(b *testing.B) {
	dst, src := benchBlocks()
	b.Run("go", func(b *testing.B) {
		g := NewGain(0.5)
		for range b.N {
			g.Process(dst, src)
		}
	})
	b.Run("c", func(b *testing.B) { inC(b, func(times int) { creference.Scale(dst, src, 0.5, times) }) })
}

func BenchmarkRamp(b *testing.B) {
	dst, src := benchBlocks()
	b.Run("go", func(b *testing.B) {
		g := NewGain(0)
		for i := range b.N {
			g.Set(float32(i&1) + 1)
			g.Process(dst, src)
		}
	})
	b.Run("c", func(b *testing.B) { inC(b, func(times int) { creference.Ramp(dst, src, 0.5, 0.01, times) }) })
}

func BenchmarkSaw(b *testing.B) {
	dst, _ := benchBlocks()
	const step = 440.0 / rate
	b.Run("go", func(b *testing.B) {
		o := Oscillator{Shape: Saw}
		o.SetFrequency(440, rate)
		for range b.N {
			o.Fill(dst)
		}
	})
	b.Run("c", func(b *testing.B) { inC(b, func(times int) { creference.Saw(dst, step, times) }) })
}

func BenchmarkEcho(b *testing.B) {
	dst, src := benchBlocks()
	b.Run("go", func(b *testing.B) {
		d, err := NewDelay(1000)
		if err != nil {
			b.Fatal(err)
		}
		for range b.N {
			d.Echo(dst, src, 400.5, 0.3, 0.3)
		}
	})
	b.Run("c", func(b *testing.B) {
		line := make([]float32, 1024)
		inC(b, func(times int) { creference.Echo(dst, src, line, 399.5, 0.3, 0.3, times) })
	})
}
