package dsp_test

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/audio/dsp"
)

// A saw through a low-pass filter.
func Example() {
	const rate = 48000
	saw := dsp.Oscillator{Shape: dsp.Saw}
	saw.SetFrequency(220, rate)
	filter, err := dsp.NewBiquad(dsp.Lowpass(800, rate, 0.707))
	if err != nil {
		fmt.Println(err)
		return
	}
	block := make([]float32, 64)
	saw.Fill(block)
	filter.Process(block, block)
	fmt.Printf("%.3f %.3f\n", block[0], block[63])
	// Output: 0.000 -0.557
}

// A fade-out over 4 frames. Without Glide a change takes 64.
func ExampleGain() {
	volume := dsp.NewGain(1)
	volume.Glide = 4
	volume.Set(0)
	block := []float32{1, 1, 1, 1, 1}
	volume.Process(block, block)
	fmt.Println(block)
	// Output: [0.75 0.5 0.25 0 0]
}

// An impulse and its echoes.
func ExampleDelay_Echo() {
	line, err := dsp.NewDelay(8)
	if err != nil {
		fmt.Println(err)
		return
	}
	block := []float32{1, 0, 0, 0, 0, 0, 0}
	line.Echo(block, block, 3, 0.5, 0.5)
	fmt.Println(block)
	// Output: [1 0 0 0.5 0 0 0.25]
}
