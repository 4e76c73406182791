package fir_test

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/fir"
)

// An echo after 64 samples, at half the strength. What the device does not answer in
// time the CPU computes, so the output is complete either way.
func Example() {
	ctx := context.Background()
	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	taps := make([]float32, fir.Block+1)
	taps[0], taps[fir.Block] = 1, 0.5
	f, err := fir.New(ctx, d, fir.Config{Taps: taps})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	in, out := make([]float32, 2*fir.Block), make([]float32, 2*fir.Block)
	in[0] = 1
	if err := f.Process(out, in); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f %.3f %.3f\n", out[0], out[1], out[fir.Block])
	// Output: 1.000 0.000 0.500
}
