package machine

// PCounts are what the runtime counts on the P that a goroutine holds. The
// difference of two readings is what the goroutine did between them, as long as it
// kept the P: no other goroutine allocates from the cache of a P that is held.
type PCounts struct {
	// P is the P's number.
	P int
	// Known says that the other fields are. The counts are those of Go 1.26 on
	// linux/amd64 and linux/arm64.
	Known bool
	// Schedules counts the goroutines that the P began to run. Calls counts the
	// ordinary system calls and cgo calls that returned to the P, and those in
	// which the P was taken away.
	Schedules, Calls uint32
	// Sample is how many bytes may still be allocated before the heap profile
	// takes its next sample. Every allocation lowers it, except one that fits into
	// a block of tiny objects, which Tiny counts.
	Sample int64
	Tiny   uintptr
}

// Lost reports whether the goroutine has lost the P since before. It may hold the
// same P again, on which another goroutine has run meanwhile.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c PCounts) Lost(before PCounts) bool {
	return c.P != before.P || c.Schedules != before.Schedules
}

// Allocated reports whether a goroutine that has kept its P has allocated on the
// heap since before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c PCounts) Allocated(before PCounts) bool {
	return c.Sample != before.Sample || c.Tiny != before.Tiny
}

// Called reports whether a goroutine that has kept its P has made an ordinary
// system call or a cgo call since before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (c PCounts) Called(before PCounts) bool { return c.Calls != before.Calls }
