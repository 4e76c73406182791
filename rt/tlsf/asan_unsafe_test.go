//go:build asan && cgo

package tlsf

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/rt/arena"
)

// TestSanitizer: the address sanitizer ends a process that uses a freed block,
// and names the line. The process is this test again.
func TestSanitizer(t *testing.T) {
	if os.Getenv("MEMKIT_USE_AFTER_FREE") != "" {
		useAfterFree(t)
		return
	}
	again := exec.Command(os.Args[0], "-test.run=^TestSanitizer$")
	again.Env = append(os.Environ(), "MEMKIT_USE_AFTER_FREE=1")
	out, err := again.CombinedOutput()
	var address, pc uint64
	report := string(out)
	_, where, _ := strings.Cut(report, "use-after-poison on address ")
	fmt.Sscanf(where, "%v at pc %v", &address, &pc)
	// go test links without symbols, so the report has no line; this is the same
	// binary, and knows.
	file, line := "", 0
	if f := runtime.FuncForPC(uintptr(pc) - 1); f != nil {
		file, line = f.FileLine(uintptr(pc) - 1)
	}
	if err == nil || !strings.Contains(report, "WRITE of size 1") || filepath.Base(file) != "asan_unsafe_test.go" {
		t.Errorf("%v: a write at %s:%d; report:\n%s", err, file, line, out)
	}
}

func useAfterFree(t *testing.T) {
	a, err := arena.New(arena.Config{Size: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(a.Bytes(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := (*[100]byte)(alloc(t, h, 100))
	p[99] = 1
	free(t, h, alloc(t, h, 200))
	free(t, h, alloc(t, h, 10_000))
	p[99] = 2 // still live
	free(t, h, unsafe.Pointer(p))
	p[99] = 3
}
