package hil_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/link"
)

// tank is a plant of one state: what flows in stays.
type tank struct{ level float64 }

func (p *tank) Step(t hil.Tick, u, y []float64) error {
	p.level += u[0] * float64(t.Period) / 1e9
	y[0] = p.level
	return nil
}
func (p *tank) Save(b []byte) []byte { return hil.AppendFloats(b, p.level) }
func (p *tank) Restore(b []byte) (err error) {
	_, err = hil.TakeFloats(b, &p.level)
	return err
}

// A controller in the same process fills a tank.
func ExampleRig() {
	device, err := link.NewController(link.ControllerConfig{
		Sends: 2, Receives: 1,
		Step: func(in, out []float64) { out[0] = 4 * (in[1] - in[0]) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	rig, err := hil.New(hil.Config{
		Rate:        1000,
		Plant:       &tank{},
		Sensors:     []hil.Channel{{Name: "level", Unit: "m³"}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "m³"}},
		Actuators:   []hil.Channel{{Name: "inflow", Unit: "m³/s", Min: 0, Max: 1}},
		Connections: []hil.Connection{{Name: "controller", Link: device, Control: device}},
		Record:      2000,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rig.Close()
	result, err := rig.Run(context.Background(), hil.Stimulus{
		Steps:     2000,
		Setpoints: func(_ hil.Tick, values []float64) { values[0] = 0.5 },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	level := result.Recording.Signal("level")
	fmt.Printf("after 1 s: %.3f m³\n", level[1000])
	fmt.Println(result.Steps, "steps, misses:", result.Misses)
	// Output:
	// after 1 s: 0.488 m³
	// 2000 steps, misses: 0 of the rig, 0 of the device
}

// A test of yours: a requirement is a check.
func ExampleTest() {
	_ = func(t *testing.T) { // TestTank
		hil.Test(t, hil.Scenario{
			Rig: func() (hil.Config, error) {
				device, err := link.NewController(link.ControllerConfig{
					Sends: 2, Receives: 1,
					Step: func(in, out []float64) { out[0] = 4 * (in[1] - in[0]) },
				})
				return hil.Config{
					Rate:        1000,
					Plant:       &tank{},
					Sensors:     []hil.Channel{{Name: "level", Unit: "m³"}},
					Setpoints:   []hil.Channel{{Name: "target", Unit: "m³"}},
					Actuators:   []hil.Channel{{Name: "inflow", Unit: "m³/s", Max: 1}},
					Connections: []hil.Connection{{Name: "controller", Link: device, Control: device}},
				}, err
			},
			Stimulus: hil.Stimulus{Steps: 5000, Setpoints: func(_ hil.Tick, v []float64) { v[0] = 0.5 }},
			Checks: []hil.Check{
				hil.NoMisses("TANK-1"),
				{ID: "TANK-2", Name: "no overflow", Judge: func(r *hil.Result) error {
					if top := slices.Max(r.Recording.Signal("level")); top > 0.55 {
						return fmt.Errorf("%.2f m³, of 0.55 allowed", top)
					}
					return nil
				}},
			},
		})
	}
}
