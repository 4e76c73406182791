package gpu_test

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/dummy"
)

// open opens a dummy, which the test closes at its end.
func open(t *testing.T, driver dummy.Driver) *gpu.Device {
	t.Helper()
	d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{driver}, BlockSize: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func faker(d *gpu.Device) *dummy.Backend { return d.Backend().(*dummy.Backend) }

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// patient is the longest probe: a loaded machine may let the dummy's goroutine wait.
const patient = 10 * time.Second

// doubling is a resident kernel that doubles a number and counts its calls.
func doubling() gpu.KernelCode {
	return gpu.KernelCode{Name: "doubling", Resident: true, Constants: 4, Bindings: []gpu.Usage{gpu.Storage, gpu.Storage, gpu.Storage},
		Go: func(v *gpu.Invocation) {
			binary.LittleEndian.PutUint32(v.Buffers[1], 2*binary.LittleEndian.Uint32(v.Buffers[0]))
		}}
}

func newDoubling(t *testing.T, d *gpu.Device, c gpu.ResidentConfig) *gpu.Resident[uint32, uint32] {
	t.Helper()
	k, err := d.NewKernel(doubling())
	ok(t, err)
	c.Name, c.ProbeLimit = "doubling", patient
	r, err := gpu.NewResident[uint32, uint32](context.Background(), d, k, c)
	ok(t, err)
	return r
}

// TestAllocations: neither submitting nor ringing allocates.
func TestAllocations(t *testing.T) {
	d := open(t, dummy.Driver{})
	r := newDoubling(t, d, gpu.ResidentConfig{})
	in, out := uint32(21), uint32(0)
	if n := testing.AllocsPerRun(100, func() {
		if err := r.Ring(&in, &out, time.Minute); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a ring allocates %g times", n)
	}
	if out != 42 {
		t.Errorf("the answer is %d", out)
	}
}

// TestLateRing: an answer that comes too late is an error, and belongs to no later
// ring.
func TestLateRing(t *testing.T) {
	for _, submitted := range []bool{false, true} {
		d := open(t, dummy.Driver{})
		gate := make(chan struct{})
		code := doubling()
		plain := code.Go
		held := false
		code.Go = func(v *gpu.Invocation) {
			if binary.LittleEndian.Uint32(v.Buffers[0]) == 99 && !held {
				held = true
				<-gate
			}
			plain(v)
		}
		k, err := d.NewKernel(code)
		ok(t, err)
		r, err := gpu.NewResident[uint32, uint32](context.Background(), d, k, gpu.ResidentConfig{Name: "late", Submitted: submitted, ProbeLimit: patient})
		ok(t, err)
		out := uint32(7)
		in := uint32(99)
		if submitted {
			// The dummy runs a job's kernel where it submits it, so hold the queue
			// instead of the kernel.
			close(gate)
			faker(d).Hold()
		}
		wantErr(t, "a ring that is not answered", r.Ring(&in, &out, time.Millisecond), gpu.ErrTimeout)
		next := uint32(5)
		wantErr(t, "the next ring", r.Ring(&next, &out, time.Millisecond), gpu.ErrBusy)
		if out != 7 {
			t.Errorf("out was changed to %d", out)
		}
		if submitted {
			faker(d).Release()
		} else {
			close(gate)
		}
		for err = gpu.ErrBusy; errors.Is(err, gpu.ErrBusy); {
			err = r.Ring(&next, &out, time.Minute)
		}
		ok(t, err)
		if out != 10 {
			t.Errorf("submitted %v: the answer is %d, want 10", submitted, out)
		}
		if s := r.Stats(); s.Late != 1 || s.Busy < 1 || s.Rings != 1 {
			t.Errorf("stats %+v", s)
		}
		ok(t, r.Close())
	}
}

// TestResidentRefusals: what a probe finds.
func TestResidentRefusals(t *testing.T) {
	for _, tt := range []struct {
		name   string
		driver dummy.Driver
		share  bool
		reason string
	}{
		{"deaf", dummy.Driver{Deaf: true}, false, "ring 2 was not answered"},
		{"no queue", dummy.Driver{SingleQueue: true}, false, "the device has none left"},
		{"shared queue", dummy.Driver{SingleQueue: true}, true, ""},
		{"not coherent", dummy.Driver{NonCoherent: true}, false, "the device has none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := open(t, tt.driver)
			k, err := d.NewKernel(doubling())
			ok(t, err)
			c := gpu.ResidentConfig{Name: "probed", ProbeLimit: 20 * time.Millisecond, ShareQueue: tt.share}
			if tt.reason == "" {
				c.ProbeLimit = patient
			}
			r, err := gpu.NewResident[uint32, uint32](context.Background(), d, k, c)
			if tt.reason == "" {
				ok(t, err)
				ok(t, r.Close())
				return
			}
			wantErr(t, "NewResident", err, gpu.ErrNoResident)
			if !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("%v does not say %q", err, tt.reason)
			}
			// The remedy that the text names.
			c.Submitted, c.ProbeLimit = true, patient
			r, err = gpu.NewResident[uint32, uint32](context.Background(), d, k, c)
			ok(t, err)
			in, out := uint32(4), uint32(0)
			ok(t, r.Ring(&in, &out, time.Minute))
			if out != 8 {
				t.Errorf("answer %d", out)
			}
			ok(t, r.Close())
			ok(t, k.Close())
			ok(t, d.Close())
		})
	}
}

