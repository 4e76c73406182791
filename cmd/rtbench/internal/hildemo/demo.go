package hildemo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
	"github.com/memkit-go/memkit/hil/recording"
	"github.com/memkit-go/memkit/hil/response"
	"github.com/memkit-go/memkit/rt"
)

// Config describes a demonstration. The zero value is the whole one.
type Config struct {
	// Device is the firmware; empty means Auto.
	Device Device
	// Seed is for the faults.
	Seed uint64
	// Paced is how long the run by the wall clock takes; 0 means 3 s.
	Paced time.Duration
	// Rounds of the comparison with a hand-written loop; 0 means 20.
	Rounds int
	// Progress, when not nil, is told what comes next.
	Progress func(text string)
}

// String names the device.
func (c Config) String() string { return "demonstration with device " + string(c.Device) }

// Result is what rtbench hil prints.
type Result struct {
	// Device is the firmware that was driven.
	Device Device `json:"device"`
	Seed   uint64 `json:"seed"`
	// Steps and Hash are of the run in lock-step without faults.
	Steps int64  `json:"steps"`
	Hash  string `json:"hash"`
	// Misses are of the run by the wall clock, whose times follow.
	Misses    hil.Misses `json:"misses"`
	Wake      Times      `json:"wake"`
	RoundTrip Times      `json:"round_trip"`
	Own       Times      `json:"own"`
	Cost      *Cost      `json:"cost"`
	Verdicts  []Verdict  `json:"verdicts"`
	// Scenarios have the recordings, for a page.
	Scenarios []Scenario `json:"-"`
}

// Times are of a run, in ns.
type Times struct {
	N   uint64 `json:"n"`
	P50 int64  `json:"p50"`
	P99 int64  `json:"p99"`
	Max int64  `json:"max"`
}

func timesOf(t *hil.Times) Times {
	return Times{t.N(), int64(t.Quantile(0.5)), int64(t.Quantile(0.99)), int64(t.Max())}
}

// Verdict is one of a scenario. The demonstration shows failures too, so each has an
// outcome that is expected.
type Verdict struct {
	Scenario string `json:"scenario"`
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	Outcome  string `json:"outcome"`
	Expected string `json:"expected"`
	Why      string `json:"why,omitempty"`
}

// AsExpected says that the outcome is the expected one.
func (v Verdict) AsExpected() bool { return v.Outcome == v.Expected }

// Scenario is a run for the page.
type Scenario struct {
	Name, Words string
	Result      *hil.Result
	Response    *response.Response
}

// AsExpected says that every verdict is the expected one.
func (r *Result) AsExpected() bool {
	for _, v := range r.Verdicts {
		if !v.AsExpected() {
			return false
		}
	}
	return len(r.Verdicts) > 0
}

// demo is a demonstration that runs.
type demo struct {
	Config
	ctx    context.Context
	result *Result
	// plain and faulty are the hashes in lock-step.
	plain, faulty uint64
}

const steps = 2000

// Run does the demonstration. It ends with the context. The error is what kept it from
// being done; a verdict that is not the expected one is none.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.Device == "" {
		c.Device = Auto
	}
	if c.Device != Auto && c.Device != QEMU && c.Device != Host {
		return nil, fmt.Errorf("hildemo: device %q: there are auto, qemu and host", c.Device)
	}
	if c.Paced == 0 {
		c.Paced = 3 * time.Second
	}
	if c.Rounds < 0 {
		return nil, fmt.Errorf("hildemo: Config.Rounds %d: must not be negative; 0 means %d", c.Rounds, defaultRounds)
	}
	if c.Rounds == 0 {
		c.Rounds = defaultRounds
	}
	d := &demo{Config: c, ctx: ctx, result: &Result{Seed: c.Seed}}
	for _, part := range []struct {
		words string
		run   func() error
	}{
		{"a step of the set point, in lock-step", d.lockStep},
		{"the same with faults, twice", d.faults},
		{"firmware that falls silent", d.stall},
		{"a motor whose leads are swapped", d.unstable},
		{"the step by the wall clock", d.paced},
		{"the cost of a step", d.cost},
	} {
		if c.Progress != nil {
			c.Progress(part.words)
		}
		if err := part.run(); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return d.result, nil
}

