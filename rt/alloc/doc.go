// Package alloc puts the pieces of real-time memory together: an [Allocator] with
// size classes before a heap, one budget, and a policy for the day it is used up;
// and [Hazard] pointers, for readers that must not see memory freed under them.
//
// # What is bounded
//
// The budget is a region that exists when the program starts: nothing is mapped,
// locked or faulted in later. Alloc and Free take constant time, apart from the
// clearing of what Alloc returns. Overhead is at most a factor of 2 for requests
// of 16 bytes or more, and fragmentation follows tlsf.WorstCaseArena: with
// Config.MaxLive set, New refuses a region in which a request could ever fail.
//
// Memory must not hold Go pointers: the collector does not look into it.
package alloc