// TestQueuesOfResidents: each takes a queue, and gives it back.
func TestQueuesOfResidents(t *testing.T) {
	d := open(t, dummy.Driver{})
	a, b := newDoubling(t, d, gpu.ResidentConfig{}), newDoubling(t, d, gpu.ResidentConfig{})
	k, err := d.NewKernel(doubling())
	ok(t, err)
	_, err = gpu.NewResident[uint32, uint32](context.Background(), d, k, gpu.ResidentConfig{})
	wantErr(t, "a third resident kernel on two queues", err, gpu.ErrNoResident)
	in, out := uint32(1), uint32(0)
	ok(t, a.Ring(&in, &out, time.Minute))
	ok(t, b.Ring(&in, &out, time.Minute))
	ok(t, a.Close())
	c, err := gpu.NewResident[uint32, uint32](context.Background(), d, k, gpu.ResidentConfig{ProbeLimit: patient})
	ok(t, err)
	ok(t, c.Ring(&in, &out, time.Minute))
}

// TestSilentKernel: one that does not follow the protocol is an error.
func TestSilentKernel(t *testing.T) {
	d := open(t, dummy.Driver{})
	k, err := d.NewKernel(gpu.KernelCode{Name: "silent", Resident: true, Constants: 4, Bindings: doubling().Bindings, Go: func(*gpu.Invocation) { panic("no kernel") }})
	ok(t, err)
	_, err = gpu.NewResident[uint32, uint32](context.Background(), d, k, gpu.ResidentConfig{ProbeLimit: patient})
	wantErr(t, "a kernel that loses the device", err, gpu.ErrDeviceLost)
}

// TestLostDevice: every operation says so, and Close does not hang.
func TestLostDevice(t *testing.T) {
	d := open(t, dummy.Driver{})
	r := newDoubling(t, d, gpu.ResidentConfig{})
	up, err := gpu.NewUpload[uint32](d, "up", 64)
	ok(t, err)
	dev, err := gpu.NewStorage[uint32](d, "device", 64)
	ok(t, err)
	j, err := d.Compute().Batch().Upload(dev.Buffer, up.Buffer).Record()
	ok(t, err)
	faker(d).Lose()
	wantErr(t, "Submit", j.Submit(), gpu.ErrDeviceLost)
	wantErr(t, "Write", up.Write(0, []uint32{1}), gpu.ErrDeviceLost)
	_, err = d.Compute().Timeline.Value()
	wantErr(t, "Value", err, gpu.ErrDeviceLost)
	_, err = d.NewKernel(doubling())
	wantErr(t, "NewKernel", err, gpu.ErrDeviceLost)
	in, out := uint32(1), uint32(0)
	for err = nil; err == nil || errors.Is(err, gpu.ErrTimeout) || errors.Is(err, gpu.ErrBusy); {
		err = r.Ring(&in, &out, time.Millisecond)
	}
	wantErr(t, "Ring", err, gpu.ErrDeviceLost)
	wantErr(t, "Err", r.Err(), gpu.ErrDeviceLost)
	_ = d.Close() // a report of leaks
}

// TestHungDevice: what never finishes is an error of a wait.
func TestHungDevice(t *testing.T) {
	d := open(t, dummy.Driver{})
	up, err := gpu.NewUpload[uint32](d, "up", 64)
	ok(t, err)
	dev, err := gpu.NewStorage[uint32](d, "device", 64)
	ok(t, err)
	j, err := d.Compute().Batch().Upload(dev.Buffer, up.Buffer).Record()
	ok(t, err)
	faker(d).Hold()
	ok(t, j.Submit())
	wantErr(t, "Submit twice", j.Submit(), gpu.ErrBusy)
	wantErr(t, "Spin", j.Spin(time.Millisecond), gpu.ErrTimeout)
	done, err := j.Done()
	if done || err != nil {
		t.Errorf("Done: %v, %v", done, err)
	}
	wantErr(t, "Close of a job in flight", j.Close(), gpu.ErrInFlight)
	wantErr(t, "writing what is being uploaded", up.Write(0, []uint32{1}), gpu.ErrInFlight)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	wantErr(t, "Wait", j.Wait(ctx), gpu.ErrTimeout)
	faker(d).Release()
	ok(t, j.Wait(context.Background()))
	ok(t, j.Close())
}

