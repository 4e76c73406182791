package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/rt/record"
)

// TestBusResult: each row of memkit's has its counts and its ratios to C's row.
func TestBusResult(t *testing.T) {
	series := func(name string, ns int64) record.Series {
		s := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Ops: 1, Counters: map[string]float64{"periods": 1000, "answered": 998, "late": 1, "lost": 0}}
		for i := range int64(1000) {
			s.Samples = append(s.Samples, ns+i)
		}
		return s
	}
	run := &record.Run{Series: []record.Series{
		series("udp", 30_000), series("c/udp", 20_000),
		series("pid", 12_000), series("c/pid", 10_000),
		series("memory", 1000), {Name: "c/memory", Unavailable: "no compiler"},
	}}
	r := &busRequest{against: "c", seconds: 1, rounds: 1, period: time.Millisecond}
	res := newBusResult(r, run, suite.BusRows(time.Millisecond, true))
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(res); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Benches []struct {
			Name                 string
			Periods, Skipped     *float64
			Answered, Late, Lost *float64
			Ratios               map[string]float64
			RatioOf              string `json:"ratio_of"`
			Unavailable          string
		}
		Ratios map[string]map[string]*float64
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for i, b := range got.Benches {
		rows[b.Name] = i
	}
	udp, pid := got.Benches[rows["udp"]], got.Benches[rows["pid"]]
	if udp.Answered == nil || *udp.Answered != 998 || *udp.Late != 1 || *udp.Lost != 0 || udp.Skipped != nil || *udp.Periods != 1000 {
		t.Errorf("%s", out.Bytes())
	}
	if r := udp.Ratios["c/udp"]; r < 1.46 || r > 1.48 || udp.RatioOf != "p99" || got.Ratios["udp"]["p99"] == nil {
		t.Errorf("ratio %v of %s", r, udp.RatioOf)
	}
	if r := pid.Ratios["c/pid"]; r < 1.18 || r > 1.20 || pid.RatioOf != "p50" {
		t.Errorf("ratio %v of %s", r, pid.RatioOf)
	}
	if _, compared := got.Ratios["memory"]; compared || got.Benches[rows["c/memory"]].Unavailable == "" {
		t.Errorf("%s", out.Bytes())
	}
	if !strings.Contains(res.obstacles(), "no compiler") {
		t.Errorf("%q", res.obstacles())
	}
}

// TestBusRequest: what cannot be measured is refused before anything is.
func TestBusRequest(t *testing.T) {
	for flag, change := range map[string]func(*busRequest){
		"--against": func(r *busRequest) { r.against = "rust" },
		"--rounds":  func(r *busRequest) { r.rounds = 0 },
		"--period":  func(r *busRequest) { r.period = time.Microsecond },
		"--seconds": func(r *busRequest) { r.seconds = .1 },
	} {
		r := busRequest{against: "c", seconds: 5, rounds: 5, period: time.Millisecond}
		if err := r.check(); err != nil {
			t.Fatal(err)
		}
		change(&r)
		if err := r.check(); err == nil || !strings.HasPrefix(err.Error(), flag) {
			t.Errorf("%s: %v", flag, err)
		}
	}
}
