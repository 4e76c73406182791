// Package core is an allocator for real-time code that knows the purpose of each
// block: its thread, its frame, its phase and its tag. Budgets say what happens
// when a purpose uses too much.
//
// An [Allocator] owns one arena. It is divided into lanes, one for each thread
// that allocates, and lanes share nothing on their fast paths. A [Lane] has
//
//   - a [Frame]: memory that lives from Begin to End and is freed in O(1);
//   - a [Heap] and any number of pools ([Pool]): memory that lives until its
//     [Box] is closed, which any thread can ask for ([Box.Defer]);
//   - a [Group] or a [Scratch]: memory that is freed together, later than a
//     frame's.
//
// A type token permits a type to live outside the Go heap:
//
//	var vec3 = core.MustType[Vec3]()
//
//	positions, err := vec3.Make(frame, 1000)
//
// A token is refused for a type that holds Go pointers, since the garbage
// collector would not see them; such types live in slabs ([NewSlab]).
//
// References are checked. A [Ref] is an address and the epoch of its memory. It
// returns [ErrStale] once that memory was freed: by End, by a [Frame.Rewind] past
// it, or by a group's FreeAll. A [Box] is a handle with a generation.
//
// # Attribution
//
// Every byte of a frame belongs to one [Tag], one [Phase] and one [Intent],
// those that were in force when it was allocated. The sums by tag, by phase and by
// intent each equal the frame's total. Allocations do not pay for that: the frame's
// position is read when a tag or phase changes. Budgets add nothing either: the
// frame's limit is set to where the next budget would be exceeded, and boxes use up
// an allowance that ends there, so that the comparison that each allocation makes
// anyway covers all budgets.
//
// # Threads
//
// A lane and everything made from it belong to one goroutine at a time, usually one
// locked to an OS thread. [Box.Defer], [Transfer.Accept] (on the accepting lane),
// and the Allocator's methods may be called from others. Builds with the tag
// rtdebug check the owner on every operation and return [ErrWrongThread]; they also
// use several frame regions in turn and make ended ones inaccessible. The tag
// rtpoison overwrites freed memory with [Poison].
//
// # Differences from the Rust crate memkit
//
// Its features parking_lot, nightly, allocator_api and prefetch have no counterpart
// in Go. There are no thread-locals: a lane is passed explicitly. Go
// has no destructors: [Allocator.Close] names the boxes that were not closed.
package core
