// Package pool hands out memory blocks of a fixed size in constant time.
//
// A pool is built once, over memory that is already there, and never grows:
// taking a block from an exhausted pool answers nil and counts the failure.
//
//   - [Local] is the fastest: one owner goroutine takes and returns slots.
//   - [Shared] may be used by any number of goroutines and is lock-free.
//   - [Handles] gives generation-checked 64-bit handles instead of pointers, so
//     that stale use is an error.
//   - [Classes] serves requests of mixed sizes from a few slot sizes and keeps
//     statistics of each.
//   - [Frame] bumps a pointer and frees everything at once.
//
// # Memory
//
// Constructors that take a region place slots and bookkeeping in it: nothing
// outside the region is touched by a hot operation but the pool's own header.
// The region is usually an arena's memory, which is locked and prefaulted;
// any byte slice does. The caller keeps the region mapped while the pool is in
// use. The collector never looks into a region, so T must not hold Go pointers:
// constructors refuse such a T with an [arena.PointerError] that names the
// field. Slab constructors (NewLocalSlab and its like) accept any T, because
// their slots lie in an ordinary Go slice that the collector scans.
//
// A slot is zero when it is handed out, because Put clears it. Uninit
// constructors leave the clearing out; a slot then holds whatever its last
// owner, or the region, left there.
//
// # Errors
//
// Put finds the slot by address. A pointer that is no slot of this pool, points
// inside a slot, or is already free is refused with a sentinel error and
// changes nothing. This holds in every build, not in debug builds only. What no
// pool of pointers can see is a pointer used after its slot was freed and handed
// out again: [Handles] sees that.
//
// # Debug builds
//
// With build tag rtdebug a pool with one owner panics when another goroutine uses
// it (HandOver allows a change), free memory holds 0xDD and uninitialised memory
// 0xAA, slots are handed out again as late as possible, a slot that was written
// to while it was free panics when it is handed out, and Close reports what is
// still in use and where it was taken. Then operations take microseconds and Put
// of a [Shared] blocks. With go build -asan every access to free memory ends the
// program with a report of the Go line; memory that is to be used for something
// else must go through Close first. Other builds carry none of this.
package pool
