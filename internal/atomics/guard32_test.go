package atomics

import (
	"go/build"
	"slices"
	"testing"
)

// TestGuard: the package does not build for platforms of 32 bits, and for others it
// does.
func TestGuard(t *testing.T) {
	for arch, want := range map[string]bool{
		"386": true, "arm": true, "mips": true, "mipsle": true,
		"amd64": false, "arm64": false, "riscv64": false, "loong64": false, "ppc64le": false, "s390x": false, "wasm": false,
	} {
		context := build.Default
		context.GOARCH, context.BuildTags, context.ToolTags = arch, nil, nil
		p, err := context.ImportDir(".", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(p.GoFiles, "guard32.go"); got != want {
			t.Errorf("%s: guarded %v", arch, got)
		}
	}
}
