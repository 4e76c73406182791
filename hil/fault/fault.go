package fault

import (
	"fmt"
	"math"
)

// Fault is one fault of a run. Kind must be set.
type Fault struct {
	Kind Kind
	// Target is the channel of a sensor's or an actuator's fault; the kinds Stuck to
	// Stale are for both. For a fault of a link or a device it is the connection, ""
	// the first one.
	Target string
	// From is the step in which the fault is applied, For after how many steps it is
	// undone. For 0 leaves it until Plan.Undo or the end of the run.
	From, For int64
	// Value is the fault's size; see the kinds.
	Value float64
	// Chance is the probability with which a frame is affected, for Latency to
	// Truncate. 0 means 1.
	Chance float64
	// Direction is which frames are affected, for Latency to Truncate.
	Direction Direction
}

// mostDelay bounds Latency, Jitter and Stale, whose frames and values are kept.
const mostDelay = 10_000

func (f Fault) validate(place int) error {
	wrong := func(field string, value any, remedy string) error {
		return fmt.Errorf("fault: Fault %d (%v): %s %v: %s", place, f.Kind, field, value, remedy)
	}
	switch {
	case f.Kind == 0 || f.Kind >= kinds:
		return wrong("Kind", uint8(f.Kind), "is unknown; give one of the constants")
	case f.From < 0 || f.For < 0 || f.From > math.MaxInt64-f.For:
		return wrong("From", f.From, fmt.Sprintf("and For %d: must not be negative; they are steps", f.For))
	case math.IsNaN(f.Value) || math.IsInf(f.Value, 0):
		return wrong("Value", f.Value, "must be finite")
	case !(f.Chance >= 0 && f.Chance <= 1):
		return wrong("Chance", f.Chance, "must be 0 to 1; 0 means 1")
	case f.Direction > FromDevice:
		return wrong("Direction", f.Direction, "is unknown; give BothWays, ToDevice or FromDevice")
	case !f.Kind.ofFrames() && (f.Chance != 0 || f.Direction != BothWays):
		return wrong("Chance", f.Chance, fmt.Sprintf("and Direction %v: are for Latency to Truncate alone", f.Direction))
	case f.Target == "" && !f.Kind.ofLink() && !f.Kind.ofDevice():
		return wrong("Target", `""`, "must be the name of a channel")
	}
	switch f.Kind {
	case Latency, Jitter, Stale:
		if f.Value < 1 || f.Value > mostDelay || f.Value != math.Trunc(f.Value) {
			return wrong("Value", f.Value, fmt.Sprintf("must be a whole number of steps from 1 to %d", mostDelay))
		}
	case Noise, Quantise, Saturate, RateLimit, DeadBand:
		if f.Value <= 0 {
			return wrong("Value", f.Value, "must be positive")
		}
	case Bias, Drift:
	case Clock:
		if math.Abs(f.Value) > 1e6 || f.Value == 0 {
			return wrong("Value", f.Value, "must be −1e6 to 1e6 ppm, and not 0")
		}
	default:
		if f.Value != 0 {
			return wrong("Value", f.Value, "must be 0; this kind has no size")
		}
	}
	return nil
}

// String is the fault as the recording has it: "bias 5 on speed", "drop on
// controller, to device, chance 0.2".
func (f Fault) String() string {
	text := f.Kind.String()
	if f.Value != 0 {
		text += fmt.Sprintf(" %g", f.Value)
	}
	if f.Target != "" {
		text += " on " + f.Target
	}
	if f.Direction != BothWays {
		text += ", " + f.Direction.String()
	}
	if f.Chance != 0 {
		text += fmt.Sprintf(", chance %g", f.Chance)
	}
	return text
}
