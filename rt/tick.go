package rt

// Tick is one activation of a loop, as its step sees it. All times are
// nanoseconds on the clock of [Now]. It belongs to the loop and is valid only
// during the call.
type Tick struct {
	// Index numbers the loop's periods from 0, skipped ones included: under
	// Skip and CatchUp, Intended is the first activation plus Index periods.
	Index int64
	// Intended is when the activation was due.
	Intended int64
	// Now is when it woke; Now − Intended is the wake latency.
	Now int64
	// Skipped is how many activations were dropped just before this one.
	Skipped int64
	// Deadline is when the next activation is due and this one should have
	// ended: Intended plus the period.
	Deadline int64

	loop *Loop // nil in a Tick that a test made
}
