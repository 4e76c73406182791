//go:build !linux

package isolate

import (
	"github.com/memkit-go/memkit/rt/internal/machine"
	"runtime"
)

// hostSpawner has no memory to share, and so starts nothing.
var hostSpawner = spawner{os: runtime.GOOS, sys: &machine.Host}

func inherit() (in *inherited, ok bool) { return nil, false }
