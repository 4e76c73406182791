// Package seqlock publishes the counters of one goroutine to any others, as of
// one moment, without ever making the writer wait.
//
// # Protocol
//
// A [Value] holds a T between two numbers. The writer brackets each change:
//
//	c := v.Begin()                       // begun = done+1
//	seqlock.Store(&c.Frames, c.Frames+1) // any number of stores
//	v.End()                              // done = begun
//
// [Value.Load] reads done, then the T, then begun. When the two numbers are
// equal, no store of a later change can be in what it read; otherwise it reads
// again. So each T that Load returns is one that a call of End published, whole.
// The writer takes no lock and makes no system call. A reader repeats once for
// each change that overlaps its reading: readers do not delay the writer, and a
// writer that does nothing else can starve readers.
//
// The two numbers are separate words, rather than one word that is odd during a
// change, so that the compiler cannot drop the first store as overwritten.
//
// The writer may read its T directly, since no other goroutine writes it.
//
// # The race detector
//
// It reports nothing as long as every store into T goes through [Store]: readers
// load each word atomically, and with -race Store is an atomic store. A plain
// assignment to a field of T is a data race, and -race reports it when a reader
// runs.
//
// # Compared with the alternatives
//
// An atomic.Pointer to a fresh copy allocates. A sync.Mutex lets a reader that is
// preempted delay a real-time writer. Atomic counters alone tear: a reader could
// see the frames of one moment and the bytes of another.
//
// Boehm, Can Seqlocks Get Along With Programming Language Memory Models? (MSPC
// 2012), section 3; compare gVisor's pkg/sync/seqcount.go.
package seqlock
