package wcet

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseRate(t *testing.T) {
	for _, c := range []struct {
		text   string
		period time.Duration
		want   float64
		err    string
	}{
		{text: "1e-8/h", period: time.Millisecond, want: 1e-8 / 3.6e6},
		{text: "sil4", period: time.Millisecond, want: 1e-8 / 3.6e6},
		{text: "3600/h", period: time.Millisecond, want: 1e-3},
		{text: "1e-8", period: time.Millisecond, err: "must be a positive number"},
		{text: "-1/h", period: time.Millisecond, err: "must be a positive number"},
		{text: "NaN/h", period: time.Millisecond, err: "must be a positive number"},
		{text: "SIL9", period: time.Millisecond, err: "SIL1"},
		{text: "1/h", period: 0, err: "period"},
		{text: "1/h", period: time.Hour, err: "no rare event"},
	} {
		p, err := ParseRate(c.text, c.period)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: %v, want %q", c.text, err, c.err)
			}
			continue
		}
		if err != nil || math.Abs(p-c.want) > 1e-12*c.want {
			t.Errorf("%q: %g, %v; want %g", c.text, p, err, c.want)
		}
	}
}
