// Package fir convolves audio blocks with long impulse responses on a device of
// package gpu: reverberation, cabinets, room correction.
//
//	f, err := fir.New(ctx, device, fir.Config{Taps: response})
//	err = f.Process(out, in) // multiples of 64 samples
//
// Where the device supports it the kernel is resident: a block of 64 samples then
// takes some microseconds, and Process makes no call of C. Otherwise each block
// submits a job. What the device does not answer in time the CPU computes, from a
// history of its own, and the device is brought up to date with the next blocks; so
// Process always fills its output.
package fir

//go:generate glslangValidator --quiet --target-env vulkan1.1 -V -I.. fir.comp -o fir.spv
