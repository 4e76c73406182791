package lens_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
)

// haveC reports whether cgo works here.
var haveC = sync.OnceValue(func() bool {
	out, err := exec.Command("go", "env", "CGO_ENABLED").Output()
	return err == nil && strings.TrimSpace(string(out)) == "1"
})

func haveAMD64() bool { return runtime.GOARCH == "amd64" }

// soak asks for the long forms of tests.
var soak = os.Getenv("MEMKIT_SOAK") != ""
