//go:build linux && go1.26 && !go1.27 && (amd64 || arm64)

package machine

import (
	"debug/dwarf"
	"debug/elf"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
)

// TestScanRequested: the runtime's own description of its types has the fields where
// they are read here.
func TestScanRequested(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program; left out by -short")
	}
	program := filepath.Join(t.TempDir(), "program")
	if out, err := exec.Command("go", "build", "-o", program, "./testdata/empty").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]int64{
		"runtime.g": {"preemptStop": 178, "m": 48, "stackguard0": 16},
		"runtime.m": {"p": 208},
		"runtime.p": {"id": 0},
	}
	for r := info.Reader(); len(want) > 0; {
		e, err := r.Next()
		if err != nil || e == nil {
			t.Fatalf("not described: %v (%v)", want, err)
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		if e.Tag != dwarf.TagStructType || want[name] == nil {
			continue
		}
		of, err := info.Type(e.Offset)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range of.(*dwarf.StructType).Field {
			if at, ok := want[name][f.Name]; ok && f.ByteOffset != at {
				t.Errorf("%s.%s is at %d, and read at %d", name, f.Name, f.ByteOffset, at)
			}
			delete(want[name], f.Name)
		}
		if len(want[name]) > 0 {
			t.Errorf("%s has no %v", name, want[name])
		}
		delete(want, name)
	}
}

// TestPassOutside: collections and other stops pass a goroutine that is pinned but for
// its calls of passOutside; it is pinned afterwards.
func TestPassOutside(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var ended atomic.Bool
	go func() {
		defer ended.Store(true)
		for range 20 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
		}
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	procPin()
	defer procUnpin()
	for !ended.Load() {
		passOutside()
		if p := procPin(); p != int((*runtimeP)(currentP()).id) {
			t.Errorf("pinned to %d, and on %d", p, (*runtimeP)(currentP()).id)
		}
		procUnpin()
	}
}
