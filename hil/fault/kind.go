package fault

import "fmt"

// Kind is the kind of a [Fault]. The comments say what Fault.Value means; where they do not, it
// must be 0.
type Kind uint8

const (
	// Latency delays each frame by Value steps.
	Latency Kind = iota + 1
	// Jitter delays each frame by 0 to Value steps, by chance. Frames keep their order
	// only by chance.
	Jitter
	// Drop loses frames.
	Drop
	// Duplicate sends frames twice.
	Duplicate
	// Reorder lets a frame pass the one before it.
	Reorder
	// Corrupt inverts one bit of a frame, after the first byte, by which byte streams
	// find frames.
	Corrupt
	// Truncate cuts a frame short.
	Truncate
	// Disconnect loses all frames in both directions.
	Disconnect

	// Stuck holds the value of the step in which the fault is applied.
	Stuck
	// Bias adds Value.
	Bias
	// Drift adds Value a second since the fault was applied.
	Drift
	// Noise adds normal noise with the standard deviation Value.
	Noise
	// Quantise rounds to multiples of Value.
	Quantise
	// NaN replaces the value by NaN.
	NaN
	// Stale gives the value of Value steps ago.
	Stale

	// Saturate bounds an actuator to −Value and Value.
	Saturate
	// RateLimit bounds the change of an actuator to Value a second.
	RateLimit
	// DeadBand gives 0 where the command is below Value in magnitude.
	DeadBand
	// Dead gives 0.
	Dead

	// Pause stops the device's time. Frames to it are lost meanwhile.
	Pause
	// Reset holds the device in reset, and starts its program afresh when it is undone;
	// with Fault.For 0 at once.
	Reset
	// Clock lets the device's clock run by Value ppm fast, or slow below 0: each time
	// that it is a step off, a fast device gets a frame twice, a slow one none.
	Clock

	kinds
)

var kindNames = [kinds]string{
	Latency: "latency", Jitter: "jitter", Drop: "drop", Duplicate: "duplicate", Reorder: "reorder", Corrupt: "corrupt",
	Truncate: "truncate", Disconnect: "disconnect", Stuck: "stuck", Bias: "bias", Drift: "drift", Noise: "noise",
	Quantise: "quantise", NaN: "NaN", Stale: "stale", Saturate: "saturate", RateLimit: "rate limit",
	DeadBand: "dead band", Dead: "dead", Pause: "pause", Reset: "reset", Clock: "clock",
}

// String is the kind's name, such as "rate limit".
func (k Kind) String() string {
	if k == 0 || k >= kinds {
		return fmt.Sprintf("Kind(%d)", uint8(k))
	}
	return kindNames[k]
}

func (k Kind) ofLink() bool     { return k <= Disconnect }
func (k Kind) ofDevice() bool   { return k >= Pause }
func (k Kind) ofActuator() bool { return k >= Saturate && k <= Dead }

// ofFrames says that a fault acts on each frame, and so by chance.
func (k Kind) ofFrames() bool { return k < Disconnect }
