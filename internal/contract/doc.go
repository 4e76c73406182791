// Package contract reads the //rt: directives, with which a function, a method of
// an interface or a func type promises how it behaves on a real-time thread, and
// the contract line that memkit's own functions carry above them.
//
//	// Push appends v.
//	//
//	// Cost: O(1). Allocates: no. Blocks: no. Caller: the producer.
//	//
//	//rt:nonblocking
//	//rt:nonallocating
//
// The directives:
//
//	//rt:nonblocking               never waits, whatever other threads do
//	//rt:nonallocating             never allocates on the Go heap
//	//rt:bound TEXT                its loops are bounded; the text gives the bound
//	//rt:cold                      does not run on the real-time path
//	//rt:trust reason="TEXT"       keeps its contract, for a reason that no tool sees
//	//rt:allow ML601 reason="TEXT" exempts a function, or one line, from one code
//
// [Read] finds the directives of a file and the misspelt ones.
// [Functions] serves lint, which requires the line wherever there is a contract.
package contract
