package playback

import (
	"encoding/json"
	"fmt"
	"time"
)

// Job is the stream that one fresh process plays, and its load.
type Job struct {
	Mode         Mode
	Rate, Frames int
	// Busy goroutines that compute, and Garbage goroutines that allocate.
	Busy, Garbage int
	// Long is how long it plays in all, at most.
	Long time.Duration
}

// Encode is the job as a command-line argument.
func (j Job) Encode() string {
	text, err := json.Marshal(j)
	if err != nil {
		panic(err) // plain fields always encode
	}
	return string(text)
}

// DecodeJob is its inverse.
func DecodeJob(text string) (j Job, err error) {
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return j, fmt.Errorf("job %q: %w", text, err)
	}
	return j, nil
}

// blocks is how many blocks it plays at most.
func (j Job) blocks() int { return int(j.Long.Seconds()*float64(j.Rate))/j.Frames + 1 }

// period of a cycle in ns.
func (j Job) period() int64 { return int64(j.Frames) * 1e9 / int64(j.Rate) }

// Cycle is one call of the device. Times are ns on the clock of rt.Now, which
// processes share.
type Cycle struct {
	// Frame is the first frame's number in what the synth plays, N how many.
	Frame int64
	N     int
	// Number is the server's of the cycle, which all its clients know.
	Number uint32
	// Begin of the cycle, Entry of the callback and End of it.
	Begin, Entry, End int64
	// Deadline is until when code in C waits for Go, 0 where it does not.
	Deadline int64
	// Substituted: the output is not the synth's.
	Substituted, Missed, Xrun bool
}

// Played is what one process did.
type Played struct {
	Cycles []Cycle
	// Allocs is how many blocks have allocated, or in a process without a stream of
	// package audio's how many objects it has, while nothing but the sound ran in
	// it, over so many Blocks.
	Allocs, Blocks uint64
	// Exec is the median and the 99th percentile of the time in the synth, in ns,
	// while it was quiet.
	ExecP50, ExecP99 int64
	// Collections of garbage under load, and how long that lasted.
	Collections int
	Loaded      time.Duration
	// Granted says what the stream's thread got.
	Granted string
	// Heard is what a simulated device got, interleaved; real ones are captured
	// elsewhere.
	Heard []float32
}
