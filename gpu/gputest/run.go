package gputest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/rt/arena"
)

// Run runs the suite. open opens a device for one test, which closes it.
func Run(t *testing.T, open func(t *testing.T) *gpu.Device) {
	for _, x := range []struct {
		name string
		run  func(t *testing.T, d *gpu.Device)
	}{
		{"Transfers", transfers}, {"Hazards", hazards}, {"Dispatch", dispatch}, {"Queues", queues},
		{"Jobs", jobs}, {"Timeouts", timeouts}, {"Seal", seal}, {"Misuse", misuse}, {"Import", importing},
		{"Strategies", strategies}, {"FrameBarrier", frameBarrier}, {"Stats", stats}, {"Submitted", submitted}, {"Resident", resident},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := open(t)
			x.run(t, d)
			if err := d.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	t.Run("Leaks", func(t *testing.T) { leaks(t, open(t)) })
	t.Run("Closed", func(t *testing.T) { closed(t, open(t)) })
}

// limit is for waits that should not last.
const limit = time.Minute

func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

// must returns v or ends the test.
func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantErr checks that err is kind.
func wantErr(t *testing.T, what string, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// free frees at the end of a test.
func free(t *testing.T, buffers ...interface{ Free() error }) {
	t.Helper()
	for _, b := range buffers {
		if err := b.Free(); err != nil {
			t.Error(err)
		}
	}
}

// pattern is n different values.
func pattern(n int, seed uint32) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		seed = seed*1664525 + 1013904223
		list[i] = seed
	}
	return list
}

func equal(t *testing.T, what string, got, want []uint32) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%s: element %d of %d is %#x, want %#x", what, i, len(want), got[i], want[i])
			return
		}
	}
}

func transfers(t *testing.T, d *gpu.Device) {
	for _, n := range []int{1, 3, 64, 1000, 1 << 16} {
		up := must(gpu.NewUpload[uint32](d, "up", n))(t)
		dev := must(gpu.NewDevice[uint32](d, "device", n, gpu.TransferSrc|gpu.TransferDst|gpu.Vertex))(t)
		back := must(gpu.NewReadback[uint32](d, "back", n))(t)
		want := pattern(n, uint32(n))
		ok(t, up.Write(0, want))
		// On the transfer queue, and from there to the compute queue by the CPU.
		ok(t, d.Transfer().Batch().Upload(dev.Buffer, up.Buffer).Run(timeout(t)))
		ok(t, d.Compute().Batch().Download(back.Buffer, dev.Buffer).Run(timeout(t)))
		got := make([]uint32, n)
		ok(t, back.Read(0, got))
		equal(t, "round trip", got, want)
		free(t, up, dev, back)
	}
}

// hazards copies through several buffers in one batch: each copy must see the one
// before.
func hazards(t *testing.T, d *gpu.Device) {
	const n = 4096
	up := must(gpu.NewUpload[uint32](d, "up", n))(t)
	back := must(gpu.NewReadback[uint32](d, "back", n))(t)
	var chain [5]gpu.Array[uint32]
	for i := range chain {
		chain[i] = must(gpu.NewStorage[uint32](d, "link", n))(t)
	}
	want := pattern(n, 7)
	ok(t, up.Write(0, want))
	b := d.Compute().Batch().Upload(chain[0].Buffer, up.Buffer)
	for i := range len(chain) - 1 {
		b.Copy(chain[i+1].Buffer, chain[i].Buffer)
	}
	// Write after read: the first half of the first link once more.
	half := must(chain[0].Part(0, 2*n))(t)
	other := must(chain[4].Part(2*n, 2*n))(t)
	ok(t, b.Copy(half, other).Download(back.Buffer, chain[0].Buffer).Run(timeout(t)))
	got := make([]uint32, n)
	ok(t, back.Read(0, got))
	equal(t, "first half", got[:n/2], want[n/2:])
	equal(t, "second half", got[n/2:], want[n/2:])
	free(t, up, back)
	for _, x := range chain {
		free(t, x)
	}
}

// summing has what the kernel Sum needs.
type summing struct {
	kernel       *gpu.Kernel
	a, b, result gpu.Array[uint32]
	scale        gpu.Array[uint32]
	n            int
}

