package isolate

import (
	"os"
	"sync/atomic"
)

// marker is the environment variable that a child is started with. It is not
// enough to be one: the descriptors must be there as well.
const marker = "MEMKIT_ISOLATE"

var (
	mainRan  atomic.Bool // Main was called in this process
	isolated atomic.Bool // this process is a child
)

// Main runs the entry of a child process and does not return there. In any other
// process it returns at once. It must be the first statement of main, and of
// TestMain where tests start isolates, because everything before it runs in the
// child too.
func Main() {
	if os.Getenv(marker) != "" {
		os.Unsetenv(marker) // a program that this one starts is no child
		if c, ok := inherit(); ok {
			isolated.Store(true)
			os.Exit(c.run())
		}
	}
	mainRan.Store(true)
}
