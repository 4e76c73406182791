package audio

// Stats is a snapshot of what happened since Start or ResetStats. Counters are
// exact; they are read one after another and may be a block apart.
type Stats struct {
	// State of the stream.
	State State
	// Callbacks is how many cycles the device asked for, and Blocks how many the
	// Processor was given.
	Callbacks, Blocks uint64
	// Misses is how many cycles got a substitute: the figure to gate in Handoff.
	Misses uint64
	// Late is how many cycles ended after the period that began with them. In
	// Handoff the substitute keeps it at 0 unless the device's own thread was
	// held up.
	Late uint64
	// XrunsIn and XrunsOut are how often the device reported lost input, and output run
	// dry. A JACK server reports to all of its clients, whether this one was late, another
	// one, or the server itself: where Late and Misses are 0 it was not this one.
	XrunsIn, XrunsOut uint64
	// Latency of the stream, which does not change while it is open.
	Latency Latency
	// Load is Process's share of the period, averaged over about 100 ms, and
	// LoadPeak its largest share in one block.
	Load, LoadPeak float64
	// BadIn and BadOut are how many samples were NaN or infinite and became 0;
	// DenormalIn and DenormalOut are how many were too small to be normal numbers
	// and became 0.
	BadIn, BadOut, DenormalIn, DenormalOut uint64
	// Panics in Process: 0 or 1, because the stream is silent after the first.
	Panics uint64
	// EventsLate is how many events came after their Frame, EventsDelayed how many
	// scheduled ones came a block or more later because a block brings 256 of a kind at most, EventsRefused
	// how many Send refused, and NotifyLost how many Notify refused.
	EventsLate, EventsDelayed, EventsRefused, NotifyLost uint64
	// Reconnects is how often the device was lost and found again.
	Reconnects uint64
	// Allocs, Faults, LostP and Stops are how many blocks were marked Allocated,
	// Faulted, LostP and Stopped; Config.OnBlock tells which. See "What a block
	// met" in the package's documentation.
	Allocs, Faults, LostP, Stops uint64
	// ProcessAllocs is how many objects the whole process has allocated and Pauses
	// how often it stopped the world.
	ProcessAllocs, Pauses uint64
	// Unrecorded is how many cycles are missing from the timings because the
	// record ring was full.
	Unrecorded uint64
	// Entry is from the start of the cycle to the device's call of the stream;
	// Wake from the hand-over of a block to the start of its processing; Exec the
	// time in Process; Response from the start of the cycle to the end of the
	// call.
	Entry, Wake, Exec, Response Timing
}

// Timing summarises one kind of duration, in ns.
type Timing struct {
	Count               int64
	P50, P99, P999, Max int64
}

// State of a stream.
type State uint8

const (
	// Ready to Start.
	Ready State = iota
	// Running: cycles come.
	Running
	// Stalled: it should run, and the device, or the one of Config.Input, has stopped
	// calling.
	Stalled
	// Lost: the device or its server has ended; the stream looks for it, and goes on
	// once it is back.
	Lost
	// Stuck: Process has not returned for longer than Config.Stall. The device plays
	// the substitute until it does.
	Stuck
	// Failed: Process has panicked or has ended its goroutine, or the Processor could
	// not be prepared for another rate. The stream plays silence; after Stop, Start
	// tries again.
	Failed
	// Closed for good.
	Closed
)

// Cycle is one call of the device, as Config.OnCycle sees it. Times are ns on the
// clock of rt.Now.
type Cycle struct {
	// Frame is the number of the first frame, N how many there are.
	Frame int64
	N     int
	// Begin of the cycle, Entry of the device's call, End of it.
	Begin, Entry, End int64
	// Number is the device's own of the cycle, by which other clients of the same
	// sound server know it; 0 where it has none.
	Number uint32
	// Missed: a substitute was played. Raised: Fade let the block rise from
	// silence. In both cases the output is not what Process made.
	Missed, Raised bool
	// Late: it ended after the period that began with it.
	Late bool
	// XrunIn and XrunOut are what the device reported.
	XrunIn, XrunOut bool
}

// counters are the fields that only grow.
func (s *Stats) counters() []*uint64 {
	return []*uint64{
		&s.Callbacks, &s.Blocks, &s.Misses, &s.Late, &s.XrunsIn, &s.XrunsOut,
		&s.BadIn, &s.BadOut, &s.DenormalIn, &s.DenormalOut, &s.EventsLate, &s.EventsDelayed, &s.EventsRefused, &s.NotifyLost, &s.Reconnects,
		&s.Allocs, &s.Faults, &s.LostP, &s.Stops, &s.ProcessAllocs, &s.Pauses, &s.Unrecorded,
	}
}

// since subtracts earlier counts.
func (s Stats) since(before *Stats) Stats {
	b := before.counters()
	for i, c := range s.counters() {
		*c -= *b[i]
	}
	return s
}

// plus adds other counts.
func (s Stats) plus(other *Stats) Stats {
	o := other.counters()
	for i, c := range s.counters() {
		*c += *o[i]
	}
	return s
}
