package audio

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/hotpath"
	"github.com/memkit-go/memkit/internal/machinecode"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

//go:noinline
func hotClean(s []float32) (uint64, uint64) { return clean(s) }

//go:noinline
func hotNotify(b *Block, e Event) bool { return b.Notify(e) }

// TestMachineCode compares instruction counts with the golden file.
func TestMachineCode(t *testing.T) {
	hotClean(nil)
	s := mustOpen(t, Config{Backend: Offline}, counting(), &host)
	hotNotify(&s.source.(*local).engine.block, Event{})
	hotpath.Check(t, "rt/audio", []hotpath.Op{
		{Name: "hotClean", Retries: true}, // bounded by the block
		{Name: "hotNotify", Retries: runtime.GOARCH == "arm64", Calls: []string{"rt/ring.(*Producer"}}, // to add, on processors before ARMv8.1
		{Name: "(*inbox).collect", Retries: true, Calls: []string{"rt/ring.(*Consumer"}},               // bounded by blockEvents
	})
}

// blockPath is what the path of a block may call besides this package's own
// functions: the Processor, the clock and the monitor are indirect; a panic is
// contained by a deferred call.
var blockPath = []string{
	"indirect", "runtime.memmove", "runtime.memclrNoHeapPointers", "runtime.gcWriteBarrier", "runtime.deferreturn",
	// Operations of rt/ring, which that package examines.
	"github.com/memkit-go/memkit/rt/ring.(*LatestReader[", "github.com/memkit-go/memkit/rt/ring.(*Consumer[", "github.com/memkit-go/memkit/rt/ring.(*Producer[",
}

// TestBlockPath: the engine's own part of a block calls nothing that allocates,
// locks or waits, and is at most 1,200 instructions on amd64; its loops are over
// channels, samples and events.
func TestBlockPath(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("machine code is read on linux/amd64 and linux/arm64, this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if err := machinecode.Release(); err != nil {
		t.Skip(err)
	}
	binary, err := machinecode.Self()
	if err != nil {
		t.Fatal(err)
	}
	const pkg = "github.com/memkit-go/memkit/rt/audio."
	instructions := 0
	path := []string{pkg + "(*engine).process"}
	for i := 0; i < len(path); i++ {
		f, err := binary.Func(path[i])
		if err != nil {
			t.Fatal(err)
		}
		instructions += f.Instructions
		for _, callee := range f.HotCalls() {
			switch {
			case slices.ContainsFunc(blockPath, func(allowed string) bool { return strings.HasPrefix(callee, allowed) }):
			case !strings.HasPrefix(callee, pkg):
				t.Errorf("%s calls %s", path[i], callee)
			case !slices.Contains(path, callee):
				path = append(path, callee)
			}
		}
	}
	if !slices.Contains(path, pkg+"(*marker).begin") {
		t.Errorf("the path is %v, without the look at the thread", path)
	}
	t.Logf("%d instructions in %v", instructions, path)
	if runtime.GOARCH == "amd64" && instructions > 1200 {
		t.Errorf("%d instructions, more than 1200", instructions)
	}
}

// TestTriggersEndWithTheWait: after the wait of a trigger nothing is called, so that a
// request to stop the world that came during it is seen and not dropped by a prologue:
// each function on the way to the system call calls one that waits, and nothing else.
func TestTriggersEndWithTheWait(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("machine code is read on linux/amd64 and linux/arm64, this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if err := machinecode.Release(); err != nil {
		t.Skip(err)
	}
	binary, err := machinecode.Self()
	if err != nil {
		t.Fatal(err)
	}
	const pkg, handoff = "github.com/memkit-go/memkit/rt/audio.", "github.com/memkit-go/memkit/rt/audio/internal/handoff."
	waits := []string{handoff + "(*Worker).Posted", handoff + "(*Alarm).Sleep", handoff + "(*waiter).await", handoff + "futexWaitFor"}
	path := []string{pkg + "(*local).posted", pkg + "(*simStream).interrupt"}
	for i := 0; i < len(path); i++ {
		f, err := binary.Func(path[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, callee := range f.HotCalls() {
			switch {
			case slices.Contains(waits, callee):
				if !slices.Contains(path, callee) {
					path = append(path, callee)
				}
			case strings.HasPrefix(callee, "syscall.RawSyscall6"), callee == handoff+"(*waiter).listen": // listen is for other systems
			default:
				t.Errorf("%s calls %s", path[i], callee)
			}
		}
	}
	if !slices.Contains(path, handoff+"futexWaitFor") {
		t.Errorf("the path is %v, without the wait", path)
	}
}

// TestBlockFlags: each flag of the exchange that a Processor is told has its own.
func TestBlockFlags(t *testing.T) {
	for f, want := range map[uint32]Flags{
		0: 0, handoff.XrunIn: Xrun, handoff.XrunOut: Xrun, handoff.Gap: Gap, handoff.Priming: Priming, handoff.Changed: Changed,
		handoff.Missed | handoff.Late | handoff.Raised:     0,
		handoff.XrunIn | handoff.XrunOut | handoff.Changed: Xrun | Changed,
	} {
		if got := blockFlags(f); got != want {
			t.Errorf("flags %#x: %v, want %v", f, got, want)
		}
	}
}

// BenchmarkBlock is a block of silence through the engine: two channels of 64 frames
// in and out.
func BenchmarkBlock(b *testing.B) {
	s, err := Open(Config{Backend: Offline, In: 2, Out: 2}, &process{process: func(*Block) {}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l := s.source.(*local)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	c := &l.blocking
	c.In, c.Out, c.N = buffers(2, 64), buffers(2, 64), 64
	b.ReportAllocs()
	for b.Loop() {
		l.engine.cycle(c)
		l.blockLog.Pop()
	}
}
