package gpu

import "runtime"

// yield lets the goroutine that stands in for a device run.
//
//rt:allow ML602 reason="only for dummy.Backend, which runs as a goroutine"
func yield() { runtime.Gosched() }
