package gpu_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/core"
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

// The meshes of a frame lie in a frame of package core. The device reads them from
// staging memory, which the barrier keeps until the device has passed the frame.
func ExampleFrameBarrier() {
	ctx := context.Background()
	d, err := gpu.Open(ctx, gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	memory, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lane, _ := memory.Lane()
	vertex := core.MustType[byte]()
	barrier, _ := d.NewFrameBarrier("frames", 2, 4096)
	vertices, _ := gpu.NewDevice[byte](d, "vertices", 64, gpu.Vertex|gpu.TransferDst|gpu.TransferSrc)
	for n := range 3 {
		err = errors.Join(err, drawFrame(ctx, byte(n), lane, vertex, d, barrier, vertices.Buffer))
	}
	back, _ := gpu.NewReadback[byte](d, "back", 1)
	first, _ := vertices.Part(0, 1)
	err = errors.Join(err, d.Transfer().Batch().Download(back.Buffer, first).Run(ctx))
	value := make([]byte, 1)
	err = errors.Join(err, back.Read(0, value))
	fmt.Println(value, err)
	fmt.Println(errors.Join(barrier.Close(ctx), vertices.Free(), back.Free(), d.Close(), memory.Close()))
	// Output:
	// [2] <nil>
	// <nil>
}

// drawFrame fills the vertices of frame n and has them uploaded.
func drawFrame(ctx context.Context, n byte, lane *core.Lane, vertex core.Type[byte], d *gpu.Device, barrier *gpu.FrameBarrier, dst gpu.Buffer) error {
	if err := barrier.Begin(ctx); err != nil { // waits for the frame before the last
		return err
	}
	frame, err := lane.Begin()
	if err != nil {
		return err
	}
	mesh, err := vertex.Make(frame, 64)
	if err != nil {
		return err
	}
	mesh.Slice()[0] = n
	staging, err := barrier.Stage("vertices, staging", 64)
	if err != nil {
		return err
	}
	memory, err := staging.Bytes()
	if err != nil {
		return err
	}
	copy(memory, mesh.Slice())
	batch := d.Transfer().Batch().Upload(dst, staging)
	fence, err := batch.Submit()
	if err != nil {
		return err
	}
	_, err = frame.End() // the mesh is gone, its copy in staging memory is not
	return errors.Join(err, barrier.End(fence), batch.Wait(ctx))
}
