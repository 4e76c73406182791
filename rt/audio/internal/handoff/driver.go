package handoff

import "github.com/memkit-go/memkit/internal/atomics"

// Cycle is one call of the device.
type Cycle struct {
	// In and Out are the device's buffers, one slice of at least N frames a
	// channel.
	In, Out [][]float32
	N       int
	// Flags are XrunIn, XrunOut and Priming.
	Flags uint32
	// Begin of the cycle, Entry of this call.
	Begin, Entry int64
	// Period of the cycle in ns, 0 for the region's.
	Period          int64
	InTime, OutTime int64
	// Number is the device's own of the cycle, by which other clients of the same
	// server know it; 0 where it has none.
	Number uint32
}

// Driver is the device's half. One thread uses it.
type Driver struct{ r *Region }

// Driver makes the device's half.
func (r *Region) Driver() *Driver { return &Driver{r} }

// Exchange has one cycle processed: it fills c.Out with what the worker made of
// c.In, or at the deadline with a substitute, and reports whether it had to.
//
// Cost: O(frames). Allocates: no. Blocks: until the deadline at most. Caller: the driver.
//
// Only done = posted makes the block the driver's; it copies out only what it has
// posted in this call.
//
//rt:nonallocating
func (d *Driver) Exchange(c *Cycle) (missed bool) {
	r := d.r
	deadline, gate := d.deadline(c), r.gate.Load()
	frame := r.next
	r.next += int64(c.N)
	seq := atomics.Load32(&r.posted)
	flags := c.Flags
	if gate == Open && c.N <= int(r.maxFrames) && d.free(seq, deadline) {
		seq++
		flags |= r.gap | d.changed(c)
		d.post(c, seq, flags, frame, deadline)
		r.posting.wake(&r.posted)
		missed = !d.await(seq, deadline)
	} else {
		missed = true
	}
	if missed {
		r.gap = Gap
		r.row++
		flags |= Missed
		d.substitute(c, gate)
	} else {
		r.gap, r.row = 0, 0
		flags |= d.collect(c)
	}
	d.log(c, seq, flags, frame)
	return missed
}

// away is after how many misses in a row the driver no longer waits for a block in
// work: some 10 ms of 64 frames, as long as a time slice of Go's scheduler. It looks
// at the start of each cycle, and waits again once the worker is back. Waiting would
// take most of each cycle from the device's other clients.
const away = 8

// free waits until the block is the driver's: that of an earlier cycle may still be
// in work.
//
// Cost: O(1) and a wait for each wake-up without cause. Allocates: no. Blocks: until the deadline at most. Caller: the driver.
//
//rt:nonallocating
func (d *Driver) free(seq uint32, deadline int64) bool {
	if d.r.row >= away {
		return atomics.Load32(&d.r.done) == seq
	}
	return d.await(seq, deadline)
}

// deadline of a cycle: its budget, and at least so long from the call on.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the driver.
//
//rt:nonblocking
//rt:nonallocating
func (d *Driver) deadline(c *Cycle) int64 {
	r := d.r
	budget, least := r.budget, r.least
	if c.Period != 0 && c.Period != r.period {
		budget, least = budget*c.Period/r.period, least*c.Period/r.period
	}
	return max(c.Begin+budget, c.Entry+least)
}

// changed is Changed when the block about to be posted has another size than the
// last one, or another rate.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the driver.
//
//rt:nonblocking
//rt:nonallocating
func (d *Driver) changed(c *Cycle) (flag uint32) {
	r := d.r
	if r.postedN != 0 && r.postedN != uint32(c.N) {
		flag = Changed
	}
	r.postedN = uint32(c.N)
	if n := r.reformat.Load(); n != r.seenReformat {
		r.seenReformat, flag = n, Changed
	}
	return flag
}

// Inline is Exchange for a worker on the driver's own thread: process is called
// with the block in b. There is no deadline and no substitute.
//
// Cost: O(frames) and process. Allocates: no. Blocks: as process does. Caller: the driver.
//
//rt:nonallocating
func (d *Driver) Inline(c *Cycle, p *Worker, b *Block, process func()) {
	r := d.r
	frame := r.next
	r.next += int64(c.N)
	flags := c.Flags | r.gap
	if gate := r.gate.Load(); gate != Open || c.N > int(r.maxFrames) {
		r.gap = Gap
		flags |= Missed
		d.substitute(c, gate)
		d.log(c, atomics.Load32(&r.posted), flags, frame)
		return
	}
	r.gap = 0
	flags |= d.changed(c)
	d.post(c, atomics.Load32(&r.posted)+1, flags, frame, d.deadline(c))
	p.Accept(b)
	process()
	atomics.StoreRelease32(&r.done, p.mine)
	d.log(c, p.mine, flags|d.collect(c), frame)
}

