package gpu_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
)

// A program names its drivers; Example uses the one that every machine has.
func Example() {
	ctx := context.Background()
	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	staging, _ := gpu.NewUpload[float32](d, "staging", 4)
	weights, _ := gpu.NewStorage[float32](d, "weights", 4)
	back, _ := gpu.NewReadback[float32](d, "back", 4)
	job, err := d.Transfer().Batch().Upload(weights.Buffer, staging.Buffer).Download(back.Buffer, weights.Buffer).Record()
	if err != nil {
		fmt.Println(err)
		return
	}
	d.Seal()

	// Real time: no driver allocation, no allocation on the Go heap.
	values := make([]float32, 4)
	err = errors.Join(staging.Write(0, []float32{1, 2, 3, 4}), job.Submit(), job.Spin(time.Second), back.Read(0, values))
	fmt.Println(values, err)

	_, err = gpu.NewStorage[float32](d, "late", 64<<20)
	fmt.Println(errors.Is(err, gpu.ErrSealed))
	fmt.Println(errors.Join(job.Close(), staging.Free(), weights.Free(), back.Free(), d.Close()))
	// Output:
	// [1 2 3 4] <nil>
	// true
	// <nil>
}

func ExampleResident() {
	ctx := context.Background()
	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	// In SPIR-V the kernel includes resident.glsl; this is its form for the dummy.
	kernel, err := d.NewKernel(gpu.KernelCode{
		Name: "double", Resident: true, Constants: 4, Bindings: []gpu.Usage{gpu.Storage, gpu.Storage, gpu.Storage},
		Go: func(v *gpu.Invocation) {
			binary.LittleEndian.PutUint32(v.Buffers[1], 2*binary.LittleEndian.Uint32(v.Buffers[0]))
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c := gpu.ResidentConfig{Name: "double", ProbeLimit: 10 * time.Second}
	r, err := gpu.NewResident[uint32, uint32](ctx, d, kernel, c)
	if errors.Is(err, gpu.ErrNoResident) { // this device does not do it: submit a job at each ring
		c.Submitted = true
		r, err = gpu.NewResident[uint32, uint32](ctx, d, kernel, c)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	in, out := uint32(21), uint32(0)
	err = r.Ring(&in, &out, 10*time.Second)
	fmt.Println(out, err, errors.Join(r.Close(), kernel.Close()))
	// Output: 42 <nil> <nil>
}

func ExampleFrameBarrier() {
	ctx := context.Background()
	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	barrier, _ := d.NewFrameBarrier("frames", 2, 4096)
	vertices, _ := gpu.NewDevice[byte](d, "vertices", 64, gpu.Vertex|gpu.TransferDst)
	for frame := range 3 {
		err = errors.Join(err, barrier.Begin(ctx)) // waits for the frame before the last
		staging, e := barrier.Stage("vertices, staging", 64)
		memory, e2 := staging.Bytes()
		err = errors.Join(err, e, e2)
		if err != nil {
			break
		}
		memory[0] = byte(frame)
		batch := d.Transfer().Batch().Upload(vertices.Buffer, staging)
		fence, e := batch.Submit()
		err = errors.Join(err, e, barrier.End(fence), batch.Wait(ctx))
	}
	fmt.Println(errors.Join(err, barrier.Close(ctx), vertices.Free(), d.Close()))
	// Output: <nil>
}
