package campaign

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"
	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/record"
)

func TestAttribute(t *testing.T) {
	second := time.Second.Nanoseconds()
	run := &record.Run{
		Interference: []record.Interference{
			{At: second, Slowest: 3_000_000}, {At: 2 * second, Quota: 5, Slowest: 3_000_000}, {At: 3 * second, Slowest: 3_000_000},
			{At: 4 * second, Hot: 1, Slowest: 3_000_000}, {At: 5 * second, Slowest: 2_900_000}, {At: 6 * second, Slowest: 1_000_000}, {At: 9 * second},
		},
		Series: []record.Series{
			{Kind: record.Latency, Period: 1e6, Start: second / 10, Outliers: []record.Outlier{
				{Index: 10}, {Index: 1500}, {Index: 2300}, {Index: 3500}, {Index: 5500}, {Index: 8000}, {Index: 1500, Cause: record.Steal}, {Index: 1 << 40},
			}},
			{Kind: record.Latency, Period: 1e6, Start: second + second/2, Samples: []int64{5, 9, 7}},
			{Kind: record.Latency, Samples: []int64{5}},
			{Kind: record.Batch, Period: 1e6, Samples: []int64{5}},
		},
	}
	attribute(run)
	want := []record.Cause{0, record.Quota, 0, record.Hot, record.Slow, 0, record.Steal, 0}
	for i, o := range run.Series[0].Outliers {
		if o.Cause != want[i] {
			t.Errorf("outlier %d: %v, want %v", i, o.Cause, want[i])
		}
	}
	if o := run.Series[1].Outliers; len(o) != 3 || o[0].Value != 9 || o[0].Index != 1 || o[2].Value != 5 || o[0].Cause != record.Quota {
		t.Errorf("%+v", o)
	}
	if run.Series[2].Outliers != nil || run.Series[3].Outliers != nil {
		t.Error("outliers whose time is unknown")
	}
	quiet := &record.Run{Interference: []record.Interference{{At: 5}}, Series: []record.Series{{Kind: record.Latency, Period: 1, Samples: []int64{5}}}}
	if attribute(quiet); quiet.Series[0].Outliers != nil {
		t.Error("nothing slowed this run down")
	}
}

func TestLargest(t *testing.T) {
	var samples []int64
	for i := range int64(500) {
		samples = append(samples, i*7919%500)
	}
	top := largest(samples)
	for i, o := range top {
		if o.Value != 499-int64(i) || samples[o.Index] != o.Value {
			t.Errorf("%d: %+v", i, o)
		}
	}
	if len(top) != topSamples {
		t.Errorf("%d outliers", len(top))
	}
}

// TestSlowingIsLogged: what the machine counted between two looks is in the run.
func TestSlowingIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := int64(0)
		ticks := uint64(0)
		c := Campaign{
			Plan: mustPlan(t, Config{Benches: benches("a"), Duration: 5 * time.Second}), Launch: fake(one),
			CPU: func() (env.CPUTime, error) { ticks++; return env.CPUTime{Total: ticks}, nil },
			Slowing: func() throttle.Reading {
				n++
				return throttle.Reading{Limited: true, Quota: throttle.Count{Time: time.Duration(n) * 3}, Hot: 2 * n, Slowest: 7}
			},
		}
		run, err := c.Run(t.Context())
		if err != nil || len(run.Interference) == 0 {
			t.Fatal(run, err)
		}
		for i, f := range run.Interference {
			if f.Quota != 3 || f.Hot != 2 || f.Slowest != 7 {
				t.Errorf("%d: %+v", i, f)
			}
		}
	})
}
