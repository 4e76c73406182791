// Package core is memory with intent for real-time code: an allocator that knows
// which thread, which frame, which phase and which purpose a block belongs to,
// and what is to happen when there is too much of it.
//
// An [Allocator] owns one arena. It is divided into lanes, one for each thread
// that allocates, and lanes share nothing on their fast paths. A [Lane] has
//
//   - a [Frame]: memory that lives from Begin to End and is taken back in O(1);
//   - a [Heap] and any number of pools ([Pool]): memory that lives until its
//     [Box] is closed, by whichever thread ([Box.Defer]);
//   - a [Group] or a [Scratch]: memory that is taken back together, later than
//     a frame's.
//
// What may live off the Go heap is decided once, by a type token:
//
//	var vec3 = core.MustType[Vec3]()
//
//	positions, err := vec3.Make(frame, 1000)
//
// A token is refused for a type that holds Go pointers, since the garbage
// collector would not see them; such types live in slabs ([NewSlab]).
//
// References are checked. A [Ref] is an address and the epoch of its memory, and
// answers [ErrStale] once that is over: after End, after a [Frame.Rewind] past
// it, after a group's FreeAll. A [Box] is a handle with a generation.
//
// # Attribution
//
// Every byte of a frame belongs to one [Tag], one [Phase] and one [Intent],
// those that were in force when it was allocated; the sums by tag, by phase and
// by intent each equal the frame's total. An allocation does not pay for that:
// the frame's position is read when a tag or phase changes. Budgets cost as
// little: the frame's end is moved to where the next budget line would be
// crossed, and boxes draw on an allowance that reaches no further, so that the
// comparison which every allocation makes anyway checks them all.
//
// # Threads
//
// A lane and what was made from it belong to one goroutine at a time, usually
// one locked to an OS thread. [Box.Defer], [Transfer.Accept] (on the accepting
// lane), and the Allocator's methods may be called from others. Builds with the
// tag rtdebug check the owner on every operation and answer [ErrWrongThread];
// they also rotate frame memory and make ended frames inaccessible. The tag
// rtpoison overwrites memory that is taken back.
//
// # What the Go version leaves out
//
// The Rust features parking_lot, nightly, allocator_api and prefetch mean
// nothing here. There are no thread-locals: a lane is passed explicitly. Go has
// no destructors: what is not closed is named by [Allocator.Close].
package core
