package tlsf

import (
	"runtime"
	"testing"

	"github.com/memkit-go/memkit/internal/hotpath"
	"github.com/memkit-go/memkit/internal/machinecode"
)

// TestMachineCode compares instruction counts with the golden file.
func TestMachineCode(t *testing.T) {
	hotpath.Check(t, "rt/tlsf", []hotpath.Op{
		{Name: "(*Heap).Alloc"},
		{Name: "(*Heap).Free"},
		{Name: "(*Heap).FreeRemote", Retries: true}, // its compare-and-swap
	})
}

// TestStraightCode: Alloc and Free are one piece of code each, without a call,
// but to panic, and without a jump back. So no path through them is longer than
// their number of instructions, which is at most 200 on amd64.
func TestStraightCode(t *testing.T) {
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
	for _, name := range []string{"Alloc", "Free"} {
		f, err := binary.Func("github.com/memkit-go/memkit/rt/tlsf.(*Heap)." + name)
		if err != nil {
			t.Fatal(err)
		}
		if calls := f.HotCalls(); len(calls) > 0 {
			t.Errorf("%s calls %v", name, calls)
		}
		if len(f.Loops) > 0 {
			t.Errorf("%s jumps back: %v", name, f.Loops)
		}
		if runtime.GOARCH == "amd64" && f.Instructions > 200 {
			t.Errorf("%s has %d instructions, more than 200", name, f.Instructions)
		}
	}
}
