package handoff

import "github.com/memkit-go/memkit/internal/atomics"

// Block is what the worker was handed. Its memory is the region's.
type Block struct {
	In, Out                             [][]float32
	N                                   int
	Flags                               uint32
	Frame, Begin                        int64
	InTime, OutTime, Deadline, PostedAt int64
}

// Worker is the processing half. One goroutine uses it.
type Worker struct {
	r    *Region
	mine uint32 // the block taken last
}

// Worker makes the processing half. It goes on where an earlier one stopped,
// unless that one still holds a block.
func (r *Region) Worker() *Worker { return &Worker{r, atomics.Load32(&r.done)} }

// Posted waits until a block was posted, at most until the time, and says when it
// was.
//
// Cost: O(1). Allocates: no. Blocks: until the time at most. Caller: the worker.
//
//rt:nonallocating
func (p *Worker) Posted(until int64) (at int64, ok bool) {
	if atomics.Load32(&p.r.posted) == p.mine {
		p.r.posting.await(&p.r.posted, p.mine, until)
	}
	if atomics.Load32(&p.r.posted) == p.mine {
		return 0, false
	}
	return p.r.postedAt, true
}

// Pending reports whether a block was posted that is not accepted yet.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the worker.
//
//rt:nonblocking
//rt:nonallocating
func (p *Worker) Pending() bool { return atomics.Load32(&p.r.posted) != p.mine }

// Accept fills b with the posted block.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the worker, after Posted.
//
//rt:nonblocking
//rt:nonallocating
func (p *Worker) Accept(b *Block) {
	r := p.r
	p.mine = atomics.Load32(&r.posted)
	// A Processor prepared before Reformat is this thread's from here on. The driver has
	// seen to that already; where it is in C, the race detector cannot know.
	r.reformat.Load()
	if atomics.Explored {
		atomics.Reads(&r.frame)
	}
	*b = Block{
		In: r.inputs, Out: r.outputs, N: int(r.n), Flags: r.flags, Frame: r.frame, Begin: r.begin,
		InTime: r.inTime, OutTime: r.outTime, Deadline: r.deadline, PostedAt: r.postedAt,
	}
}

// Done hands the block back.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the worker, after Accept.
//
// The store releases the output: the driver reads it after it has seen the word.
//
//rt:nonblocking
//rt:nonallocating
func (p *Worker) Done() {
	atomics.StoreRelease32(&p.r.done, p.mine)
	p.r.finishing.wake(&p.r.done)
}

// Discard drops a block that was posted and not taken. The driver must be at rest.
func (p *Worker) Discard() {
	p.mine = atomics.Load32(&p.r.posted)
	atomics.StoreRelease32(&p.r.done, p.mine)
}

// KeepsP reports whether a goroutine that waits in Posted keeps its P.
func (r *Region) KeepsP() bool { return r.posting.signal == nil }

// Rouse wakes a worker that waits in Posted, with nothing posted.
func (r *Region) Rouse() { r.posting.wake(&r.posted) }
