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
