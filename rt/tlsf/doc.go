// Package tlsf provides heaps whose every operation takes constant time, for
// memory whose sizes and lifetimes are not known beforehand but whose worst
// case must be.
//
// A [Heap] divides one region, usually an arena's, and keeps all of its own
// data there: no operation allocates from Go, takes a lock, makes a system call
// or loops. Alloc and Free are under 200 machine instructions each on amd64,
// without calls or backward jumps; a test disassembles them.
//
// # Policies
//
// A good-fit heap (TLSF) wastes little: 8 bytes of header, sizes in steps of 16
// bytes, and at most 1/32 of rounding. In practice it needs 5 to 35% more memory
// than the live blocks hold, depending on the program. The size in which it can
// never fail is many times that, more than most programs can afford. A half-fit
// heap rounds to powers of two: it needs 40 to 90% more, is faster, and
// [WorstCaseArena] gives an affordable size in which it never fails.
//
// # Safety
//
// Free checks its pointer against a bitmap of block starts and against the headers
// on either side. It returns a different error for each kind of mistake, and then
// frees nothing. A write past the end of a block is found when that block is freed,
// or by Check. A write to a freed block is not found in a release build. Nor is a
// second free of a block whose memory serves another block by then: pool.Handles
// finds that.
//
// With build tag rtdebug a heap fills blocks with patterns, keeps freed ones in
// quarantine, and panics when a block in quarantine was written to or when a second
// goroutine uses the heap; Close then lists the blocks that were never freed.
// [WorstCaseArena] does not count the quarantine. With go build -asan, the address
// sanitizer reports the line that uses a freed block.
//
// # Threads
//
// A heap has one owner. Other threads give blocks back with FreeRemote, which
// the owner completes with DrainRemote at a time of its choosing.
//
// [Ranges] is the same allocator over offsets alone, for memory that the CPU
// does not reach.
package tlsf
