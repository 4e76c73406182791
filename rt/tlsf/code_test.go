package tlsf

import (
	"runtime"
	"slices"
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
// but to panic, and without a jump back. So each path through them has an end, and
// the longest is at most 200 instructions on amd64.
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
		full := "github.com/memkit-go/memkit/rt/tlsf.(*Heap)." + name
		f, err := binary.Func(full)
		if err != nil {
			t.Fatal(err)
		}
		if calls := f.HotCalls(); len(calls) > 0 {
			t.Errorf("%s calls %v", name, calls)
		}
		if len(f.Loops) > 0 {
			t.Errorf("%s jumps back: %v", name, f.Loops)
		}
		if runtime.GOARCH == "amd64" && len(f.Loops) == 0 {
			if n := longestPath(t, binary, full); n > 200 {
				t.Errorf("the longest path through %s has %d instructions, more than 200", name, n)
			}
		}
	}
}

// longestPath is the most instructions that one call of a function without backward
// jumps can execute.
func longestPath(t *testing.T, binary *machinecode.Binary, name string) int {
	t.Helper()
	symbol, found := binary.Lookup(name)
	if !found {
		t.Fatalf("no function %s", name)
	}
	g, err := binary.Graph(symbol)
	if err != nil {
		t.Fatal(err)
	}
	from := make([]int, len(g.Blocks)) // the longest path from each block's start
	for i, b := range slices.Backward(g.Blocks) {
		if b.Open || !b.Returns && len(b.Succs) == 0 && len(b.Calls) == 0 {
			t.Fatalf("%s: a block at %#x leads nowhere", name, b.Start)
		}
		for _, next := range b.Succs {
			from[i] = max(from[i], from[next])
		}
		from[i] += b.Instructions
	}
	t.Logf("%s: %d instructions on the longest path", name, from[0])
	return from[0]
}
