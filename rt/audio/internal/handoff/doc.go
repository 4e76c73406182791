// Package handoff exchanges audio blocks between a device's real-time thread, the
// driver, and the goroutine that processes them, over memory that neither
// allocates nor locks.
//
// # The exchange
//
// A Region holds one block, two sequence words and counters. The block belongs to
// the driver while done = posted and to the worker while they differ; nothing
// else decides it.
//
//	driver, once a cycle:                     worker, until it ends:
//	  wait until done = posted, or deadline     wait until posted ≠ mine
//	  copy the input into the block             mine = posted
//	  write the block's header                  read header and input, write output
//	  posted = posted + 1; wake                 done = mine; wake
//	  wait until done = posted, or deadline
//	  copy the output out of the block
//
// A driver that reaches the deadline leaves the block alone, plays a substitute
// from memory of its own and counts a miss. The block it was waiting for may
// still be in work in the next cycles: they find done ≠ posted and wait for it
// under their own deadline, and what it brings is dropped, because the driver
// copies out only what it has posted in the same cycle. The first block posted
// after that carries [Gap].
//
// So a worker that is late, stopped permanently or gone never touches memory that
// the driver uses, and the device's own buffers are never seen by it at all.
//
// All waits are timed; both sides tolerate a wake-up without cause. The driver
// half may be written in C: the layout is struct memkit_handoff in handoff.h, and
// the Go driver half, [Driver], is its reference.
//
// The sequence words wrap after 2³² cycles, 66 days of 64 frames at 48 kHz, which
// is harmless: only equality is asked for.
package handoff
