package main

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"
	"time"
)

// TestBalances: in virtual time the pole comes upright and the cart to the middle, in
// spite of noise and of samples that are no numbers.
func TestBalances(t *testing.T) {
	plant := newCartPole(3)
	b, err := newBalancer()
	if err != nil {
		t.Fatal(err)
	}
	for range 20_000 {
		plant.move(b.update(plant.sense()))
	}
	if math.Abs(plant.angle) > 0.01 || math.Abs(plant.position) > 0.05 || plant.worst > 0.2 || b.rejected() == 0 {
		t.Errorf("after 20 s: %+v, %d rejected", plant, b.rejected())
	}
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	var r result
	// A busy machine may keep the loop from running for all of a short time.
	for d := 100 * time.Millisecond; r.Periods == 0 && d < time.Minute; d *= 4 {
		out.Reset()
		if err := run(&out, d, true); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			t.Fatalf("%s, %v", out.Bytes(), err)
		}
	}
	if r.Periods == 0 || math.IsNaN(r.WorstRad) {
		t.Errorf("%s", out.Bytes())
	}
	if err := run(&out, 0, false); err == nil {
		t.Error("no time to balance in")
	}
}
