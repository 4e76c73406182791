package guard

import (
	"os"
	"testing"

	"github.com/memkit-go/memkit/rt/isolate"
)

// orphan is what the program does as the parent of TestOrphan.
var orphan func(remote string) int

func TestMain(m *testing.M) {
	isolate.Main()
	if remote := os.Getenv("MEMKIT_GUARD_TEST_ORPHAN"); remote != "" && orphan != nil {
		os.Exit(orphan(remote))
	}
	os.Exit(m.Run())
}
