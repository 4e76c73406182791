// Package ring passes data between two goroutines, threads or processes without
// locks, system calls or allocation.
//
//   - [SPSC] queues messages from one producer to one consumer at the lowest
//     latency, one at a time, in batches or in place. Both sides are wait-free.
//   - [Stream] moves blocks of elements in place. Both sides are wait-free.
//   - [MPMC] queues messages among any number of producers and consumers; see
//     there why it is not lock-free.
//   - [Broadcast] hands every message of one writer to any number of readers, of
//     which the slow ones lose some. Both sides are wait-free.
//   - [Latest] keeps only the newest value: a triple buffer. Both sides are
//     wait-free.
//
// # Regions
//
// A ring lives in a region that the caller gives: part of an arena, of a shared
// memory mapping, or any byte slice aligned to 64 bytes. Everything in it is
// addressed by offset, so two processes may map it at different addresses. One
// of them creates the ring; the other attaches to it, which fails with a
// [*LayoutError] when the region holds another version, kind or element type.
// Values must not hold Go pointers. The caller keeps the region mapped while a
// ring in it is in use, and gives no region to two rings at a time.
//
// A peer is not trusted with this process's memory. Whatever it stores in the
// region, and whenever, no method reads or writes outside the region, loops without
// end or panics; but it can make this side read nonsense, or find a ring full or
// empty.
//
// # Sides
//
// Work is done through endpoints. An endpoint claims one side of the ring for
// its process; a second claim is refused with [ErrHeld] until the endpoint is
// closed, or its process has died. A side counts its claims (its epoch), so a
// peer's restart is visible. Err tells cheaply whether the peer has closed or
// abandoned its side; CheckPeer looks whether the peer's process still lives.
// After a death either side is claimed again and goes on where the shared state
// stands. Both processes must be in one PID namespace, or they misjudge each
// other's life; time namespaces may differ.
package ring
