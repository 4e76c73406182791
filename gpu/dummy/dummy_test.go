package dummy_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
	"github.com/memkit-go/memkit/gpu/gputest"
)

func open(t *testing.T, driver dummy.Driver) *gpu.Device {
	t.Helper()
	d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{driver}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestConformance runs the suite on each kind of device that this one can be.
func TestConformance(t *testing.T) {
	for name, driver := range map[string]dummy.Driver{
		"plain":        {},
		"non-coherent": {NonCoherent: true},
		"slow":         {Delay: 7},
		"one queue":    {SingleQueue: true},
		"deaf":         {Deaf: true},
		"everything":   {NonCoherent: true, Delay: 3, SingleQueue: true},
	} {
		t.Run(name, func(t *testing.T) {
			gputest.Run(t, func(t *testing.T) *gpu.Device {
				d := open(t, driver)
				t.Cleanup(func() {
					if faults := d.Backend().(*dummy.Backend).Faults(); len(faults) > 0 {
						t.Errorf("faults: %q", faults)
					}
				})
				return d
			})
		})
	}
}

// transfer is an upload and a download that a test holds in flight.
type transfer struct {
	d    *gpu.Device
	b    *dummy.Backend
	up   gpu.Array[uint32]
	dev  gpu.Array[uint32]
	back gpu.Array[uint32]
	j    *gpu.Job
}

func inFlight(t *testing.T) *transfer {
	t.Helper()
	x := &transfer{d: open(t, dummy.Driver{})}
	x.b = x.d.Backend().(*dummy.Backend)
	var errs [4]error
	x.up, errs[0] = gpu.NewUpload[uint32](x.d, "up", 16)
	x.dev, errs[1] = gpu.NewStorage[uint32](x.d, "device", 16)
	x.back, errs[2] = gpu.NewReadback[uint32](x.d, "back", 16)
	x.j, errs[3] = x.d.Compute().Batch().Upload(x.dev.Buffer, x.up.Buffer).Download(x.back.Buffer, x.dev.Buffer).Record()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	if err := x.up.Write(0, []uint32{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	x.b.Hold()
	if err := x.j.Submit(); err != nil {
		t.Fatal(err)
	}
	return x
}

// finish lets the transfer finish and returns the faults.
func (x *transfer) finish(t *testing.T) []string {
	t.Helper()
	x.b.Release()
	if err := x.j.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	faults := x.b.Faults()
	if err := errors.Join(x.j.Close(), x.up.Free(), x.dev.Free(), x.back.Free(), x.d.Close()); err != nil {
		t.Error(err)
	}
	return faults
}

func wantFault(t *testing.T, faults []string, part string) {
	t.Helper()
	if len(faults) != 1 || !strings.Contains(faults[0], part) {
		t.Errorf("faults %q, want one with %q", faults, part)
	}
}

// TestEarlyRead: a result that is read before its work has finished is an error, and
// no plausible value.
func TestEarlyRead(t *testing.T) {
	x := inFlight(t)
	got := make([]uint32, 3)
	if err := x.back.Read(0, got); !errors.Is(err, gpu.ErrInFlight) {
		t.Errorf("Read: %v", err)
	}
	raw, err := x.back.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if raw[0] != dummy.Early || raw[11] != dummy.Early {
		t.Errorf("memory that was not written yet holds %v", raw[:12])
	}
	wantFault(t, x.finish(t), "before the work that writes it has finished")
}

// TestLateWrite: staging memory that is written while it is read is an error where
// package gpu writes it, and a fault where the program does.
func TestLateWrite(t *testing.T) {
	x := inFlight(t)
	if err := x.up.Write(0, []uint32{9}); !errors.Is(err, gpu.ErrInFlight) {
		t.Errorf("Write: %v", err)
	}
	wantFault(t, x.finish(t), "written by the CPU while")

	x = inFlight(t)
	raw, err := x.up.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	raw[0]++
	wantFault(t, x.finish(t), "changed while the copy was in flight")

	if faults := inFlight(t).finish(t); len(faults) != 0 {
		t.Errorf("without a mistake: faults %q", faults)
	}
}

// TestNonCoherent: without a flush the device does not see what the CPU wrote.
func TestNonCoherent(t *testing.T) {
	d := open(t, dummy.Driver{NonCoherent: true})
	b := d.Backend()
	src, err := b.Allocate(64, gpu.HostCoherent)
	if err != nil {
		t.Fatal(err)
	}
	dst, err := b.Allocate(64, gpu.HostCached)
	if err != nil {
		t.Fatal(err)
	}
	in, _ := b.Map(src, 0, 64)
	out, _ := b.Map(dst, 0, 64)
	r, err := b.Record(&gpu.Recording{Commands: []gpu.Command{{Source: gpu.Span{Memory: src, Size: 64}, Destination: gpu.Span{Memory: dst, Size: 64}}}, Signals: 0})
	if err != nil {
		t.Fatal(err)
	}
	in[0] = 7
	for _, step := range []struct {
		do   func() error
		want byte
	}{
		{func() error { return b.Submit(r, nil, nil) }, 0}, // neither flushed nor invalidated
		{func() error { return b.Invalidate(dst, 0, 64) }, 0},
		{func() error { return errors.Join(b.Flush(src, 0, 64), b.Submit(r, nil, nil)) }, 0},
		{func() error { return b.Invalidate(dst, 0, 64) }, 7},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if out[0] != step.want {
			t.Errorf("the CPU sees %d, want %d", out[0], step.want)
		}
	}
	b.FreeRecording(r)
	b.Free(src)
	b.Free(dst)
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestDriverErrors(t *testing.T) {
	if _, err := (dummy.Driver{Delay: -1}).Open(context.Background(), gpu.DriverConfig{}); err == nil || !strings.Contains(err.Error(), "Delay -1") {
		t.Errorf("Delay -1: %v", err)
	}
	d := open(t, dummy.Driver{})
	defer d.Close()
	if _, err := d.NewKernel(gpu.KernelCode{Name: "spirv", SPIRV: gputest.Sum(0).SPIRV}); !errors.Is(err, gpu.ErrKernel) {
		t.Errorf("a kernel without Go: %v", err)
	}
}
