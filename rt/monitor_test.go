//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package rt

import (
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/rt/internal/machine"
	"golang.org/x/sys/unix"
)

// TestStops: a collection stops the world twice, whoever asked for it, and nothing
// else does.
func TestStops(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	runtime.GC()
	var o Monitor
	o.Read()
	for i, collections := range []int{0, 1, 3, 0} {
		for range collections {
			runtime.GC()
		}
		if got := o.Read().Stops; got != 2*collections {
			t.Errorf("round %d: %d stops by %d collections", i, got, collections)
		}
	}
	// On a P that did not run when the world was stopped.
	done := make(chan int)
	go func() {
		runtime.GC()
		done <- 0
	}()
	<-done
	if got := o.Read().Stops; got != 2 {
		t.Errorf("%d stops by another goroutine's collection", got)
	}
}

// TestMonitor: what a goroutine does shows at the next look, and at no other.
func TestMonitor(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var o Monitor
	for _, c := range []struct {
		name string
		do   func()
		want Reading
	}{
		{"nothing", func() {}, Reading{}},
		{"an allocation", func() { sink = new([100]byte) }, Reading{Allocated: true}},
		{"a call", func() { _, _, _ = syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0) }, Reading{Called: true}},
		{"nothing again", func() {}, Reading{}},
	} {
		machine.Host.Pin() // nothing else can happen
		o.Read()
		c.do()
		got, then := o.Read(), o.Read()
		machine.Host.Unpin()
		if got != c.want || then != (Reading{}) {
			t.Errorf("%s: %+v, then %+v", c.name, got, then)
		}
	}
}

// TestMonitorFaults: each page that is touched for the first time is one.
func TestMonitorFaults(t *testing.T) {
	const pages = 64
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	memory, err := syscall.Mmap(-1, 0, pages*4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(memory)
	_ = unix.Madvise(memory, unix.MADV_NOHUGEPAGE) // refused where there are none
	var o Monitor
	o.Faults()
	for i := 0; i < len(memory); i += 4096 {
		memory[i] = 1
	}
	if got := o.Faults(); got < pages {
		t.Errorf("%d faults by %d pages", got, pages)
	}
	if got := o.Faults(); got >= pages {
		t.Errorf("%d faults by nothing", got)
	}
}

func TestMonitorAllocatesNothing(t *testing.T) {
	var o Monitor
	if n := testing.AllocsPerRun(1000, func() { o.Read(); o.Faults() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMonitor(b *testing.B) {
	var o Monitor
	b.Run("look", func(b *testing.B) {
		for b.Loop() {
			o.Read()
		}
	})
	b.Run("held", func(b *testing.B) {
		for b.Loop() {
			machine.ReadP()
		}
	})
	b.Run("stops", func(b *testing.B) {
		for b.Loop() {
			machine.ReadStops()
		}
	})
	b.Run("clock", func(b *testing.B) {
		for b.Loop() {
			Now()
		}
	})
	b.Run("faults", func(b *testing.B) {
		for b.Loop() {
			o.Faults()
		}
	})
}

// sink keeps what tests allocate on the heap.
var sink any
