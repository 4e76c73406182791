package audio

// Processor turns input blocks into output blocks: a synth, an effect, a meter.
// The same Processor runs live, in Sim and offline, with the same output for the
// same binary, sizes of blocks and events.
//
// Prepare and Reset are called by an ordinary goroutine while Process is not
// running. Process is called on a real-time thread: it must not allocate, block,
// take a mutex that others hold, or call cgo.
type Processor interface {
	// Prepare is called once, before the first Process: the place to allocate.
	// An error ends Open and is wrapped by its error.
	Prepare(Spec) error
	// Process fills b.Out, which holds zeros when it is called.
	Process(b *Block)
	// Reset clears the state: delay lines, phases. Start calls it.
	Reset()
}

// Spec is what a Processor prepares for: what the device granted, not what
// Config asked for.
type Spec struct {
	// Rate is in frames a second.
	Rate float64
	// MaxFrames is the largest Block.N; most blocks are as long, but not all.
	MaxFrames int
	// In and Out are the numbers of channels; one of them may be 0.
	In, Out int
}

// LatencyReporter is implemented by a Processor whose output lags its input.
type LatencyReporter interface {
	// LatencyFrames is that lag in frames. It is asked once, after Prepare.
	// Stats.Latency reports it, and RenderAll takes it out.
	LatencyFrames() int
}

// TailReporter is implemented by a Processor that sounds on after its input has
// ended, as an echo does.
type TailReporter interface {
	// TailFrames is for how many frames, the latency not counted. It is asked once,
	// after Prepare. RenderAll renders so much more; Stop does not wait for it.
	TailFrames() int
}
