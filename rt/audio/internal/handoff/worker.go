package handoff

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
func (r *Region) Worker() *Worker { return &Worker{r, r.done.Load()} }

// Posted waits until a block was posted, at most until the time, and says when it
// was.
//
// Cost: O(1). Allocates: no. Blocks: until the time at most. Caller: the worker.
//
//rt:nonallocating
func (p *Worker) Posted(until int64) (at int64, ok bool) {
	if p.r.posted.Load() == p.mine {
		p.r.posting.await(&p.r.posted, p.mine, until)
	}
	if p.r.posted.Load() == p.mine {
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
func (p *Worker) Pending() bool { return p.r.posted.Load() != p.mine }

// Accept fills b with the posted block.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the worker, after Posted.
//
//rt:nonblocking
//rt:nonallocating
func (p *Worker) Accept(b *Block) {
	r := p.r
	p.mine = r.posted.Load()
	// A Processor prepared before Reformat is this thread's from here on. The driver has
	// seen to that already; where it is in C, the race detector cannot know.
	r.reformat.Load()
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
	p.r.done.Store(p.mine)
	p.r.finishing.wake(&p.r.done)
}

// Discard drops a block that was posted and not taken. The driver must be at rest.
func (p *Worker) Discard() {
	p.mine = p.r.posted.Load()
	p.r.done.Store(p.mine)
}

// KeepsP reports whether a goroutine that waits in Posted keeps its P.
func (r *Region) KeepsP() bool { return r.posting.signal == nil }

// Rouse wakes a worker that waits in Posted, with nothing posted.
func (r *Region) Rouse() { r.posting.wake(&r.posted) }
