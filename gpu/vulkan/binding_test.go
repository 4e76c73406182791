//go:build cgo && linux

package vulkan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	vk "github.com/vulkan-go/vulkan"

	"github.com/memkit-go/memkit/gpu"
)

// openPlain opens the machine's device without validation.
func openPlain(t *testing.T) *gpu.Device {
	t.Helper()
	d, err := gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{Driver{}}, BlockSize: 1 << 20})
	if errors.Is(err, gpu.ErrBackendUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// emptyJob is a job that copies four bytes.
func emptyJob(t *testing.T, d *gpu.Device) (j *gpu.Job, end func()) {
	t.Helper()
	a, err := gpu.NewStorage[uint32](d, "a", 1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := gpu.NewStorage[uint32](d, "b", 1)
	if err != nil {
		t.Fatal(err)
	}
	j, err = d.Compute().Batch().Copy(a.Buffer, b.Buffer).Record()
	if err != nil {
		t.Fatal(err)
	}
	return j, func() {
		if err := errors.Join(j.Close(), a.Free(), b.Free(), d.Close()); err != nil {
			t.Error(err)
		}
	}
}

func submitAndSpin(t *testing.T, j *gpu.Job) {
	if err := j.Submit(); err != nil {
		t.Fatal(err)
	}
	if err := j.Spin(time.Minute); err != nil {
		t.Fatal(err)
	}
}

// TestSubmitAllocatesNothing, where the binding's own calls do.
func TestSubmitAllocatesNothing(t *testing.T) {
	d := openPlain(t)
	j, end := emptyJob(t, d)
	defer end()
	if n := testing.AllocsPerRun(100, func() { submitAndSpin(t, j) }); n != 0 {
		t.Errorf("a submission allocates %g times", n)
	}
	b := d.Backend().(*Backend)
	submit, release := bindingSubmission(t, b)
	defer release()
	if n := testing.AllocsPerRun(100, submit); n == 0 {
		t.Error("the binding's own submission allocates nothing: package vkhot is not needed")
	} else {
		t.Logf("the binding's own submission allocates %g times", n)
	}
}

// bindingSubmission submits an empty command buffer and waits for it by the calls of
// the binding.
func bindingSubmission(t *testing.T, b *Backend) (submit, release func()) {
	t.Helper()
	check := func(r vk.Result) {
		if r != vk.Success {
			t.Fatal(vk.Error(r))
		}
	}
	pool, r := create(func(p *vk.CommandPool) vk.Result {
		return vk.CreateCommandPool(b.device, &vk.CommandPoolCreateInfo{SType: vk.StructureTypeCommandPoolCreateInfo, QueueFamilyIndex: uint32(b.caps.Queues[b.caps.Compute].Family)}, nil, p)
	})
	check(r)
	commands := make([]vk.CommandBuffer, 1)
	check(vk.AllocateCommandBuffers(b.device, &vk.CommandBufferAllocateInfo{SType: vk.StructureTypeCommandBufferAllocateInfo, CommandPool: pool, CommandBufferCount: 1}, commands))
	check(vk.BeginCommandBuffer(commands[0], &vk.CommandBufferBeginInfo{SType: vk.StructureTypeCommandBufferBeginInfo}))
	check(vk.EndCommandBuffer(commands[0]))
	fence, r := create(func(f *vk.Fence) vk.Result {
		return vk.CreateFence(b.device, &vk.FenceCreateInfo{SType: vk.StructureTypeFenceCreateInfo}, nil, f)
	})
	check(r)
	submit = func() {
		check(vk.QueueSubmit(b.queues[b.caps.Compute], 1, []vk.SubmitInfo{{SType: vk.StructureTypeSubmitInfo, CommandBufferCount: 1, PCommandBuffers: commands}}, fence))
		check(vk.WaitForFences(b.device, 1, []vk.Fence{fence}, 1, 10e9))
		check(vk.ResetFences(b.device, 1, []vk.Fence{fence}))
	}
	return submit, func() {
		vk.DestroyFence(b.device, fence, nil)
		vk.DestroyCommandPool(b.device, pool, nil)
	}
}

// TestMemoryDoesNotGrow: 20,000 submissions from Go leave the process no larger
// than as many from C do, but for a tenth of a byte each.
func TestMemoryDoesNotGrow(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: compares memory, not accesses")
	}
	memoryDoesNotGrow(t, 20_000)
}

// TestSoakMemoryDoesNotGrow is the same with a million.
func TestSoakMemoryDoesNotGrow(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("a million submissions; MEMKIT_SOAK=1 (make test-full) runs it, TestMemoryDoesNotGrow a fiftieth")
	}
	memoryDoesNotGrow(t, 1_000_000)
}

