package guard

import (
	"os"
	"runtime"
	"testing"

	"github.com/memkit-go/memkit/rt/isolate"
)

// orphan is what the program does as the parent of TestOrphan.
var orphan func(remote string) int

// The entries of this program run on the process's first thread, and so the loops that
// they start do not: a debugger's stop of that thread would look like the process's end
// to its parent's waitid.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	isolate.Main()
	if remote := os.Getenv("MEMKIT_GUARD_TEST_ORPHAN"); remote != "" && orphan != nil {
		os.Exit(orphan(remote))
	}
	os.Exit(m.Run())
}
