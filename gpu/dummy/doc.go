// Package dummy is a backend of package gpu without a device: kernels written in Go
// run on the CPU.
//
//	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
//
// It serves tests. It imitates what only some devices have: memory that needs
// flushes, small heaps, queues of several families, work that takes its time, an
// allocation that fails, a device that is lost, resident kernels. And it finds what a
// device would not tell: memory that is read before the work that writes it has
// finished, and staging memory that is written while it is read; [Backend.Faults]
// lists them.
package dummy
