package hildemo

import (
	"context"
	"math"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/rt/control"
)

// Cost compares a step of a rig in lock-step, without recording, with a hand-written loop
// over the same plant, PID, limits and hash. Times are in ns, of the fastest round: other
// programs only add to them.
type Cost struct {
	Rig         float64 `json:"rig"`
	Hand        float64 `json:"hand"`
	Ratio       float64 `json:"ratio"`
	StepsPerSec float64 `json:"steps_per_s"`
	// SameHash says that both computed the same, bit by bit.
	SameHash bool `json:"same_hash"`
}

const (
	costSteps     = 100_000
	defaultRounds = 20
)

func newPID() (*control.PID, error) {
	return control.NewPID(control.PIDConfig{Gains: control.Gains{P: 0.1, I: 2.5}, Period: time.Second / rate, Min: -voltage, Max: voltage})
}

// measureCost runs both in turn.
func measureCost(ctx context.Context, rounds int) (*Cost, error) {
	pid, err := newPID()
	if err != nil {
		return nil, err
	}
	l, err := link.NewController(link.ControllerConfig{
		Sends: 2, Receives: 1, Reset: pid.Reset,
		Step: func(in, out []float64) { out[0] = pid.Update(in[1], in[0]) },
	})
	if err != nil {
		return nil, err
	}
	c, err := motorRig(l, nil)
	if err != nil {
		return nil, err
	}
	c.Connections[0].Codec = nil
	rig, err := hil.New(c)
	if err != nil {
		return nil, err
	}
	defer rig.Close()
	cost := &Cost{Rig: math.Inf(1), Hand: math.Inf(1), SameHash: true}
	for range rounds {
		begun := time.Now()
		res, err := rig.Run(ctx, hil.Stimulus{Steps: costSteps, Setpoints: func(_ hil.Tick, v []float64) { v[0] = target }})
		cost.Rig = min(cost.Rig, float64(time.Since(begun))/costSteps)
		if err != nil {
			return nil, err
		}
		if res.End != nil {
			return nil, res.End
		}
		begun = time.Now()
		hash, err := handWritten(costSteps)
		cost.Hand = min(cost.Hand, float64(time.Since(begun))/costSteps)
		if err != nil {
			return nil, err
		}
		cost.SameHash = cost.SameHash && hash == res.Hash
	}
	cost.Ratio, cost.StepsPerSec = cost.Rig/cost.Hand, 1e9/cost.Rig
	return cost, nil
}

// handWritten is the loop that a program without a framework has.
func handWritten(steps int64) (hash uint64, err error) {
	motor, err := newMotor()
	if err != nil {
		return 0, err
	}
	pid, err := newPID()
	if err != nil {
		return 0, err
	}
	hash = 0xcbf29ce484222325 // FNV-1a
	enter := func(v float64) {
		b := math.Float64bits(v)
		for range 8 {
			hash = (hash ^ b&0xff) * 0x100000001b3
			b >>= 8
		}
	}
	var u, y [1]float64
	t := hil.Tick{Period: int64(time.Second) / rate}
	for i := range steps {
		t.Step, t.Time = i, i*t.Period
		u[0] = max(-voltage, min(voltage, pid.Update(target, y[0])))
		if err := motor.Step(t, u[:], y[:]); err != nil {
			return 0, err
		}
		enter(u[0])
		enter(y[0])
	}
	return hash, nil
}
