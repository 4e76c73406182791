// Package alloc combines the memory packages: an [Allocator] serves requests from
// size classes and then from a heap, within one budget, with a policy for requests
// that cannot be served; [Hazard] pointers keep an object from being freed while
// a reader uses it.
//
// # Bounds
//
// The budget is a region that exists when the program starts: nothing is mapped,
// locked or faulted in later. Alloc and Free take constant time, except that Alloc
// clears what it returns. A good-fit heap takes at most twice the size of a request
// of 16 bytes or more, a half-fit heap 2.56 times. With Config.MaxLive set, New
// refuses a region in which a request could fail; see tlsf.WorstCaseArena.
//
// # Pointers
//
// The garbage collector does not look into the memory, so it must not hold Go
// pointers.
package alloc
