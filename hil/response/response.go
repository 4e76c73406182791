// Package response measures step responses: how fast a controlled value follows a new set
// point, how far it goes beyond it, and when it stays.
package response

import (
	"fmt"
	"math"
	"time"
)

// Config describes a step of the set point.
type Config struct {
	// Period is the time between two values. It has no default.
	Period time.Duration
	// From and To are the set points before and after the step; they must differ.
	From, To float64
	// Band is how near to To, as a share of the step, a settled value stays. 0 means
	// 0.02.
	Band float64
}

// Response is what a step response was like. The shares of the step are crossed between
// two values, and the times are interpolated.
type Response struct {
	// Rise is the time from 10% to 90% of the step; negative when 90% was not reached.
	Rise time.Duration
	// Overshoot is how far the value went beyond To, as a share of the step; 0 when it
	// did not.
	Overshoot float64
	// Settling is when the value entered the band to stay until the end; negative when
	// it was outside at the end.
	Settling time.Duration
	// IAE is the integral of the absolute error over time, in units of the value and
	// seconds, by the trapezoidal rule.
	IAE float64
	// Final is the last value.
	Final float64
}

// Measure measures the values from the moment of the step on, the first of them at the
// step itself. A value that is not finite is an error: nothing can be said of such a
// response.
func Measure(c Config, values []float64) (Response, error) {
	if c.Band == 0 {
		c.Band = 0.02
	}
	step := c.To - c.From
	switch {
	case c.Period <= 0:
		return Response{}, fmt.Errorf("response: Config.Period %v: must be positive; give the time between two values", c.Period)
	case !(math.Abs(step) > 0) || math.IsInf(step, 0):
		return Response{}, fmt.Errorf("response: Config.From %v, To %v: must be finite and differ", c.From, c.To)
	case !(c.Band > 0 && c.Band < 1):
		return Response{}, fmt.Errorf("response: Config.Band %v: must lie between 0 and 1; 0 means 0.02", c.Band)
	case len(values) == 0:
		return Response{}, fmt.Errorf("response: there are no values; give those from the step on")
	}
	r := Response{Rise: -1, Settling: -1, Final: values[len(values)-1]}
	tenth, ninetieth, settled := -1.0, -1.0, 0.0
	before := 0.0 // the share of the step that the value before had
	for i, v := range values {
		share := (v - c.From) / step
		if math.IsNaN(share) || math.IsInf(share, 0) {
			return Response{}, fmt.Errorf("response: value %d is %v; a response is of finite values", i, v)
		}
		r.Overshoot = max(r.Overshoot, share-1)
		crossed := func(level float64) float64 {
			if i == 0 || share == before {
				return float64(i)
			}
			return float64(i-1) + (level-before)/(share-before)
		}
		if tenth < 0 && share >= 0.1 {
			tenth = crossed(0.1)
		}
		if ninetieth < 0 && share >= 0.9 {
			ninetieth = crossed(0.9)
		}
		switch outside := math.Abs(share-1) > c.Band; {
		case outside:
			settled = -1
		case settled < 0: // it has just entered, from above or below
			edge := 1 - c.Band
			if before > 1 {
				edge = 1 + c.Band
			}
			settled = crossed(edge)
		}
		if i > 0 {
			r.IAE += (math.Abs(v-c.To) + math.Abs(values[i-1]-c.To)) / 2 * c.Period.Seconds()
		}
		before = share
	}
	if ninetieth >= 0 {
		r.Rise = scale(c.Period, ninetieth-tenth)
	}
	if settled >= 0 {
		r.Settling = scale(c.Period, settled)
	}
	return r, nil
}

func scale(period time.Duration, n float64) time.Duration {
	return time.Duration(math.Round(float64(period) * n))
}

// String is one line.
func (r Response) String() string {
	text := func(d time.Duration) string {
		if d < 0 {
			return "never"
		}
		return d.Round(time.Microsecond).String()
	}
	return fmt.Sprintf("rise %s, overshoot %.1f%%, settled %s, IAE %.4g, final %.4g", text(r.Rise), 100*r.Overshoot, text(r.Settling), r.IAE, r.Final)
}

// String names the step.
func (c Config) String() string {
	return fmt.Sprintf("from %g to %g, every %v", c.From, c.To, c.Period)
}
