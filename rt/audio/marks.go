package audio

import "github.com/memkit-go/memkit/rt"

// Marks say what the thread of a block met that makes blocks late.
type Marks uint32

const (
	// Allocated: Process has allocated on the Go heap.
	Allocated Marks = 1 << iota
	// Faulted: the thread has met page faults, in the last Processed.Over blocks.
	Faulted
	// LostP: the goroutine has lost its P, the runtime's right to run Go, in the
	// block, or in Handoff also since the block before, and may have waited for
	// others to give it back.
	LostP
	// Stopped: a garbage collection has stopped the world, in the block or since the
	// block before.
	Stopped
)

// Processed is one block as the thread of the Processor saw it, as Config.OnBlock
// sees it. Times are in ns.
type Processed struct {
	// Frame is the number of the first frame, N how many there are.
	Frame int64
	N     int
	// Wake is from the hand-over of the block to the start of its processing; Exec
	// the time in Process.
	Wake, Exec int64
	// Marks of the block.
	Marks Marks
	// Faults is how many page faults the thread has met in the last Over blocks, this
	// one the last of them, and in the waits before them. Over is 0 for a
	// block after which the counter was not read: reading it costs a system call, so in
	// a quiet thread it is read at every 8th block, and at once after one with faults, or that took twice as long as
	// usual.
	Faults, Over int
}

// threadMonitor is an rt.Monitor.
type threadMonitor interface {
	Read() rt.Reading
	Faults() int64
}

// marker finds the marks of each block. It belongs to the engine's thread.
type marker struct {
	threadMonitor
	// keepsP: the thread keeps its P from one block to the next. Elsewhere it gives
	// it up between blocks by design, and what others did there is not looked at.
	keepsP bool
	// fresh: the thread is another than before.
	fresh bool

	marks Marks
	usual int64 // time in Process, a running mean in ns
	since int   // blocks, this one included, that faults were not looked for
	every int
}

const (
	// staleFaults is the most blocks between two looks at the faults. The system call
	// takes some 400 ns; at every 8th block that is 50 ns a block.
	staleFaults = 8
	// usualOver blocks is how far the mean of Exec looks back.
	usualOver = 8
	// leastFelt is the least that Process must have taken longer for a look at the
	// faults out of turn, in ns: no more than what one costs that has to clear a page.
	leastFelt = 1000
)

// begin begins a block.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
func (m *marker) begin() {
	seen := m.Read()
	m.marks = 0
	if m.fresh {
		m.fresh, m.since, m.every = false, 0, 1
		m.Faults()
		return
	}
	if m.keepsP && seen.LostP {
		m.marks |= LostP
	}
	if seen.Stops > 0 {
		m.marks |= Stopped
	}
}

// end ends the block, whose Process took exec ns, and fills in the marks.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
func (m *marker) end(r *blockRecord) {
	seen := m.Read()
	if seen.LostP {
		m.marks |= LostP
	}
	if seen.Allocated {
		m.marks |= Allocated
	}
	if seen.Stops > 0 {
		m.marks |= Stopped
	}
	m.since++
	if m.since >= m.every || r.Exec-m.usual > max(m.usual, leastFelt) {
		m.lookForFaults(r)
	}
	m.usual += (r.Exec - m.usual) / usualOver
	r.Marks = m.marks
}

// lookForFaults fills in the faults since the last look.
//
// Cost: O(1), a system call. Allocates: no. Blocks: no. Caller: the engine's thread.
//
//rt:nonblocking
//rt:nonallocating
func (m *marker) lookForFaults(r *blockRecord) {
	n := m.Faults()
	r.Faults, r.Over = uint32(n), uint32(m.since)
	m.since, m.every = 0, min(2*m.every, staleFaults)
	if n > 0 {
		m.marks |= Faulted
		m.every = 1
	}
}
