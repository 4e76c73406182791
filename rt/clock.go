package rt

import "github.com/memkit-go/memkit/rt/internal/machine"

// Now is the time in nanoseconds on the clock that all of memkit uses:
// CLOCK_MONOTONIC on Linux, the runtime's monotonic clock elsewhere. Only
// differences mean something. It is cheaper than time.Now, because it does not
// read the wall clock as well, and needs no system call where the kernel offers
// the clock in user space.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func Now() int64 { return machine.Now() }
