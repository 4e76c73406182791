// Package contract reads the contracts that memkit's hot functions carry: the
// //rt: directives and the contract line beside them.
//
//	// Push appends v.
//	//
//	// Cost: O(1). Allocates: no. Blocks: no. Caller: the producer.
//	//
//	//rt:nonblocking
//	//rt:nonallocating
//
// Lint demands the line wherever there is a directive; the analysers take the
// directives as promises to prove.
package contract
