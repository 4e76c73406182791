// Package contract reads the contracts that memkit's hot functions carry: the
// //rt: directives and the contract line above them.
//
//	// Push appends v.
//	//
//	// Cost: O(1). Allocates: no. Blocks: no. Caller: the producer.
//	//
//	//rt:nonblocking
//	//rt:nonallocating
//
// Lint requires the line wherever there is a directive; the analysers prove what
// the directives promise.
package contract