// evaluate runs a scenario on a device of its own. The verdicts that are expected to fail
// are named.
func (d *demo) evaluate(words string, s hil.Scenario, change func(c *hil.Config), wrap func(hil.Link) hil.Link, expected map[string]hil.Outcome) (*hil.Report, error) {
	s.Rig = func() (hil.Config, error) {
		dut, kind, err := d.Device.open(d.ctx)
		if err != nil {
			return hil.Config{}, err
		}
		d.result.Device = kind
		c, err := motorRig(dut, wrap)
		if err != nil {
			return c, errors.Join(err, dut.Close())
		}
		if change != nil {
			change(&c)
		}
		return c, nil
	}
	r, err := s.Evaluate(d.ctx)
	if err != nil {
		return nil, err
	}
	for _, v := range r.Verdicts {
		d.result.Verdicts = append(d.result.Verdicts, Verdict{s.Name, v.ID, v.Name, v.Outcome.String(), expected[v.Name].String(), v.Why})
	}
	if words != "" {
		shown := Scenario{Name: s.Name, Words: words, Result: r.Result}
		if r.Result.Recording != nil && r.Result.Steps == s.Steps && s.Faults == nil {
			if m, err := measureStep(r.Result); err == nil {
				shown.Response = &m
			}
		}
		d.result.Scenarios = append(d.result.Scenarios, shown)
	}
	return r, nil
}

// measureStep measures the answer to the step of the set point.
func measureStep(r *hil.Result) (response.Response, error) {
	return response.Measure(response.Config{Period: time.Second / rate, To: target}, r.Recording.Signal("speed")[stepAt:])
}

// responseCheck is a requirement of the step response.
func responseCheck(id, name string, holds func(m response.Response) bool) hil.Check {
	return hil.Check{ID: id, Name: name, Judge: func(r *hil.Result) error {
		m, err := measureStep(r)
		if err != nil {
			return err
		}
		if !holds(m) {
			return failed("%v", m)
		}
		return nil
	}}
}

func (d *demo) lockStep() error {
	r, err := d.evaluate("Simulated time waits for the firmware.", hil.Scenario{
		Name: "step", Stimulus: hil.Stimulus{Steps: steps, Setpoints: stepTarget},
		Checks: []hil.Check{
			hil.NoMisses("MOT-1"),
			responseCheck("MOT-2", "overshoot at most 25%", func(m response.Response) bool { return m.Overshoot <= 0.25 }),
			responseCheck("MOT-3", "settled within 500 ms", func(m response.Response) bool { return m.Settling >= 0 && m.Settling <= 500*time.Millisecond }),
			responseCheck("MOT-4", "final speed within 0.5%", func(m response.Response) bool { return m.Final > 0.995*target && m.Final < 1.005*target }),
		},
	}, nil, nil, nil)
	if err != nil {
		return err
	}
	d.plain = r.Result.Hash
	d.result.Steps, d.result.Hash = r.Result.Steps, fmt.Sprintf("%016x", r.Result.Hash)
	return nil
}

// plan is the faults of the second scenario.
func plan() (*fault.Plan, error) {
	return fault.NewPlan(
		fault.Fault{Kind: fault.Drop, From: 300, For: 200, Chance: 0.3},
		fault.Fault{Kind: fault.Bias, Target: "speed", From: 600, For: 150, Value: 10},
		fault.Fault{Kind: fault.Corrupt, From: 850, For: 100, Chance: 0.2, Direction: fault.FromDevice},
		fault.Fault{Kind: fault.Pause, From: 1000, For: 50},
		fault.Fault{Kind: fault.Reset, From: 1150},
		fault.Fault{Kind: fault.Dead, Target: "voltage", From: 1250, For: 40},
		fault.Fault{Kind: fault.Noise, Target: "speed", From: 1400, For: 100, Value: 1},
	)
}

