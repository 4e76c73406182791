package fault

import (
	"math"

	"github.com/memkit-go/memkit/hil"
)

// channelFault is a fault of one value.
type channelFault struct {
	*entry
	index   int
	held    float64   // of Stuck and RateLimit
	history []float64 // of Stale, by step
	filled  int64
}

// apply changes the value of a step. It is called in each, also when the fault is not
// active, because some faults need the values before.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
func (c *channelFault) apply(t hil.Tick, values []float64) {
	v := &values[c.index]
	if n := int64(len(c.history)); n > 0 {
		c.history[c.filled%n] = *v
		c.filled++
	}
	if !c.active {
		c.held = *v
		return
	}
	value, seconds := c.Value, float64(t.Period)/1e9
	switch c.Kind {
	case Stuck:
		if t.Step == c.since {
			c.held = *v
		}
		*v = c.held
	case Bias:
		*v += value
	case Drift:
		*v += value * seconds * float64(t.Step-c.since)
	case Noise:
		*v += value * c.random.normal(t.Step, 0)
	case Quantise:
		*v = math.Round(*v/value) * value
	case NaN:
		*v = math.NaN()
	case Stale:
		// The oldest that is kept: Value steps ago, or the first of the run.
		*v = c.history[max(0, c.filled-int64(len(c.history)))%int64(len(c.history))]
	case Saturate:
		*v = max(-value, min(value, *v))
	case RateLimit:
		most := value * seconds
		*v = max(c.held-most, min(c.held+most, *v))
		c.held = *v
	case DeadBand:
		if math.Abs(*v) < value {
			*v = 0
		}
	case Dead:
		*v = 0
	}
}
