package rt

// held is the P that a goroutine holds, and what the runtime counts there. Two
// looks tell what happened between them on the goroutine's account, as long as it
// kept the P: nobody else allocates from a held P's cache.
type held struct {
	p int
	// known: the rest is. The counts are those of Go 1.26 on linux/amd64 and
	// linux/arm64.
	known bool
	// schedules counts goroutines that the P began to run, calls the ordinary
	// system calls and cgo calls that returned to it, and when it was taken away
	// from one.
	schedules, calls uint32
	// sample is how many bytes may still be allocated before the heap profile
	// takes its next sample; every allocation lowers it, but those that still fit
	// into a block of tiny objects, which tiny counts.
	sample int64
	tiny   uintptr
}

// lost reports whether the goroutine has lost the P since before. It may have the
// same one again; then somebody else was scheduled there.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (h held) lost(before held) bool {
	return h.p != before.p || h.schedules != before.schedules
}

// allocated reports whether a goroutine that has kept its P has allocated on the
// heap since before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (h held) allocated(before held) bool {
	return h.sample != before.sample || h.tiny != before.tiny
}

// called reports whether a goroutine that has kept its P has made an ordinary
// system call or a cgo call since before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (h held) called(before held) bool { return h.calls != before.calls }
