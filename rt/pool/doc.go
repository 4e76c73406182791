// Package pool hands out memory blocks of a fixed size in constant time.
//
// A pool is made once, over existing memory, and never grows: an exhausted pool
// returns nil and counts the failure.
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
// Constructors that take a region place slots and bookkeeping in it: a hot
// operation touches nothing outside the region except the pool's own header. The
// region is usually an arena's memory, which is locked and prefaulted; any byte
// slice serves. The caller keeps the region mapped while the pool is in use. The
// collector never looks into a region, so T must not hold Go pointers: constructors
// refuse such a T with an [arena.PointerError] that names the field. Slab
// constructors (NewLocalSlab and its like) accept any T, because their slots lie in
// an ordinary Go slice that the collector scans.
//
// A slot is zero when it is handed out, because Put clears it. Uninit
// constructors leave the clearing out; a slot then holds whatever its last
// owner, or the region, left there.
//
// # Errors
//
// Put finds the slot by address. A pointer that is no slot of this pool, points
// inside a slot, or is already free is refused with a sentinel error and changes
// nothing. This holds in every build, not in debug builds only. A pool of pointers
// cannot detect the use of a pointer after its slot was freed and handed out again;
// [Handles] detects it.
//
// # Debug builds
//
// With build tag rtdebug a pool with one owner panics when another goroutine uses
// it (HandOver allows a change), free memory holds 0xDD and uninitialised memory
// 0xAA, slots are handed out again as late as possible, a slot that was written to
// while it was free panics when it is handed out, and Close reports the slots still
// in use and where they were taken. Operations then take microseconds and Put of a
// [Shared] blocks. With go build -asan every access to free memory ends the program
// with a report of the Go line; memory that is to be used for something else must
// go through Close first. Other builds contain none of these checks.
package pool
