package blackbox

// MostValues is how many values a sample has at most.
const MostValues = 14

// Sample is the values of a channel at one time. It goes through a ring or an isolate's
// Queue as it is.
type Sample struct {
	At      int64 // on the clock of rt.Now
	Channel uint32
	Count   uint32
	Values  [MostValues]float64
}

// Channel is a group of values that are recorded together, such as the positions of six
// axes.
type Channel struct {
	// Name is the topic in the file.
	Name string
	// Fields name the values, 1 to MostValues.
	Fields []string
}

// TickChannel is what Recorder.Tick records. It is always there.
const TickChannel = 0

var tickChannel = Channel{Name: "tick", Fields: []string{"index", "wake_latency_ns", "skipped"}}
