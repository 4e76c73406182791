package tlsf

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/machinecode"
)

var update = flag.Bool("update", false, "write the golden file of instruction counts")

// hot lists the operations whose machine code is held to its promise.
var hot = []struct {
	name         string
	instructions int    // at most, on amd64
	jumpsBack    bool   // it may retry
	calls        string // the one function that it may call
}{
	{name: "(*Heap).Alloc", instructions: 200},
	{name: "(*Heap).Free", instructions: 200},
	{name: "(*Heap).FreeRemote", instructions: 60, calls: "(*remoteQueue).put"},
	{name: "(*remoteQueue).put", instructions: 80, jumpsBack: true},
}

const thisPackage = "github.com/memkit-go/memkit/rt/tlsf."

// TestMachineCode disassembles this test's own binary. Alloc and Free are
// code without a call, but to panics and to grow the stack, and without a jump
// back. So the number of their instructions bounds the number that are executed.
func TestMachineCode(t *testing.T) {
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
	var counts bytes.Buffer
	for _, op := range hot {
		f, err := binary.Func(thisPackage + op.name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&counts, "%s %d\n", op.name, f.Instructions)
		for _, c := range f.HotCalls() {
			if op.calls == "" || c != thisPackage+op.calls {
				t.Errorf("%s calls %s", op.name, c)
			}
		}
		if len(f.Loops) > 0 && !op.jumpsBack {
			t.Errorf("%s jumps back: %v", op.name, f.Loops)
		}
		if runtime.GOARCH == "amd64" && f.Instructions > op.instructions {
			t.Errorf("%s has %d instructions, more than %d", op.name, f.Instructions, op.instructions)
		}
	}
	compareGolden(t, counts.Bytes())
}

// compareGolden holds the counts to the file for this Go version and
// architecture, so that a change shows in review. Without a file there is
// nothing to compare; -update writes one.
func compareGolden(t *testing.T, got []byte) {
	t.Helper()
	version, _, _ := strings.Cut(runtime.Version(), " ")
	path := filepath.Join("testdata", fmt.Sprintf("instructions-%s-%s.golden", version, runtime.GOARCH))
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("no %s; go test -run TestMachineCode -update writes it:\n%s", path, got)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("instruction counts changed; if that is right, run with -update\n--- %s\n%s--- now\n%s", path, want, got)
	}
}
