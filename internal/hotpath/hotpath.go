package hotpath

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

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/machinecode"
)

// Op is a hot operation.
type Op struct {
	// Name of the function, without its package. It is usually a noinline function
	// of the test that calls a generic method, which is then inlined or followed.
	Name string
	// Retries: it may jump back, as its //rt:bound line says.
	Retries bool
	// Calls are name prefixes, after the path of this module, of functions that it
	// may call and that do not count as part of it: another package's operations,
	// or slow paths of its own package.
	Calls []string
}

var update = flag.Bool("update-hotpath", false, "write the golden file of instruction counts")

const module = "github.com/memkit-go/memkit/"

// Check examines the operations of package pkg, a path within this module, and
// compares their instruction counts with the package's golden file for this Go
// version and architecture. Functions of pkg that an operation calls count as
// part of it. It skips where machine code cannot be read or differs from a
// release's.
func Check(t *testing.T, pkg string, ops []Op) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("machine code can be read on linux/amd64 and linux/arm64, this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if atomics.Explored {
		t.Skip("instrumented for an explorer of thread orders")
	}
	if err := machinecode.Release(); err != nil {
		t.Skip(err)
	}
	if f := flag.Lookup("test.fuzz"); f != nil && f.Value.String() != "" {
		t.Skip("instrumented for fuzzing")
	}
	binary, err := machinecode.Self()
	if err != nil {
		t.Fatal(err)
	}
	var counts bytes.Buffer
	for _, op := range ops {
		x := examination{binary: binary, pkg: module + pkg + ".", op: op, seen: map[string]bool{}}
		if err := x.function(x.pkg + op.Name); err != nil {
			t.Errorf("%s: %v", op.Name, err)
		}
		fmt.Fprintf(&counts, "%s %d\n", op.Name, x.instructions)
	}
	compareGolden(t, counts.Bytes())
}

// examination is the check of one operation.
type examination struct {
	binary       *machinecode.Binary
	pkg          string
	op           Op
	seen         map[string]bool
	instructions int
}

// function examines the function of that name and those of its package that it
// calls.
func (x *examination) function(name string) error {
	if x.seen[name] {
		return nil
	}
	x.seen[name] = true
	f, err := x.binary.Func(name)
	if err != nil {
		return err
	}
	x.instructions += f.Instructions
	if len(f.Loops) > 0 && !x.op.Retries {
		err = fmt.Errorf("%s jumps back: %v", name, f.Loops)
	}
	for _, callee := range f.HotCalls() {
		switch {
		case x.allowed(callee):
		case strings.HasPrefix(callee, x.pkg):
			err = errors.Join(err, x.function(callee))
		default:
			err = errors.Join(err, fmt.Errorf("%s calls %s", name, callee))
		}
	}
	return err
}

func (x *examination) allowed(callee string) bool {
	for _, prefix := range x.op.Calls {
		if strings.HasPrefix(callee, module+prefix) {
			return true
		}
	}
	return false
}

// compareGolden compares counts with the golden file, if there is one. While the
// package's tests are measured with mutants it does not: every change of a hot
// function changes the count, whether it is noticed otherwise or not.
func compareGolden(t *testing.T, got []byte) {
	t.Helper()
	if os.Getenv("MEMKIT_MUTANTS") != "" {
		return
	}
	version, _, _ := strings.Cut(runtime.Version(), " ")
	path := filepath.Join("testdata", fmt.Sprintf("instructions-%s-%s.golden", version, runtime.GOARCH))
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Logf("no %s; -update-hotpath writes it:\n%s", path, got)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("instruction counts changed; if that is intended, run with -update-hotpath\n--- %s\n%s--- now\n%s", path, want, got)
	}
}
