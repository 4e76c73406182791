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
	// system calls and cgo calls that returned to it.
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

// allocated reports whether the goroutine has allocated on the heap since before;
// false if it has lost the P, because then it cannot be told.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (h held) allocated(before held) bool {
	return !h.lost(before) && (h.sample != before.sample || h.tiny != before.tiny)
}

// called is how many ordinary system calls the goroutine has made since before,
// at least; one for a lost P, because nothing else takes it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (h held) called(before held) int64 {
	switch {
	case h.p == before.p:
		return int64(h.calls - before.calls)
	case h.known:
		return 1
	}
	return 0
}
