// Command hil-cartpole-mujoco balances a pole on a cart that MuJoCo simulates, in
// lock-step, while the controller's link and sensors have faults; then it does the same
// again and compares. It needs MuJoCo:
//
//	apt-get install libmujoco-dev
//	go run -tags mujoco ./examples/hil-cartpole-mujoco
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/mujoco"
)

//go:embed cartpole.xml
var model []byte

func main() {
	seed := flag.Uint64("seed", 1, "of the faults' random numbers")
	flag.Parse()
	if err := run(os.Stdout, *seed); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	rate  = 1000 // steps in a second
	steps = 5 * rate
)

func run(out io.Writer, seed uint64) (err error) {
	engine, err := mujoco.Open(mujoco.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	plant, err := engine.Load(mujoco.PlantConfig{XML: model, Keyframe: "tilted"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plant.Close()) }()
	rig, err := newRig(plant)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rig.Close()) }()

	first, err := play(rig, seed)
	if err != nil {
		return err
	}
	report(out, first)
	hash := first.Hash
	allocations := engine.Stats().Allocations
	again, err := play(rig, seed)
	switch {
	case err != nil:
		return err
	case again.Hash != hash:
		return fmt.Errorf("the runs differ: %016x and %016x", hash, again.Hash)
	case engine.Stats().Allocations != allocations:
		return errors.New("MuJoCo allocated in the run")
	}
	fmt.Fprintf(out, "again: the same hash, %016x; %v\n", hash, engine.Stats())
	return nil
}

// newRig connects the plant to a controller in this process.
func newRig(plant *mujoco.Plant) (*hil.Rig, error) {
	device, err := link.NewController(link.ControllerConfig{Sends: 4, Receives: 1, Step: balance})
	if err != nil {
		return nil, err
	}
	return hil.New(hil.Config{
		Name: "cart-pole", Rate: rate,
		Plant: plant, Sensors: plant.Sensors(), Actuators: plant.Actuators(),
		Connections: []hil.Connection{{Name: "controller", Link: device, Control: device}},
		Record:      steps,
	})
}

// balance is the controller: a force for the cart's position and velocity, and the
// pole's angle and rate.
func balance(in, out []float64) {
	out[0] = in[0] + 2*in[1] + 40*in[2] + 6*in[3]
}

// play runs the scenario: the controller's device stands still, its link loses frames,
// its angle sensor is wrong, one after the other.
func play(rig *hil.Rig, seed uint64) (*hil.Result, error) {
	plan, err := fault.NewPlan(
		fault.Fault{Kind: fault.Pause, Target: "controller", From: 1 * rate, For: 40},
		fault.Fault{Kind: fault.Drop, Target: "controller", From: 2 * rate, For: rate / 2, Chance: 0.3},
		fault.Fault{Kind: fault.Bias, Target: "angle", From: 3 * rate, For: rate / 2, Value: 0.02},
	)
	if err != nil {
		return nil, err
	}
	result, err := rig.Run(context.Background(), hil.Stimulus{Steps: steps, Faults: plan, Seed: seed})
	if err != nil {
		return nil, err
	}
	return result, result.End
}

// report prints how far the pole went in each second.
func report(out io.Writer, r *hil.Result) {
	angle := r.Recording.Signal("angle")
	for i, what := range []string{"from 0.05 rad", "a pause of 40 ms", "30% of the frames lost", "the angle 0.02 rad wrong", "no fault"} {
		worst := 0.0
		for _, v := range angle[i*rate : (i+1)*rate] {
			worst = math.Max(worst, math.Abs(v))
		}
		fmt.Fprintf(out, "%d s: the pole within %.3f rad (%s)\n", i, worst, what)
	}
	fmt.Fprintf(out, "%d steps, misses: %v\n", r.Steps, r.Misses)
}