func (d *demo) faults() error {
	one := func(words string, speed float64) (uint64, error) {
		p, err := plan()
		if err != nil {
			return 0, err
		}
		name := "faults"
		if words == "" {
			name = "faults, once more at four times the speed of real time"
		}
		r, err := d.evaluate(words, hil.Scenario{
			Name: name, Stimulus: hil.Stimulus{Steps: steps, Setpoints: stepTarget, Faults: p, Seed: d.Seed},
			Checks: []hil.Check{
				{ID: "MOT-5", Name: "recovers when the faults are undone", Judge: func(r *hil.Result) error {
					for i, v := range r.Recording.Signal("speed")[steps-200:] {
						if v < 0.98*target || v > 1.02*target {
							return failed("%.1f rad/s in step %d", v, steps-200+i)
						}
					}
					return nil
				}},
				{ID: "MOT-6", Name: "voltage within its hard limits", Judge: func(r *hil.Result) error {
					for i, v := range r.Recording.Signal("voltage") {
						if !(v >= -voltage && v <= voltage) {
							return failed("%v V in step %d", v, i)
						}
					}
					return nil
				}},
				{ID: "MOT-7", Name: "the same hash at any speed", Judge: func(r *hil.Result) error {
					if d.faulty != 0 && r.Hash != d.faulty {
						return failed("%016x, before %016x", r.Hash, d.faulty)
					}
					return nil
				}},
			},
		}, func(c *hil.Config) {
			c.Speed = speed
			c.Loop.Mode = rt.Auto
		}, nil, nil)
		if err != nil {
			return 0, err
		}
		return r.Result.Hash, nil
	}
	var err error
	if d.faulty, err = one("Lost and damaged frames, a biased and a noisy sensor, a paused and a reset device, a dead actuator; each is undone.", 0); err != nil {
		return err
	}
	_, err = one("", 4)
	return err
}

// stall shows the verdict for firmware that never answers again.
func (d *demo) stall() error {
	_, err := d.evaluate("From step 300 on the firmware answers nothing; the watchdog names the channel.", hil.Scenario{
		Name: "silent firmware", Stimulus: hil.Stimulus{Steps: steps, Setpoints: stepTarget},
	}, func(c *hil.Config) { c.Watchdog = time.Second },
		func(l hil.Link) hil.Link { return silent{l} }, map[string]hil.Outcome{"stalled": hil.Fail})
	return err
}

// unstable shows the verdict for a loop that diverges.
func (d *demo) unstable() error {
	_, err := d.evaluate("The leads are swapped, so the loop's feedback is positive; it trips at 300 rad/s.", hil.Scenario{
		Name: "swapped leads", Stimulus: hil.Stimulus{Steps: steps, Setpoints: stepTarget},
	}, func(c *hil.Config) {
		motor, err := newMotor()
		if err == nil {
			c.Plant = wrongWay{motor}
		}
		c.Sensors[0].Trip = 300
	}, nil, map[string]hil.Outcome{"unstable": hil.Fail})
	return err
}

// paced runs by the wall clock. Misses are counted and decide no verdict, because a loaded
// machine causes them too. A run without misses must have the hash of the run in lock-step,
// and a run with misses must replay.
func (d *demo) paced() error {
	n := int64(d.Paced.Seconds() * rate)
	if n < 2*stepAt {
		return fmt.Errorf("hildemo: a paced run of %v: must be at least %v", d.Paced, 2*stepAt*time.Second/rate)
	}
	var recorded *recording.Recording
	r, err := d.evaluate("A step each millisecond; a miss is the rig's where it left the device less than its time.", hil.Scenario{
		Name: "paced", Stimulus: hil.Stimulus{Steps: n, Setpoints: stepTarget},
	}, func(c *hil.Config) {
		c.Mode, c.Loop.Mode = hil.Paced, rt.Auto
		c.Record = int(n)
	}, nil, nil)
	if err != nil {
		return err
	}
	recorded = r.Result.Recording
	res := r.Result
	d.result.Misses, d.result.Wake, d.result.RoundTrip, d.result.Own = res.Misses, timesOf(&res.Wake), timesOf(&res.RoundTrip), timesOf(&res.Own)
	if res.End != nil {
		return nil // it is a verdict
	}
	if res.Misses == (hil.Misses{}) {
		_, err = d.evaluate("", hil.Scenario{
			Name: "paced without a miss", Stimulus: hil.Stimulus{Steps: n, Setpoints: stepTarget},
			Checks: []hil.Check{{ID: "MOT-8", Name: "the same hash in lock-step", Judge: func(r *hil.Result) error {
				if r.Hash != res.Hash {
					return failed("%016x, paced %016x", r.Hash, res.Hash)
				}
				return nil
			}}},
		}, nil, nil, nil)
		return err
	}
	_, err = d.evaluate("", hil.Scenario{
		Name: "paced, replayed from its inputs", Stimulus: hil.Stimulus{Steps: n, Setpoints: stepTarget, Replay: recorded},
	}, nil, nil, nil)
	return err
}

func (d *demo) cost() (err error) {
	d.result.Cost, err = measureCost(d.ctx, d.Rounds)
	return err
}
