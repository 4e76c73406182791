package audio

import "github.com/memkit-go/memkit/rt/pool"

// Block is one cycle's work. It and everything in it belong to the stream and
// are valid only during Process.
type Block struct {
	// In and Out hold one slice of N samples a channel, nominally in −1 to 1. They
	// are the stream's own memory, never the device's, and no two of them overlap:
	// writing Out leaves In as it is. Out holds zeros when Process is called.
	In, Out [][]float32
	// N is the number of frames, from 1 to Spec.MaxFrames.
	N int
	// Frame numbers the block's first frame from the opening of the stream. Frames
	// for which the device got a substitute are counted.
	Frame int64
	// Flags say what happened to the stream before this block.
	Flags Flags
	// Events that fall into this block, in order of their Offset.
	Events []Event
	// InTime is when In's first frame was captured, OutTime when Out's first
	// frame will be heard and Deadline when Process must have returned, in ns on
	// the clock of rt.Now. Offline they are Frame's time, counted from 0.
	InTime, OutTime, Deadline int64
	// Scratch is memory for this block alone; it is empty when Process is called.
	Scratch *pool.Frame

	notify notifier
	begin  int64 // of the device's cycle
}

// Flags say what happened to the stream before a block.
type Flags uint32

const (
	// Xrun: the device lost input or ran out of output since the last block.
	Xrun Flags = 1 << iota
	// Gap: a substitute was played just before this block. A block that was processed too
	// late was dropped, and blocks that came meanwhile were not processed: Frame
	// says how many frames they had.
	Gap
	// Priming: the output goes into buffers before the device starts.
	Priming
	// Changed: the device has another block size or another rate than for the block
	// before. A Processor was prepared again for another rate.
	Changed
)

// Notify sends e to Stream.Receive and answers false when the queue is full;
// Stats.NotifyLost counts that. e.Frame is set to the block's first frame plus
// e.Offset.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: Process.
//
//rt:nonblocking
//rt:nonallocating
func (b *Block) Notify(e Event) bool {
	e.Frame = b.Frame + int64(e.Offset)
	return b.notify.push(e)
}