// TestOutOfMemory: a driver that refuses leaves everything as it was.
func TestOutOfMemory(t *testing.T) {
	d := open(t, dummy.Driver{HeapSize: 1 << 18})
	before := d.Stats()
	_, err := gpu.NewStorage[byte](d, "too large", 1<<19)
	wantErr(t, "more than the heap", err, gpu.ErrBudget)
	faker(d).FailAllocation(1)
	_, err = gpu.NewStorage[byte](d, "refused", 100)
	wantErr(t, "refused by the driver", err, gpu.ErrOutOfMemory)
	_, err = d.NewPool(gpu.PoolConfig{Name: "greedy", Type: gpu.DeviceLocal, BlockSize: 1 << 16, Reserve: 100})
	if !errors.Is(err, gpu.ErrOutOfMemory) && !errors.Is(err, gpu.ErrBudget) {
		t.Errorf("100 blocks of a quarter of the heap: %v", err)
	}
	after := d.Stats()
	for i, p := range after.Pools {
		if p.Blocks != before.Pools[i].Blocks || p.Bytes != before.Pools[i].Bytes || p.Buffers != before.Pools[i].Buffers {
			t.Errorf("pool %s was %+v and is %+v", p.Name, before.Pools[i], p)
		}
	}
	x, err := gpu.NewStorage[byte](d, "fits", 1<<14)
	ok(t, err)
	ok(t, x.Free())
}

func TestBudgets(t *testing.T) {
	warned := uint64(0)
	d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{dummy.Driver{}}, BlockSize: 1 << 16,
		Budgets: [4]gpu.Budget{gpu.DeviceLocal: {Soft: 1 << 16, Hard: 1 << 17, OnSoft: func(n uint64) { warned = n }}}})
	ok(t, err)
	p := d.Pool(gpu.DeviceLocal)
	ok(t, p.Reserve(1<<17))
	if warned != 1<<17 {
		t.Errorf("OnSoft was called with %d", warned)
	}
	wantErr(t, "beyond the device's budget", p.Reserve(1<<17+1), gpu.ErrBudget)
	q, err := d.NewPool(gpu.PoolConfig{Name: "small", Type: gpu.HostCoherent, BlockSize: 1 << 16, Budget: gpu.Budget{Hard: 1000}})
	ok(t, err)
	a, err := q.New(gpu.BufferConfig{Name: "a", Size: 600, Usage: gpu.TransferSrc})
	ok(t, err)
	_, err = q.New(gpu.BufferConfig{Name: "b", Size: 600, Usage: gpu.TransferSrc})
	wantErr(t, "beyond the pool's budget", err, gpu.ErrBudget)
	ok(t, a.Free())
	b, err := q.New(gpu.BufferConfig{Name: "b", Size: 600, Usage: gpu.TransferSrc})
	ok(t, err)
	ok(t, b.Free())
	ok(t, d.Close())
}

// TestSealIsComplete: after Seal no call reaches the driver's allocation, whatever
// the pools do.
func TestSealIsComplete(t *testing.T) {
	d := open(t, dummy.Driver{})
	ok(t, d.Pool(gpu.DeviceLocal).Reserve(1<<16))
	d.Seal()
	before := faker(d).Allocations()
	var live []gpu.Buffer
	for i := range 200 {
		b, err := d.Pool(gpu.DeviceLocal).New(gpu.BufferConfig{Name: "x", Size: uint64(100 + 64*(i%9)), Usage: gpu.Storage})
		if err != nil {
			wantErr(t, "a full block", err, gpu.ErrSealed)
			ok(t, live[0].Free())
			live = live[1:]
			continue
		}
		live = append(live, b)
	}
	if after := faker(d).Allocations(); after != before {
		t.Errorf("%d driver allocations after Seal", after-before)
	}
	for _, b := range live {
		ok(t, b.Free())
	}
}

// TestFrameBarrierWaits: the staging memory of a frame is not reused before the
// device has passed its fence.
func TestFrameBarrierWaits(t *testing.T) {
	d := open(t, dummy.Driver{})
	b, err := d.NewFrameBarrier("frames", 2, 1024)
	ok(t, err)
	dev, err := gpu.NewStorage[byte](d, "device", 1024)
	ok(t, err)
	frame := func(ctx context.Context) (*gpu.Batch, error) {
		if err := b.Begin(ctx); err != nil {
			return nil, err
		}
		staging, err := b.Stage("staging", 1024)
		ok(t, err)
		batch := d.Transfer().Batch().Upload(dev.Buffer, staging)
		f, err := batch.Submit()
		ok(t, err)
		return batch, b.End(f)
	}
	faker(d).Hold()
	first, err := frame(context.Background())
	ok(t, err)
	second, err := frame(context.Background())
	ok(t, err)
	_, err = frame(short(t))
	wantErr(t, "the third frame of two, while the first is in flight", err, gpu.ErrTimeout)
	faker(d).Release()
	ok(t, first.Wait(context.Background()))
	ok(t, second.Wait(context.Background()))
	third, err := frame(context.Background())
	ok(t, err)
	ok(t, third.Wait(context.Background()))
	ok(t, b.Close(context.Background()))
	ok(t, dev.Free())
	ok(t, d.Close())
}

func short(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
