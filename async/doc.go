// Package async is memory that stays valid while goroutines use it, with limits
// that make callers wait instead of growing the heap.
//
// # Handles
//
// A goroutine that keeps an object after it was recycled reads another request's
// data. Handles prevent that: [Box] and [Ref] carry a generation, and after their
// Release, after a Send, and after the end of their frame, they return [ErrStale].
// That is checked in every build. The address that Get returns is valid until the
// handle is released, so release a handle after its last use. Each goroutine that
// uses a value needs a handle of its own ([Ref.Clone]) or receives it ([Pipe]).
//
// # The types
//
//   - [Frames]: frames whose memory is taken back when all who hold a part of it
//     have released it; [Frame.End] names those that have not.
//   - [Pool]: a fixed number of values. An Acquire that finds none waits, fails,
//     gives up after a time, or evicts an idle value.
//   - [Heap]: blocks of any size within a fixed memory; [Vec] grows in it, and
//     [Buffer] streams bytes through it.
//   - [Pipe]: handles from goroutine to goroutine; sending makes the sender's
//     handle stale. [Broadcast]: each value to all receivers.
//   - [Task], [Scope] and [Stream]: goroutines that belong together end together.
//   - [Bytes], [Notify], [Barrier]: a weighted semaphore, a wake-up, a meeting
//     point.
//
// # Fairness
//
// Waiters are served in the order of their arrival, with one exception: during its
// first [Window], a waiter can be overtaken by goroutines that are running already.
// Once it has waited longer, each item that is released is for the first waiter.
// So a waiter is overtaken for at most Window beyond its turn, and for as long as
// those that overtook it hold their items. Without the exception each use of an item
// would need a change of goroutines, which costs more than most uses; sync.Mutex
// makes the same choice, with a window of 1 ms. Requests of different sizes have a
// rule of their own; see [Bytes].
//
// A waiter whose context ends loses nothing: an item that was meant for it goes to
// the next waiter. Contexts that have ended, and nil contexts, are refused before
// anything is taken.
//
// # Goroutines
//
// All methods may be called from any goroutine, except where a type says otherwise.
// They take locks and park the calling goroutine, so none is for real-time threads;
// [Drain] brings an isolate's messages to ordinary goroutines.
package async