func newSumming(t *testing.T, d *gpu.Device, groups int, bias uint32) *summing {
	t.Helper()
	s := &summing{n: groups * lanes}
	s.kernel = must(d.NewKernel(Sum(bias)))(t)
	s.a = must(gpu.NewUpload[uint32](d, "a", s.n))(t)
	s.b = must(gpu.NewUpload[uint32](d, "b", s.n))(t)
	s.result = must(gpu.NewReadback[uint32](d, "result", s.n))(t)
	s.scale = must(gpu.NewUpload[uint32](d, "scale", 1))(t)
	ok(t, s.a.Write(0, pattern(s.n, 1)))
	ok(t, s.b.Write(0, pattern(s.n, 2)))
	ok(t, s.scale.Write(0, []uint32{3}))
	return s
}

func (s *summing) batch(q *gpu.Queue, offset uint32) *gpu.Batch {
	return q.Batch().Dispatch(s.kernel, [3]uint32{uint32(s.n / lanes), 1, 1}, binary.LittleEndian.AppendUint32(nil, offset), s.a.Buffer, s.b.Buffer, s.result.Buffer, s.scale.Buffer)
}

func (s *summing) check(t *testing.T, bias, offset uint32) {
	t.Helper()
	a, b, got := pattern(s.n, 1), pattern(s.n, 2), make([]uint32, s.n)
	ok(t, s.result.Read(0, got))
	want := make([]uint32, s.n)
	for i := range want {
		want[i] = a[i] + 3*b[i] + offset + bias
	}
	equal(t, "sum", got, want)
}

func (s *summing) close(t *testing.T) {
	t.Helper()
	free(t, s.a, s.b, s.result, s.scale)
	ok(t, s.kernel.Close())
}

func dispatch(t *testing.T, d *gpu.Device) {
	for _, bias := range []uint32{0, 1000} {
		s := newSumming(t, d, 5, bias)
		ok(t, s.batch(d.Compute(), 17).Run(timeout(t)))
		s.check(t, bias, 17)
		s.close(t)
	}
}

// queues hands a buffer from the transfer queue to the compute queue by a semaphore,
// several times, without waiting in between.
func queues(t *testing.T, d *gpu.Device) {
	const n = 1024
	s := must(d.NewSemaphore())(t)
	up := must(gpu.NewUpload[uint32](d, "up", n))(t)
	dev := must(gpu.NewStorage[uint32](d, "device", n))(t)
	back := must(gpu.NewReadback[uint32](d, "back", n))(t)
	first := must(d.Transfer().Batch().Upload(dev.Buffer, up.Buffer).Signal(s).Record())(t)
	second := must(d.Compute().Batch().Download(back.Buffer, dev.Buffer).Await(s).Record())(t)
	wantErr(t, "await before signal", second.Submit(), gpu.ErrUsage)
	for round := range uint32(4) {
		want := pattern(n, round)
		ok(t, up.Write(0, want))
		ok(t, first.Submit())
		ok(t, second.Submit())
		ok(t, second.Wait(timeout(t)))
		got := make([]uint32, n)
		ok(t, back.Read(0, got))
		equal(t, "handed over", got, want)
		ok(t, first.Wait(timeout(t)))
	}
	ok(t, first.Close())
	ok(t, second.Close())
	free(t, up, dev, back)
}

// jobs are submitted again and again, without an allocation.
func jobs(t *testing.T, d *gpu.Device) {
	s := newSumming(t, d, 2, 0)
	j := must(s.batch(d.Compute(), 5).Record())(t)
	before := must(j.Fence().Done())(t)
	if !before {
		t.Error("a job that was not submitted is not done")
	}
	last := uint64(0)
	for i := range 20 {
		ok(t, s.a.Write(0, pattern(s.n, 1)))
		ok(t, j.Submit())
		switch i % 3 {
		case 0:
			ok(t, j.Spin(limit))
		case 1:
			ok(t, j.Wait(timeout(t)))
		case 2:
			for done := false; !done; {
				done = must(j.Done())(t)
			}
		}
		s.check(t, 0, 5)
		v := must(d.Compute().Timeline.Value())(t)
		if v <= last {
			t.Errorf("timeline went from %d to %d", last, v)
		}
		last = v
	}
	ok(t, d.Compute().Submitted().Wait(timeout(t)))
	wantErr(t, "freeing what a job uses", s.a.Free(), gpu.ErrInUse)
	wantErr(t, "closing a kernel that a job uses", s.kernel.Close(), gpu.ErrInUse)
	ok(t, j.Close())
	wantErr(t, "submit after close", j.Submit(), gpu.ErrClosed)
	ok(t, j.Close())
	s.close(t)
}

