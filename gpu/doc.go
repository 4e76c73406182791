// Package gpu gives real-time programs the memory and the processors of a device,
// without knowing which one it is: all driver allocations are made before real time
// starts, and jobs that were recorded then are submitted without allocating.
//
//	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{vulkan.Driver{}, dummy.Driver{}}})
//	staging, err := gpu.NewUpload[Vertex](d, "vertices, staging", n)
//	vertices, err := gpu.NewDevice[Vertex](d, "vertices", n, gpu.Vertex|gpu.TransferDst)
//	err = staging.Write(0, mesh)
//	err = d.Transfer().Batch().Upload(vertices.Buffer, staging.Buffer).Run(ctx)
//	d.Seal()
//
// # Memory
//
// A [Pool] takes blocks of one [MemoryType] from the driver and divides them by
// offsets, so that buffers come and go without it. [Device.Seal] ends set-up: from
// then on a driver allocation is an error that names its caller. Budgets limit
// the memory taken, [Device.Stats] tells where it went, and Close names the buffers
// that were not freed. Builds with the tag rtdebug surround visible buffers with margins and fill them
// with patterns.
//
// # Jobs
//
// A [Batch] of copies and dispatches is recorded into a [Job], submitted any number
// of times, and waited for by polling ([Job.Spin]) or asleep ([Job.Wait]). A
// [Semaphore] orders jobs of different queues, and a [FrameBarrier] ties staging
// memory to frames.
//
// # Real time
//
// Submitting a job takes 14 µs at best, in any language, and up to 30 at the pace of
// audio blocks, because the device clocks down in between; and milliseconds while
// another thread allocates device memory. A [Resident] kernel stays on the device
// instead and answers in 2 to 4 µs, also then. Put real-time jobs on Compute and bulk
// transfers on Transfer: the two run side by side.
//
// No bound is promised on a device that other work shares. A limit that passes is
// [ErrTimeout], and the caller goes on without the answer, as package gpu/fir does.
package gpu