func memoryDoesNotGrow(t *testing.T, submissions int) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	d := openPlain(t)
	j, end := emptyJob(t, d)
	defer end()
	const slices = 5 // the median of them forgives what the runtime does once
	ns := make([]int64, submissions/slices)
	inC := func() {
		if err := j.Reference(0, ns); err != nil {
			t.Fatal(err)
		}
	}
	inGo := func() {
		for range ns {
			submitAndSpin(t, j)
		}
	}
	inC() // warm up
	for range len(ns) / 4 {
		submitAndSpin(t, j)
	}
	// A page is a byte a submission, of a million in all .02: what grows once does not
	// count, a leak grows each time.
	var perGo, perC float64
	for range 3 {
		c, g := medianGrowth(t, slices, inC), medianGrowth(t, slices, inGo)
		perGo, perC = float64(g)/float64(len(ns)), float64(c)/float64(len(ns))
		t.Logf("%g bytes a submission in Go, %g in C", perGo, perC)
		if perGo <= max(perC, 0)+0.1 {
			return
		}
	}
	t.Errorf("the process grows by %g bytes a submission, in C by %g", perGo, perC)
}

// medianGrowth is the median growth of the process's resident memory over n calls.
func medianGrowth(t *testing.T, n int, f func()) int64 {
	t.Helper()
	var list []int64
	for range n {
		before := resident(t)
		f()
		list = append(list, resident(t)-before)
	}
	slices.Sort(list)
	return list[n/2]
}

