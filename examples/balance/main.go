// Command balance keeps a pole upright on a cart: a loop of 1 kHz that reads an angle and
// a position, filters, and pushes the cart.
//
//	go run ./examples/balance --seconds 5
//	go run ./examples/balance --seconds 5 --json
//
// Cart and pole are simulated, with the full equations of motion and a sensor that is
// noisy and now and then says NaN.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/memkit-go/memkit/rt"
)

func main() {
	seconds := flag.Float64("seconds", 5, "how long to balance")
	asJSON := flag.Bool("json", false, "print the result as JSON")
	flag.Parse()
	if err := run(os.Stdout, time.Duration(*seconds*float64(time.Second)), *asJSON); err != nil {
		log.Fatal(err)
	}
}

const period = time.Millisecond

// result is what a run measured.
type result struct {
	Mode      string  `json:"mode"`
	Periods   int64   `json:"periods"`
	Skipped   int64   `json:"skipped"`
	LatencyNs int64   `json:"max_latency_ns"`
	WorstRad  float64 `json:"worst_rad"`
	EndM      float64 `json:"end_m"`
	Rejected  uint64  `json:"rejected_samples"`
}

// run balances for a time.
func run(out io.Writer, d time.Duration, asJSON bool) error {
	if d < period || d > 24*time.Hour {
		return fmt.Errorf("--seconds %v: give a millisecond to a day", d.Seconds())
	}
	// Without privileges the loop runs all the same: Auto says what it was granted.
	if p, err := rt.Setup(rt.ProcessConfig{}); err == nil {
		defer p.Close()
	}
	loop, err := rt.NewLoop(rt.LoopConfig{Name: "balance", Period: period, Mode: rt.Auto})
	if err != nil {
		return err
	}
	plant := newCartPole(1)
	balancer, err := newBalancer()
	if err != nil {
		return err
	}
	periods := int64(d / period)
	err = loop.Run(context.Background(), func(t *rt.Tick) error {
		for range t.Skipped { // the plant does not wait
			plant.move(balancer.force)
		}
		plant.move(balancer.update(plant.sense()))
		if t.Index >= periods {
			return rt.ErrStop
		}
		return nil
	})
	if err != nil {
		return err
	}
	s := loop.Stats()
	r := result{loop.Granted().Mode.String(), s.Ticks, s.Skipped, s.MaxLatency, plant.worst, plant.position, balancer.rejected()}
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	_, err = fmt.Fprintf(out, "%d periods (%s), %d skipped, woken up to %v late; the pole was up to %.3f rad from upright, the cart ends at %.3f m; %d samples were no numbers\n",
		r.Periods, r.Mode, r.Skipped, time.Duration(r.LatencyNs), r.WorstRad, r.EndM, r.Rejected)
	return err
}
