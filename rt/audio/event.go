package audio

// Event is a message to or from a Processor: MIDI, a parameter, or what the
// program likes. It holds no pointers, so it crosses to an isolate as it is.
type Event struct {
	// Frame is when it should take effect, counted as Block.Frame is; 0, or a
	// frame that has passed, means the first frame of the next block.
	Frame int64
	// Offset is Frame's place within the block, set by the stream.
	Offset int32
	// Kind says which of the fields below are used.
	Kind EventKind
	// MIDI is a message of up to three bytes.
	MIDI [3]byte
	// Param names a parameter, or is the program's own.
	Param uint32
	// Value of the parameter.
	Value float64
}

// EventKind says what an Event carries.
type EventKind uint8

const (
	// User events carry what the program likes.
	User EventKind = iota
	// MIDI events carry MIDI.
	MIDI
	// ParamChange events carry Param and Value.
	ParamChange
)
