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
	if err := run(&out, 100*time.Millisecond, true); err != nil {
		t.Fatal(err)
	}
	var r result
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Periods == 0 || math.IsNaN(r.WorstRad) {
		t.Errorf("%s, %v", out.Bytes(), err)
	}
	if err := run(&out, 0, false); err == nil {
		t.Error("no time to balance in")
	}
}