// timeouts: a wait that ends early is an error and changes nothing.
func timeouts(t *testing.T, d *gpu.Device) {
	q := d.Compute()
	v := must(q.Timeline.Value())(t)
	wantErr(t, "Spin", q.Timeline.Spin(v+1, 0), gpu.ErrTimeout)
	wantErr(t, "Spin", q.Timeline.Spin(v+1, time.Millisecond), gpu.ErrTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	err := q.Timeline.Wait(ctx, v+1)
	wantErr(t, "Wait", err, gpu.ErrTimeout)
	wantErr(t, "Wait", err, context.DeadlineExceeded)
	ok(t, q.Timeline.Wait(timeout(t), v))
	ok(t, gpu.Fence{}.Wait(ctx))
	ok(t, gpu.Fence{}.Spin(0))
}

func seal(t *testing.T, d *gpu.Device) {
	ok(t, d.Pool(gpu.DeviceLocal).Reserve(1<<20))
	k := must(d.NewKernel(Sum(0)))(t)
	small := must(gpu.NewStorage[uint32](d, "before", 64))(t)
	up := must(gpu.NewUpload[uint32](d, "up", 64))(t)
	j := must(d.Compute().Batch().Upload(small.Buffer, up.Buffer).Record())(t)
	d.Seal()
	if !d.Sealed() {
		t.Error("Sealed is false after Seal")
	}
	after := must(gpu.NewStorage[uint32](d, "after", 64))(t)
	ok(t, j.Submit())
	ok(t, j.Wait(timeout(t)))
	for what, f := range map[string]func() error{
		"a block":     func() error { _, err := gpu.NewStorage[uint32](d, "large", 32<<20); return err },
		"a pool":      func() error { _, err := d.NewPool(gpu.PoolConfig{Name: "late", Reserve: 1}); return err },
		"a kernel":    func() error { _, err := d.NewKernel(Sum(1)); return err },
		"a recording": func() error { _, err := d.Compute().Batch().Upload(small.Buffer, up.Buffer).Record(); return err },
		"a semaphore": func() error { _, err := d.NewSemaphore(); return err },
		"a resident":  func() error { _, err := newCount(t, d, k, after, true, 1); return err },
	} {
		err := f()
		if what == "a resident" {
			if err == nil {
				t.Error("a resident kernel was made after Seal")
			}
			continue
		}
		wantErr(t, what, err, gpu.ErrSealed)
		var e *gpu.SealedError
		if !errors.As(err, &e) || !strings.Contains(e.Caller, "run.go:") {
			t.Errorf("%s: %v does not name its caller", what, err)
		}
	}
	ok(t, j.Close())
	free(t, small, up, after)
	ok(t, k.Close())
}

// misuse has calls that each backend must refuse.
func misuse(t *testing.T, d *gpu.Device) {
	misusedConfigs(t, d)
	up := must(gpu.NewUpload[uint32](d, "up", 64))(t)
	dev := must(gpu.NewStorage[uint32](d, "device", 64))(t)
	vertex := must(gpu.NewDevice[uint32](d, "vertices", 64, gpu.Vertex))(t)
	batch := func() *gpu.Batch { return d.Compute().Batch() }
	misusedBuffers(t, up, dev)
	misusedBatches(t, batch, up, dev, vertex)
	misusedKernels(t, d, batch, up, dev, vertex)
	free(t, up, vertex)
	wantErr(t, "double free", up.Free(), gpu.ErrStale)
	wantErr(t, "write after free", up.Write(0, []uint32{1}), gpu.ErrStale)
	wantErr(t, "copy after free", batch().Copy(dev.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrStale)
	wantErr(t, "free of nothing", gpu.Buffer{}.Free(), gpu.ErrStale)
	free(t, dev)
}

func misusedConfigs(t *testing.T, d *gpu.Device) {
	p := d.Pool(gpu.DeviceLocal)
	_, err := p.New(gpu.BufferConfig{Name: "none", Usage: gpu.Storage})
	wantErr(t, "no size", err, gpu.ErrRange)
	_, err = p.New(gpu.BufferConfig{Name: "huge", Size: 1 << 60, Usage: gpu.Storage})
	wantErr(t, "huge", err, gpu.ErrRange)
	_, err = p.New(gpu.BufferConfig{Name: "useless", Size: 4})
	wantErr(t, "no usage", err, gpu.ErrUsage)
	_, err = gpu.NewUpload[uint32](d, "negative", -1)
	wantErr(t, "negative length", err, gpu.ErrRange)
	_, err = gpu.NewUpload[*int](d, "pointers", 4)
	var pointer *arena.PointerError
	if !errors.As(err, &pointer) {
		t.Errorf("pointers: %v", err)
	}
}

func misusedBuffers(t *testing.T, up, dev gpu.Array[uint32]) {
	_, err := dev.Bytes()
	wantErr(t, "CPU access to device memory", err, gpu.ErrNotVisible)
	wantErr(t, "write beyond the end", up.Write(60, make([]uint32, 5)), gpu.ErrRange)
	wantErr(t, "write before the start", up.Write(-1, make([]uint32, 5)), gpu.ErrRange)
	wantErr(t, "read beyond the end", up.Read(65, nil), gpu.ErrRange)
	_, err = up.Part(200, 100)
	wantErr(t, "part beyond the end", err, gpu.ErrRange)
	_, err = up.Part(^uint64(0)-3, 8)
	wantErr(t, "part that overflows", err, gpu.ErrRange)
}

func misusedBatches(t *testing.T, batch func() *gpu.Batch, up, dev, vertex gpu.Array[uint32]) {
	part := must(up.Part(0, 128))(t)
	wantErr(t, "sizes differ", batch().Copy(dev.Buffer, part).Run(timeout(t)), gpu.ErrRange)
	wantErr(t, "copy to itself", batch().Copy(dev.Buffer, dev.Buffer).Run(timeout(t)), gpu.ErrRange)
	wantErr(t, "no destination", batch().Upload(vertex.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrUsage)
	wantErr(t, "upload from device memory", batch().Upload(dev.Buffer, dev.Buffer).Run(timeout(t)), gpu.ErrNotVisible)
	wantErr(t, "empty batch", batch().Run(timeout(t)), gpu.ErrUsage)
	wantErr(t, "zero buffer", batch().Copy(dev.Buffer, gpu.Buffer{}).Run(timeout(t)), gpu.ErrRange)
	wantErr(t, "wait before submit", batch().Wait(timeout(t)), gpu.ErrUsage)
	once := batch().Upload(dev.Buffer, up.Buffer)
	ok(t, once.Run(timeout(t)))
	wantErr(t, "a batch used twice", once.Run(timeout(t)), gpu.ErrUsage)
}

func misusedKernels(t *testing.T, d *gpu.Device, batch func() *gpu.Batch, up, dev, vertex gpu.Array[uint32]) {
	k := must(d.NewKernel(Sum(0)))(t)
	one := [3]uint32{1, 1, 1}
	four := []byte{0, 0, 0, 0}
	wantErr(t, "no kernel", batch().Dispatch(nil, one, nil).Run(timeout(t)), gpu.ErrClosed)
	wantErr(t, "arguments", batch().Dispatch(k, one, four, dev.Buffer).Run(timeout(t)), gpu.ErrUsage)
	wantErr(t, "constants", batch().Dispatch(k, one, nil, dev.Buffer, dev.Buffer, dev.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrRange)
	wantErr(t, "no workgroups", batch().Dispatch(k, [3]uint32{0, 1, 1}, four, dev.Buffer, dev.Buffer, dev.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrRange)
	wantErr(t, "no storage", batch().Dispatch(k, one, four, vertex.Buffer, dev.Buffer, dev.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrUsage)
	odd := must(dev.Part(4, 64))(t)
	wantErr(t, "unaligned argument", batch().Dispatch(k, one, four, odd, dev.Buffer, dev.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrRange)
	for what, c := range map[string]gpu.KernelCode{
		"no code":      {Name: "empty"},
		"text":         {Name: "text", SPIRV: []byte("#version 450\nvoid main() {}\n")},
		"cut off":      {Name: "cut", SPIRV: sumSPIRV[:len(sumSPIRV)-4], Go: Sum(0).Go},
		"wrong length": {Name: "odd", SPIRV: sumSPIRV[:len(sumSPIRV)-3], Go: Sum(0).Go},
		"bindings":     {Name: "bindings", SPIRV: sumSPIRV, Go: Sum(0).Go, Bindings: []gpu.Usage{gpu.Index}},
		"constants":    {Name: "constants", SPIRV: sumSPIRV, Go: Sum(0).Go, Constants: 1 << 20},
	} {
		_, err := d.NewKernel(c)
		wantErr(t, "kernel: "+what, err, gpu.ErrKernel)
	}
	ok(t, k.Close())
	wantErr(t, "closed kernel", batch().Dispatch(k, one, four, dev.Buffer, dev.Buffer, dev.Buffer, up.Buffer).Run(timeout(t)), gpu.ErrClosed)
}

func importing(t *testing.T, d *gpu.Device) {
	a := must(arena.New(arena.Config{Size: 1 << 20, Name: "imported"}))(t)
	defer a.Close()
	align := d.Caps().ImportAlignment
	host := a.Bytes()
	if align == 0 {
		_, err := d.Import("arena", host)
		wantErr(t, "import that is not supported", err, gpu.ErrImport)
		return
	}
	if align > 4096 || uint64(len(host))%align != 0 {
		t.Skipf("the device imports at multiples of %d", align)
	}
	_, err := d.Import("odd", host[16:4096+16])
	wantErr(t, "unaligned import", err, gpu.ErrImport)
	_, err = d.Import("short", host[:100])
	wantErr(t, "short import", err, gpu.ErrImport)
	_, err = d.Import("nothing", nil)
	wantErr(t, "empty import", err, gpu.ErrImport)
	p, err := d.Import("arena", host)
	if errors.Is(err, gpu.ErrImport) {
		t.Skip(err) // the arena is a Go slice in this build
	}
	ok(t, err)
	src := must(gpu.NewArray[uint32](p, "source", 4096, gpu.TransferSrc))(t)
	dst := must(gpu.NewArray[uint32](p, "destination", 4096, gpu.TransferDst))(t)
	dev := must(gpu.NewStorage[uint32](d, "device", 4096))(t)
	want := pattern(4096, 9)
	ok(t, src.Write(0, want))
	ok(t, d.Transfer().Batch().Upload(dev.Buffer, src.Buffer).Download(dst.Buffer, dev.Buffer).Run(timeout(t)))
	got := make([]uint32, 4096)
	ok(t, dst.Read(0, got))
	equal(t, "through an arena", got, want)
	raw := must(src.Bytes())(t)
	if !bytes.Contains(host, raw[:64]) {
		t.Error("the buffer is not in the arena")
	}
	wantErr(t, "closing a pool in use", p.Close(), gpu.ErrInUse)
	free(t, src, dst, dev)
	ok(t, p.Close())
	_, err = p.New(gpu.BufferConfig{Name: "late", Size: 4, Usage: gpu.TransferSrc})
	wantErr(t, "a closed pool", err, gpu.ErrClosed)
}

func strategies(t *testing.T, d *gpu.Device) {
	for _, s := range []gpu.Strategy{gpu.TLSF, gpu.Linear, gpu.Ring, gpu.Dedicated} {
		p := must(d.NewPool(gpu.PoolConfig{Name: s.String(), Type: gpu.HostCoherent, Strategy: s, BlockSize: 1 << 16, MaxBlocks: 3, MaxBuffers: 16}))(t)
		back := must(gpu.NewReadback[uint32](d, "back", 256))(t)
		var live []gpu.Array[uint32]
		var seeds []uint32
		for i := range uint32(60) {
			x, err := gpu.NewArray[uint32](p, "x", 256, gpu.TransferSrc)
			if errors.Is(err, gpu.ErrOutOfMemory) && len(live) > 0 {
				free(t, live[0])
				live, seeds = live[1:], seeds[1:]
				continue
			}
			ok(t, err)
			ok(t, x.Write(0, pattern(256, i)))
			live, seeds = append(live, x), append(seeds, i)
			if i%3 == 2 {
				free(t, live[0])
				live, seeds = live[1:], seeds[1:]
			}
		}
		for i, x := range live {
			ok(t, d.Compute().Batch().Download(back.Buffer, x.Buffer).Run(timeout(t)))
			got := make([]uint32, 256)
			ok(t, back.Read(0, got))
			equal(t, s.String(), got, pattern(256, seeds[i]))
			free(t, x)
		}
		free(t, back)
		if st := p.Stats(); st.Buffers != 0 || st.Bytes != 0 {
			t.Errorf("%v: %d buffers, %d bytes are left", s, st.Buffers, st.Bytes)
		}
		ok(t, p.Close())
	}
}

func frameBarrier(t *testing.T, d *gpu.Device) {
	b := must(d.NewFrameBarrier("frames", 2, 4096))(t)
	dev := must(gpu.NewStorage[uint32](d, "device", 256))(t)
	back := must(gpu.NewReadback[uint32](d, "back", 256))(t)
	for i := range uint32(10) {
		ok(t, b.Begin(timeout(t)))
		wantErr(t, "Begin twice", b.Begin(timeout(t)), gpu.ErrUsage)
		staging := must(b.Stage("vertices", 1024))(t)
		raw := must(staging.Bytes())(t)
		want := pattern(256, i)
		for j, v := range want {
			binary.LittleEndian.PutUint32(raw[4*j:], v)
		}
		batch := d.Transfer().Batch().Upload(dev.Buffer, staging)
		f := must(batch.Submit())(t)
		ok(t, batch.Wait(timeout(t)))
		ok(t, b.End(f))
		wantErr(t, "End twice", b.End(), gpu.ErrUsage)
		ok(t, d.Transfer().Batch().Download(back.Buffer, dev.Buffer).Run(timeout(t)))
		got := make([]uint32, 256)
		ok(t, back.Read(0, got))
		equal(t, "frame", got, want)
	}
	_, err := b.Stage("late", 64)
	wantErr(t, "Stage outside of a frame", err, gpu.ErrUsage)
	ok(t, b.Begin(timeout(t)))
	_, err = b.Stage("large", 1<<20)
	wantErr(t, "Stage of more than there is", err, gpu.ErrOutOfMemory)
	ok(t, b.End())
	ok(t, b.Close(timeout(t)))
	free(t, dev, back)
}

func stats(t *testing.T, d *gpu.Device) {
	x := must(gpu.NewStorage[uint32](d, "weights", 1000))(t)
	y := must(gpu.NewStorage[uint32](d, "weights", 500))(t)
	text := must(json.Marshal(d.Stats()))(t)
	var s gpu.Stats
	ok(t, json.Unmarshal(text, &s))
	var found uint64
	for _, p := range s.Pools {
		found += p.ByName["weights"]
		if p.Name == "DeviceLocal" && (p.Blocks != 1 || p.Buffers != 2 || p.Bytes < 6000 || p.BlockBytes < p.Bytes) {
			t.Errorf("pool %+v", p)
		}
	}
	if found != 6000 || s.Backend != d.Caps().Backend {
		t.Errorf("%d bytes of weights in %s", found, text)
	}
	if blocks := d.Pool(gpu.DeviceLocal).Blocks(); len(blocks) != 1 || blocks[0].Live() != 2 || blocks[0].Size() == 0 {
		t.Errorf("blocks %+v", blocks)
	}
	free(t, x, y)
}

// count is the input of the kernel Count, and sums its output.
type (
	count struct{ Add uint32 }
	sums  struct{ Sums [16]uint32 }
)

func newCount(t *testing.T, d *gpu.Device, k *gpu.Kernel, weights gpu.Array[uint32], submitted bool, groups int) (*gpu.Resident[count, sums], error) {
	t.Helper()
	return gpu.NewResident[count, sums](timeout(t), d, k, gpu.ResidentConfig{
		Name: "count", Groups: groups, State: 64, Arguments: []gpu.Buffer{weights.Buffer}, Submitted: submitted, ShareQueue: true,
		Lifetime: 5 * time.Millisecond, Probe: 50,
	})
}

// rings counts with a resident kernel over many launches. No ring may be lost, nor be
// worked through twice.
func rings(t *testing.T, d *gpu.Device, asJob bool, n int) {
	const groups = 3
	k := must(d.NewKernel(Count()))(t)
	weights := must(gpu.NewUpload[uint32](d, "weights", 16))(t)
	ok(t, weights.Write(0, []uint32{1, 10, 100}))
	r, err := newCount(t, d, k, weights, asJob, groups)
	if errors.Is(err, gpu.ErrNoResident) && !asJob {
		var e *gpu.NoResidentError
		if !errors.As(err, &e) || e.Tried == "" || e.Reason == "" {
			t.Errorf("%v does not say what it tried, and why that failed", err)
		}
		t.Log(err)
		free(t, weights)
		ok(t, k.Close())
		return
	}
	ok(t, err)
	if r.Submitted() != asJob {
		t.Errorf("Submitted is %v", r.Submitted())
	}
	var total uint32
	for i := range uint32(n) {
		var out sums
		ok(t, r.Ring(&count{i}, &out, limit))
		total += i
		if out.Sums[0] != total || out.Sums[1] != 10*total || out.Sums[2] != 100*total {
			t.Fatalf("ring %d: sums %v, want %d and its multiples", i, out.Sums[:groups], total)
		}
	}
	s := r.Stats()
	if s.Rings != uint64(n) || s.Late != 0 || s.Launches < 2 {
		t.Errorf("stats %+v after %d rings", s, n)
	}
	t.Logf("%+v", s)
	ok(t, r.Err())
	ok(t, r.Close())
	var out sums
	wantErr(t, "ring after close", r.Ring(&count{1}, &out, limit), gpu.ErrClosed)
	ok(t, r.Close())
	free(t, weights)
	ok(t, k.Close())
}

func submitted(t *testing.T, d *gpu.Device) { rings(t, d, true, 60) }
func resident(t *testing.T, d *gpu.Device)  { rings(t, d, false, 2000) }

func leaks(t *testing.T, d *gpu.Device) {
	s := newSumming(t, d, 1, 0)
	must(s.batch(d.Compute(), 0).Record())(t)
	err := d.Close()
	var e *gpu.LeakError
	if !errors.As(err, &e) || e.Jobs != 1 || e.Kernels != 1 || len(e.Buffers) != 4 || !strings.Contains(err.Error(), `"scale" (4 bytes)`) {
		t.Errorf("Close: %v", err)
	}
	ok(t, d.Close())
}

func closed(t *testing.T, d *gpu.Device) {
	s := newSumming(t, d, 1, 0)
	j := must(s.batch(d.Compute(), 0).Record())(t)
	ok(t, j.Submit())
	ok(t, j.Wait(timeout(t)))
	batch := d.Compute().Batch().Upload(s.a.Buffer, s.b.Buffer)
	_ = d.Close()
	wantErr(t, "Submit", j.Submit(), gpu.ErrClosed)
	wantErr(t, "Write", s.a.Write(0, []uint32{1}), gpu.ErrClosed)
	_, err := d.NewKernel(Sum(0))
	wantErr(t, "NewKernel", err, gpu.ErrClosed)
	_, err = d.NewPool(gpu.PoolConfig{})
	wantErr(t, "NewPool", err, gpu.ErrClosed)
	_, err = gpu.NewStorage[uint32](d, "late", 4)
	wantErr(t, "NewStorage", err, gpu.ErrClosed)
	wantErr(t, "Run", batch.Run(timeout(t)), gpu.ErrUsage) // the source is no source of copies
	_, err = d.Compute().Timeline.Value()
	wantErr(t, "Value", err, gpu.ErrClosed)
	_, err = d.Heaps()
	wantErr(t, "Heaps", err, gpu.ErrClosed)
	ok(t, j.Close())
}
