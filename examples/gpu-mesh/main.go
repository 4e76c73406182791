// Command gpu-mesh uploads a mesh to a device, whichever there is, and reads it back.
//
//	go run ./examples/gpu-mesh
//	go run ./examples/gpu-mesh -backend dummy
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/vulkan"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		log.Fatal(err)
	}
}

// Vertex is what the device reads.
type Vertex struct {
	Position [3]float32
	Color    [3]float32
}

// Mesh is a mesh in the device's memory.
type Mesh struct {
	Vertices gpu.Array[Vertex]
	Indices  gpu.Array[uint32]
}

// Free gives the memory back.
func (m *Mesh) Free() error { return errors.Join(m.Vertices.Free(), m.Indices.Free()) }

// uploadMesh brings a mesh to the device. It does not know which backend it uses.
func uploadMesh(ctx context.Context, d *gpu.Device, vertices []Vertex, indices []uint32) (m Mesh, err error) {
	staged, err := gpu.NewUpload[Vertex](d, "vertices, staging", len(vertices))
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, staged.Free()) }()
	stagedIndices, err := gpu.NewUpload[uint32](d, "indices, staging", len(indices))
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, stagedIndices.Free()) }()
	if err := errors.Join(staged.Write(0, vertices), stagedIndices.Write(0, indices)); err != nil {
		return m, err
	}

	m.Vertices, err = gpu.NewDevice[Vertex](d, "vertices", len(vertices), gpu.Vertex|gpu.TransferDst|gpu.TransferSrc)
	if err != nil {
		return m, err
	}
	m.Indices, err = gpu.NewDevice[uint32](d, "indices", len(indices), gpu.Index|gpu.TransferDst|gpu.TransferSrc)
	if err != nil {
		return m, err
	}
	return m, d.Transfer().Batch().
		Upload(m.Vertices.Buffer, staged.Buffer).
		Upload(m.Indices.Buffer, stagedIndices.Buffer).
		Run(ctx)
}

func run(ctx context.Context, args []string, w io.Writer) (err error) {
	f := flag.NewFlagSet("gpu-mesh", flag.ContinueOnError)
	backend := f.String("backend", "auto", "vulkan, dummy, or auto for the first that has a device")
	if err := f.Parse(args); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	d, err := gpu.Open(ctx, gpu.Config{Backend: *backend, Drivers: []gpu.Driver{vulkan.Driver{}, dummy.Driver{}}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()

	cube := cubeVertices()
	m, err := uploadMesh(ctx, d, cube, cubeIndices)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Free()) }()

	back, err := gpu.NewReadback[Vertex](d, "vertices, read back", len(cube))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, back.Free()) }()
	if err := d.Transfer().Batch().Download(back.Buffer, m.Vertices.Buffer).Run(ctx); err != nil {
		return err
	}
	got := make([]Vertex, len(cube))
	if err := back.Read(0, got); err != nil {
		return err
	}
	for i := range cube {
		if got[i] != cube[i] {
			return fmt.Errorf("vertex %d came back as %v, want %v", i, got[i], cube[i])
		}
	}
	fmt.Fprintf(w, "%s: %d vertices and %d indices uploaded, and the vertices read back\n", d.Caps().Device, m.Vertices.Len(), m.Indices.Len())
	return nil
}

// cubeVertices are the corners of a cube, in their own colours.
func cubeVertices() []Vertex {
	var list []Vertex
	for i := range 8 {
		p := [3]float32{float32(i & 1), float32(i >> 1 & 1), float32(i >> 2)}
		list = append(list, Vertex{Position: p, Color: p})
	}
	return list
}

// cubeIndices are two triangles for each face.
var cubeIndices = []uint32{
	0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1,
	2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3,
}