// await waits until the worker is done with block seq.
//
// Cost: O(1) and a wait for each wake-up without cause. Allocates: no. Blocks: until the deadline at most. Caller: the driver.
//
//rt:nonallocating
//rt:bound the deadline
func (d *Driver) await(seq uint32, deadline int64) bool {
	r := d.r
	for {
		done := atomics.Load32(&r.done)
		if done == seq {
			return true
		}
		if r.now() >= deadline {
			return false
		}
		r.finishing.await(&r.done, done, deadline)
	}
}

// post fills the block and makes it the worker's.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the driver.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the frames of all inputs
func (d *Driver) post(c *Cycle, seq, flags uint32, frame, deadline int64) {
	r := d.r
	for i, in := range r.inputs {
		if atomics.Explored {
			atomics.Writes(&in[0])
		}
		copy(in, c.In[i][:c.N])
	}
	if atomics.Explored {
		atomics.Writes(&r.frame)
	}
	r.frame, r.n, r.flags = frame, uint32(c.N), flags
	r.inTime, r.outTime, r.deadline, r.begin = c.InTime, c.OutTime, deadline, c.Begin
	r.postedAt = r.now()
	atomics.StoreRelease32(&r.posted, seq)
}

// collect copies the block's output out and keeps it as the last good one. It
// returns Raised when it has faded it in.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the driver.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the frames of all outputs
func (d *Driver) collect(c *Cycle) (raised uint32) {
	r := d.r
	for i, out := range r.outputs {
		if atomics.Explored {
			atomics.Reads(&out[0])
		}
		copy(c.Out[i][:c.N], out)
		copy(r.lasts[i], out[:c.N])
	}
	r.lastN = uint32(c.N)
	if r.silenced != 0 {
		r.silenced, raised = 0, Raised
		for _, out := range c.Out {
			for i := range out[:c.N] {
				out[i] *= float32(i+1) / float32(c.N)
			}
		}
	}
	return raised
}

// substitute plays what OnMiss says. A last block that is shorter than this one
// is played round and round, and a fade falls over this one's length.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the driver.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the frames of all outputs
func (d *Driver) substitute(c *Cycle, gate uint32) {
	r, onMiss := d.r, d.r.onMiss
	if gate == Paused {
		onMiss = Fade
	}
	if r.lastN == 0 || onMiss == Silence || r.silenced != 0 {
		for _, out := range c.Out {
			clear(out[:c.N])
		}
		if onMiss == Fade {
			r.silenced = 1
		}
		return
	}
	for ch, out := range c.Out {
		last := r.lasts[ch][:r.lastN]
		for i := 0; i < c.N; i += copy(out[i:c.N], last) {
		}
	}
	if onMiss == Fade {
		r.silenced = 1
		for _, out := range c.Out {
			for i := range out[:c.N] {
				out[i] *= float32(c.N-1-i) / float32(c.N)
			}
		}
	}
}

// log counts the cycle and leaves its record.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the driver.
//
//rt:nonblocking
//rt:nonallocating
func (d *Driver) log(c *Cycle, seq, flags uint32, frame int64) {
	r := d.r
	end := r.now()
	period := c.Period
	if period == 0 {
		period = r.period
	}
	if end-c.Begin > period {
		flags |= Late
		r.late.Store(r.late.Load() + 1)
	}
	if flags&Missed != 0 {
		r.misses.Store(r.misses.Load() + 1)
	}
	if flags&XrunIn != 0 {
		r.xrunsIn.Store(r.xrunsIn.Load() + 1)
	}
	if flags&XrunOut != 0 {
		r.xrunsOut.Store(r.xrunsOut.Load() + 1)
	}
	r.cycles.Store(r.cycles.Load() + 1)
	head := r.head.Load()
	if head-r.tail.Load() == uint64(len(r.ring)) {
		r.unrecorded.Store(r.unrecorded.Load() + 1)
		return
	}
	r.ring[head&uint64(len(r.ring)-1)] = Record{
		Sequence: seq, Flags: flags, Begin: c.Begin, Entry: c.Entry, End: end, Frame: frame, N: uint32(c.N), Number: c.Number,
	}
	r.head.Store(head + 1)
}
