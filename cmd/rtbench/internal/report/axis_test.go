package report

import (
	"math"
	"testing"

	"gonum.org/v1/plot"
)

// Every axis a figure may ask for gets some labels, none outside, and never so
// many that they would run into each other.
func TestTicks(t *testing.T) {
	for _, lo := range []float64{0.5, 1, 17.5, 99, 1e3, 2.3e5, 9.99e8} {
		for _, span := range []float64{1.001, 1.05, 1.5, 3, 4, 7, 49, 51, 900, 1e4, 1e6, 1e9, 1e15} {
			for name, ticker := range map[string]plot.Ticker{
				"latency": latencyTicks{"ns"}, "cycles": latencyTicks{"cycles"}, "even": evenTicks{"ns"}, "number": evenTicks{},
			} {
				checkTicks(t, name, ticker, lo, lo*span, 2, 12)
			}
			checkTicks(t, "count", countTicks{}, 0.7, span, 0, 8)
			checkTicks(t, "share", shareTicks{}, 1/span, 1, 1, 8)
		}
	}
	checkTicks(t, "percent", percentTicks{}, 0, 0.37, 2, 4)
}

func checkTicks(t *testing.T, name string, ticker plot.Ticker, lo, hi float64, least, most int) {
	t.Helper()
	labels := 0
	for _, tick := range ticker.Ticks(lo, hi) {
		if room := (hi - lo) * 1e-6; tick.Value < lo-room || tick.Value > hi+room {
			t.Errorf("%s from %v to %v: tick at %v", name, lo, hi, tick.Value)
		}
		if !tick.IsMinor() {
			labels++
		}
	}
	if labels < least || labels > most {
		t.Errorf("%s from %v to %v: %d labels", name, lo, hi, labels)
	}
}

func TestScalesPinWhatLiesOutside(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		scale plot.Normalizer
		v     float64
		want  float64
	}{
		{logScale{}, 10, 0.5}, {logScale{}, 1, 0}, {logScale{}, 100, 1}, {logScale{}, 0, 0},
		{logScale{}, -3, 0}, {logScale{}, inf, 1}, {logScale{}, math.NaN(), 0},
		{linearScale{}, 50.5, 0.5}, {linearScale{}, -inf, 0}, {linearScale{}, 1e9, 1},
	} {
		if got := c.scale.Normalize(1, 100, c.v); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%T: %v lies at %v, want %v", c.scale, c.v, got, c.want)
		}
	}
}
