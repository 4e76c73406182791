package gpu

// Recording is what a backend records.
type Recording struct {
	Queue    int // index in Caps.Queues
	Commands []Command
	// Waits and Signals are the most that a submission has.
	Waits, Signals int
}

// Command is a copy or, with a Kernel, a dispatch.
type Command struct {
	// Barrier: wait until the commands before have finished and their writes are
	// visible, also those of earlier submissions to the queue.
	Barrier bool

	// Copy from Source to Destination, of equal sizes.
	Source, Destination Span

	// Dispatch Groups workgroups of Kernel with Arguments.
	Kernel    Handle
	Arguments []Span
	Constants []byte
	Groups    [3]uint32
}

// Span is a part of a memory.
type Span struct {
	Memory       Handle
	Offset, Size uint64
}
