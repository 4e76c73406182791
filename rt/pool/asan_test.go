package pool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestAddressSanitizer builds a program with -asan that reads memory after it was
// given back, and looks for the line that does so in the report.
func TestAddressSanitizer(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library with -asan")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("go build -asan: not tried on %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	dir := t.TempDir()
	supported := sanitized(dir, filepath.Join(dir, "empty"), writeEmptyProgram(t, dir))
	if out, err := supported.CombinedOutput(); err != nil {
		t.Skipf("go build -asan: %v; it takes cgo, and gcc or clang with the sanitizer's library\n%s", err, out)
	}
	source := filepath.Join("testdata", "useafterput", "main.go")
	program := filepath.Join(dir, "useafterput")
	if out, err := sanitized("", program, "./"+filepath.Dir(source)).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := fmt.Sprintf("main.go:%d", lineOf(t, source, "// read after it was given back"))
	for _, kind := range []string{"Local", "Slab", "Shared", "Handles", "Classes", "Frame"} {
		out, err := exec.Command(program, kind).CombinedOutput()
		if err == nil || !bytes.Contains(out, []byte("use-after-poison")) || !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s: %v; want a report of use-after-poison that names %s\n%s", kind, err, want, out)
		}
	}
	var exit *exec.ExitError
	if out, err := exec.Command(program, "Close").CombinedOutput(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("memory of a closed pool cannot be used: %v\n%s", err, out)
	}
}

// sanitized is a build with -asan, in dir.
func sanitized(dir, out, program string) *exec.Cmd {
	cmd := exec.Command("go", "build", "-asan", "-o", out, program)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	return cmd
}

// writeEmptyProgram writes a program that needs nothing but the sanitizer.
func writeEmptyProgram(t *testing.T, dir string) (file string) {
	t.Helper()
	file = filepath.Join(dir, "empty.go")
	if err := os.WriteFile(file, []byte("package main\n\nimport \"C\"\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lineOf is the number of the line of file that contains text.
func lineOf(t *testing.T, file, text string) int {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := bytes.Cut(source, []byte(text))
	if !found {
		t.Fatalf("%s has no %q", file, text)
	}
	return bytes.Count(before, []byte("\n")) + 1
}
