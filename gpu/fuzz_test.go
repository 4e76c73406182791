package gpu_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/gputest"
)

// FuzzDevice calls the package with whatever arguments: errors are named, and
// nothing that a backend would execute lies outside of its memory, which the dummy
// checks.
func FuzzDevice(f *testing.F) {
	f.Add([]byte("\x00\x10\x01\x03\x20\x01\x07\x00\x00\x04\x01\x02\x00\x00\x00\x00\x05"))
	f.Add([]byte{0, 255, 3, 0, 8, 3, 1, 0, 4, 2, 0, 9, 9, 9, 4, 0, 1, 5, 1, 1, 6, 7, 0, 3, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 512 {
			data = data[:512]
		}
		d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{dummy.Driver{HeapSize: 1 << 20}}, BlockSize: 1 << 14, MaxBuffers: 8})
		if err != nil {
			t.Fatal(err)
		}
		x := &caller{t: t, d: d, data: data}
		if x.kernel, err = d.NewKernel(gputest.Sum(1)); err != nil {
			t.Fatal(err)
		}
		for len(x.data) > 0 {
			x.step()
		}
		var leaks *gpu.LeakError
		if err := d.Close(); err != nil && !errors.As(err, &leaks) {
			t.Errorf("Close: %v", err)
		}
	})
}

// caller turns bytes into calls.
type caller struct {
	t       *testing.T
	d       *gpu.Device
	kernel  *gpu.Kernel
	data    []byte
	buffers []gpu.Buffer
	jobs    []*gpu.Job
}

func (x *caller) next() int {
	if len(x.data) == 0 {
		return 0
	}
	b := x.data[0]
	x.data = x.data[1:]
	return int(b)
}

// size is sometimes small, sometimes absurd.
func (x *caller) size() uint64 {
	n := uint64(x.next())
	switch n % 7 {
	case 0:
		return n << 56
	case 1:
		return ^n
	case 2:
		return n << 6
	}
	return n
}

func (x *caller) buffer() gpu.Buffer {
	if len(x.buffers) == 0 {
		return gpu.Buffer{}
	}
	return x.buffers[x.next()%len(x.buffers)]
}

// known are the errors that a caller can meet.
var known = []error{
	gpu.ErrRange, gpu.ErrUsage, gpu.ErrStale, gpu.ErrInUse, gpu.ErrOutOfMemory, gpu.ErrBudget, gpu.ErrNotVisible,
	gpu.ErrSealed, gpu.ErrClosed, gpu.ErrBusy, gpu.ErrInFlight, gpu.ErrTimeout, gpu.ErrKernel, gpu.ErrImport,
}

func (x *caller) check(what string, err error) {
	x.t.Helper()
	if err == nil {
		return
	}
	for _, k := range known {
		if errors.Is(err, k) {
			return
		}
	}
	x.t.Errorf("%s: %v is no error that is named", what, err)
}

func (x *caller) step() {
	switch x.next() % 9 {
	case 0:
		t := gpu.MemoryType(x.next() % 4)
		b, err := x.d.Pool(t).New(gpu.BufferConfig{Name: "x", Size: x.size(), Usage: gpu.Usage(x.next())})
		x.check("New", err)
		if err == nil {
			x.buffers = append(x.buffers, b)
		}
	case 1:
		b, err := x.buffer().Part(x.size(), x.size())
		x.check("Part", err)
		if err == nil {
			x.buffers = append(x.buffers, b)
		}
	case 2:
		x.check("Free", x.buffer().Free())
	case 3:
		b, err := x.buffer().Bytes()
		x.check("Bytes", err)
		for i := range b {
			b[i]++
		}
		x.check("Flush", x.buffer().Flush())
		x.check("Invalidate", x.buffer().Invalidate())
	case 4:
		j, err := x.batch().Record()
		x.check("Record", err)
		if err == nil {
			x.jobs = append(x.jobs, j)
		}
	case 5:
		if len(x.jobs) > 0 {
			j := x.jobs[x.next()%len(x.jobs)]
			x.check("Submit", j.Submit())
			x.check("Spin", j.Spin(time.Second))
		}
	case 6:
		if len(x.jobs) > 0 {
			x.check("Close", x.jobs[x.next()%len(x.jobs)].Close())
		}
	case 7:
		x.check("Run", x.batch().Run(context.Background()))
	case 8:
		if x.next()%8 == 0 {
			x.d.Seal()
		}
	}
}

// batch has a few commands.
func (x *caller) batch() *gpu.Batch {
	q := x.d.Queues()
	b := q[x.next()%len(q)].Batch()
	for range x.next() % 4 {
		switch x.next() % 4 {
		case 0:
			b.Copy(x.buffer(), x.buffer())
		case 1:
			b.Upload(x.buffer(), x.buffer())
		case 2:
			b.Download(x.buffer(), x.buffer())
		case 3:
			// The kernel trusts its dispatch to fit its buffers, so it gets one group.
			if size := x.buffer().Size(); size >= 256 && size < 1<<20 {
				c := binary.LittleEndian.AppendUint32(nil, uint32(x.next()))
				a := x.buffer()
				if a.Size() >= 256 {
					b.Dispatch(x.kernel, [3]uint32{uint32(x.next() % 2), 1, 1}, c, a, a, a, a)
				}
			}
		}
	}
	return b
}

// FuzzKernel: bytes that are no SPIR-V are refused before a driver sees them.
func FuzzKernel(f *testing.F) {
	f.Add([]byte("\x03\x02\x23\x07"), uint8(4), uint16(2))
	f.Add(gputest.Sum(0).SPIRV, uint8(4), uint16(4))
	f.Fuzz(func(t *testing.T, spirv []byte, constants uint8, bindings uint16) {
		d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}})
		if err != nil {
			t.Fatal(err)
		}
		c := gpu.KernelCode{Name: "fuzzed", SPIRV: spirv, Go: func(*gpu.Invocation) {}, Constants: int(int8(constants)), Bindings: make([]gpu.Usage, bindings%32)}
		for i := range c.Bindings {
			c.Bindings[i] = gpu.Usage(1 << (bindings % 8))
		}
		k, err := d.NewKernel(c)
		switch {
		case err == nil:
			if n := len(spirv); n > 0 && (n%4 != 0 || n < 24) {
				t.Errorf("%d bytes were taken for SPIR-V", n)
			}
			if err := k.Close(); err != nil {
				t.Error(err)
			}
		case !errors.Is(err, gpu.ErrKernel):
			t.Errorf("%v", err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}
