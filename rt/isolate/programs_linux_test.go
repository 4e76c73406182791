package isolate

import (
	"os/exec"
	"strings"
	"testing"
)

// TestIsolateInEveryKindOfProgram builds and runs programs as users do.
func TestIsolateInEveryKindOfProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs; left out by -short")
	}
	t.Parallel() // with what waits for the end of a child
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	for _, c := range []struct{ command, want string }{
		{"run ./testdata/isolate", "the child says 6\n"},
		{"test -count=1 -vet=off -v -cover ./testdata/isolate", "the child says 6\n"},
		{"test -count=1 -vet=off -v ./testdata/nomain", "refused, and fine in this process\n"},
		// make race runs isolates of tests under the race detector.
	} {
		out, err := exec.Command(tool, strings.Fields(c.command)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) || strings.Contains(string(out), "warning:") {
			t.Errorf("go %s: %v\n%s", c.command, err, out)
		}
	}
}
