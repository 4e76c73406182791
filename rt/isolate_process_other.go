//go:build !linux

package rt

import "runtime"

// hostSpawner has no memory to share, and so starts nothing.
var hostSpawner = spawner{os: runtime.GOOS, sys: &host}

func inherit() (in *inherited, ok bool) { return nil, false }