func resident(t *testing.T) int64 {
	t.Helper()
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var size, pages int64
	if _, err := fmt.Fscan(f, &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// TestPlanQueues on the families of several devices.
func TestPlanQueues(t *testing.T) {
	for _, tt := range []struct {
		name      string
		families  []family
		compute   int // family
		transfer  int
		residents int // queues
		resident  int // their family
	}{
		{"one queue", []family{{true, true, true, false, 1}}, 0, 0, 0, 0},
		{"NVIDIA H200", []family{{true, true, true, false, 16}, {false, false, true, false, 2}, {true, false, true, false, 8}, {false, false, true, true, 3}}, 0, 1, 4, 2},
		{"AMD", []family{{true, true, true, false, 1}, {true, false, true, false, 4}, {false, false, true, false, 1}}, 0, 2, 4, 1},
		{"several queues", []family{{true, true, true, false, 4}}, 0, 0, 2, 0},
		{"two queues", []family{{true, true, true, false, 2}}, 0, 0, 1, 0},
		{"compute only", []family{{false, false, true, false, 1}, {true, false, true, false, 8}}, 1, 0, 4, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, ok := planQueues(tt.families)
			if !ok {
				t.Fatal("refused")
			}
			if got := p.queues[p.compute]; got.Family != tt.compute || !got.Compute {
				t.Errorf("jobs go to %+v, want family %d", got, tt.compute)
			}
			if got := p.queues[p.transfer]; got.Family != tt.transfer || !got.Transfer {
				t.Errorf("transfers go to %+v, want family %d", got, tt.transfer)
			}
			if len(p.residents) != tt.residents {
				t.Errorf("%d queues for resident kernels, want %d", len(p.residents), tt.residents)
			}
			for _, i := range p.residents {
				if p.queues[i].Family != tt.resident || i == p.compute || i == p.transfer {
					t.Errorf("resident kernels go to queue %d, %+v, want family %d and a queue of their own", i, p.queues[i], tt.resident)
				}
			}
			for i, n := range p.counts {
				if n > tt.families[i].count {
					t.Errorf("%d queues of the %d of family %d", n, tt.families[i].count, i)
				}
			}
		})
	}
	if _, ok := planQueues([]family{{false, false, true, false, 1}}); ok {
		t.Error("a device that does not compute was accepted")
	}
}

// TestChooseType on the memory types of several devices.
func TestChooseType(t *testing.T) {
	const all = ^uint32(0)
	for _, tt := range []struct {
		name  string
		types []uint32
		want  [4]int // by gpu.MemoryType
	}{
		{"lavapipe", []uint32{15}, [4]int{0, 0, 0, 0}},
		{"NVIDIA H200", []uint32{0, deviceLocal, hostVisible | hostCoherent, hostVisible | hostCoherent | hostCached, deviceLocal | hostVisible | hostCoherent}, [4]int{1, 2, 3, 4}},
		{"no window", []uint32{deviceLocal, hostVisible | hostCoherent, hostVisible | hostCached}, [4]int{0, 1, 2, -1}},
		{"lazy first", []uint32{deviceLocal | lazy, deviceLocal, hostVisible | hostCoherent}, [4]int{1, 2, -1, -1}},
	} {
		for i, want := range tt.want {
			if got := chooseType(tt.types, all, choices[i]); got != want {
				t.Errorf("%s: %v is type %d, want %d", tt.name, gpu.MemoryType(i), got, want)
			}
		}
	}
	if got := chooseType([]uint32{15, 15}, 2, choices[0]); got != 1 {
		t.Errorf("with type 0 not allowed: %d", got)
	}
}

// TestTable: numbers are used again, and an old one finds nothing.
func TestTable(t *testing.T) {
	var x table[int]
	one, two, three := 1, 2, 3
	a, b := x.add(&one), x.add(&two)
	if x.remove(a) != &one || x.get(a) != nil || x.get(b) != &two || x.remove(a) != nil {
		t.Error("removed the wrong one")
	}
	if c := x.add(&three); c != a || x.get(c) != &three || len(x.all()) != 2 {
		t.Errorf("number %d, %v", c, x.all())
	}
	if x.get(0) != nil || x.get(99) != nil || x.remove(0) != nil || x.remove(99) != nil {
		t.Error("numbers that are none find something")
	}
}

// TestDriverRefusals: what the driver cannot do is a named error.
func TestDriverRefusals(t *testing.T) {
	d := openPlain(t)
	defer d.Close()
	b := d.Backend()
	if _, err := b.NewKernel(&gpu.KernelCode{Name: "go only", Go: func(*gpu.Invocation) {}}); !errors.Is(err, gpu.ErrKernel) {
		t.Errorf("a kernel without SPIR-V: %v", err)
	}
	for what, err := range map[string]error{
		"Flush":  b.Flush(99, 0, 64),
		"Value":  func() error { _, err := b.Value(99); return err }(),
		"Spin":   b.Spin(0, 1, 0),
		"Wait":   b.Wait(99, 1, 0),
		"Submit": b.Submit(99, nil, nil),
		"Map":    func() error { _, err := b.Map(99, 0, 1); return err }(),
	} {
		if !errors.Is(err, gpu.ErrStale) {
			t.Errorf("%s of an object that there is not: %v", what, err)
		}
	}
	if _, err := b.Record(&gpu.Recording{Waits: 100, Signals: 1}); !errors.Is(err, gpu.ErrUsage) {
		t.Errorf("100 waits: %v", err)
	}
	m, err := b.Allocate(1<<16, gpu.HostCoherent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Map(m, 1<<16, 1); !errors.Is(err, gpu.ErrRange) {
		t.Errorf("Map beyond the end: %v", err)
	}
	out := gpu.Span{Memory: m, Offset: ^uint64(0) - 10, Size: 100}
	if _, err := b.Record(&gpu.Recording{Commands: []gpu.Command{{Source: out, Destination: gpu.Span{Memory: m, Size: 100}}}, Signals: 1}); !errors.Is(err, gpu.ErrRange) {
		t.Errorf("a copy beyond the end: %v", err)
	}
	b.Free(m)
	_, err = gpu.Open(context.Background(), gpu.Config{Drivers: []gpu.Driver{Driver{Device: "no such device"}}})
	if !errors.Is(err, gpu.ErrBackendUnavailable) {
		t.Errorf("a device that there is not: %v", err)
	}
}
