//go:build go1.26 && !go1.27 && (amd64 || arm64)

package machine

import (
	"runtime"
	"syscall"
	"testing"
)

var sink any

// TestPCounts compares the runtime's counters on a P with the operations that ran
// there.
func TestPCounts(t *testing.T) {
	if !countsKnown() {
		t.Fatal("the runtime's counts are not where they are expected")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tiny := func() { sink = new(struct{ a, b byte }) }
	for _, c := range []struct {
		name      string
		do        func()
		allocated bool
		called    bool
	}{
		{"nothing", func() {}, false, false},
		{"clock", func() { Now() }, false, false},
		{"raw call", func() { _, _, _ = syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0) }, false, false},
		{"call", func() { _, _, _ = syscall.Syscall(syscall.SYS_GETPPID, 0, 0, 0) }, false, true},
		{"tiny object", func() { tiny() }, true, false},
		{"small object", func() { sink = new([100]byte) }, true, false},
		{"small object with pointers", func() { sink = new([4]*int) }, true, false},
		{"slice", func() { sink = make([]int, len(t.Name())) }, true, false},
		{"large object", func() { sink = new([1 << 20]byte) }, true, false},
		{"goroutine", func() { go func() {}() }, false, false},
	} {
		procPin()
		before := ReadP()
		c.do()
		after := ReadP()
		procUnpin()
		if got := after.Allocated(before); got != c.allocated && c.name != "goroutine" {
			t.Errorf("%s: allocated %v, want %v", c.name, got, c.allocated)
		}
		if got := after.Called(before); got != c.called {
			t.Errorf("%s: called %v, want %v", c.name, got, c.called)
		}
		if after.Lost(before) {
			t.Errorf("%s: the pinned goroutine has lost its P", c.name)
		}
	}
}

// TestPLost: a goroutine that has waited finds that another one ran on its P.
func TestPLost(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	procs := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(procs)
	before := ReadP()
	done := make(chan struct{})
	go close(done)
	<-done
	if after := ReadP(); !after.Lost(before) {
		t.Errorf("counts %+v, before %+v", after, before)
	}
}

// TestReadPDoesNotAllocate: a reading does not change what it reads.
func TestReadPDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(1000, func() { ReadP() }); n != 0 {
		t.Errorf("%v allocations a reading", n)
	}
}
