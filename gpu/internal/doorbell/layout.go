package doorbell

// Byte offsets in the input buffer, which the device polls. The host writes all
// words but Mark.
const (
	// Sequence is the number of the ring; 0 is none.
	Sequence = 0
	// Stop asks the kernel to end when it is not 0.
	Stop = 4
	// Polls is how often a launch may poll before it ends after an answer; twice as
	// often, and it ends without one.
	Polls = 8
	// Mark is the number of the launch that is ending, written by its first
	// workgroup that decides so.
	Mark = 12
	// Input is where the caller's data begins.
	Input = 64
)

// Byte offsets in the output buffer, which the host polls.
const (
	// Answers has a word for each workgroup: the last ring that it has answered.
	Answers = 0
	// Output is where the kernel's data begins.
	Output = 64
)

// Byte offsets in the state buffer, which only the device uses. It carries what
// one launch leaves for the next.
const (
	// Seen has a word for each workgroup: the last ring that it has answered.
	Seen = 0
	// State is where the kernel's own data begins.
	State = 64
)

const (
	// MostGroups is how many workgroups a resident kernel may have: their answers
	// share a cache line.
	MostGroups = 16
	// RingCost is what a ring counts in polls.
	RingCost = 8
)
