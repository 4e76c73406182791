package fault_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/fault"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/recording"
)

// ramp is a plant whose output is the time in ms, whatever its input.
type ramp struct{ ms float64 }

func (p *ramp) Step(t hil.Tick, _, y []float64) error {
	p.ms += float64(t.Period) / 1e6
	y[0] = p.ms
	return nil
}
func (p *ramp) Save(b []byte) []byte { return hil.AppendFloats(b, p.ms) }
func (p *ramp) Restore(b []byte) error {
	_, err := hil.TakeFloats(b, &p.ms)
	return err
}

// bench is a rig whose device answers with what it sees, and counts what it does.
type bench struct {
	rig    *hil.Rig
	device *device
}

type device struct {
	*link.Function
	got            []float64 // what it saw
	resets, paused int
	refused        int
	fail           error
}

func (d *device) Reset() error {
	d.resets++
	return errors.Join(d.fail, d.Function.Reset())
}

func (d *device) Pause(on bool) error {
	if on {
		d.paused++
	}
	return errors.Join(d.fail, d.Function.Pause(on))
}

func newBench(t *testing.T, change func(*hil.Config)) *bench {
	t.Helper()
	d := &device{}
	in := make([]float64, 1)
	var err error
	d.Function, err = link.NewFunction(link.FunctionConfig{Answer: func(frame, answer []byte) int {
		s, err := hil.Floats{}.Decode(frame, in)
		if err != nil {
			d.refused++
			return 0
		}
		if s != 0 {
			d.got = append(d.got, in[0])
		}
		return hil.Floats{}.Encode(answer, s, in)
	}})
	if err != nil {
		t.Fatal(err)
	}
	c := hil.Config{
		Rate: 1000, Plant: &ramp{}, Record: 1 << 16,
		Sensors:     []hil.Channel{{Name: "y", Unit: "1"}},
		Actuators:   []hil.Channel{{Name: "u", Unit: "1"}},
		Connections: []hil.Connection{{Name: "dut", Link: d, Control: d}},
	}
	if change != nil {
		change(&c)
	}
	r, err := hil.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{r, d}
}

func plan(t testing.TB, faults ...fault.Fault) *fault.Plan {
	t.Helper()
	p, err := fault.NewPlan(faults...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *bench) run(t *testing.T, steps int64, faults hil.Faults) *hil.Result {
	t.Helper()
	b.device.got, b.device.refused = nil, 0
	res, err := b.rig.Run(context.Background(), hil.Stimulus{Steps: steps, Faults: faults, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	if res.End != nil {
		t.Fatal(res.End)
	}
	return res
}

// On the ramp a value says which step it is of. Each case gives what the sensor shows,
// or the actuator gets, in a step while the fault is active, from step 10 to step 19.
func TestChannelFaults(t *testing.T) {
	for _, c := range []struct {
		fault fault.Fault
		want  func(step float64) float64
	}{
		{fault.Fault{Kind: fault.Stuck, Target: "y"}, func(float64) float64 { return 10 }},
		{fault.Fault{Kind: fault.Bias, Target: "y", Value: -2.5}, func(s float64) float64 { return s - 2.5 }},
		{fault.Fault{Kind: fault.Drift, Target: "y", Value: 500}, func(s float64) float64 { return s + 0.5*(s-10) }},
		{fault.Fault{Kind: fault.Quantise, Target: "y", Value: 4}, func(s float64) float64 { return math.Round(s/4) * 4 }},
		{fault.Fault{Kind: fault.NaN, Target: "y"}, func(float64) float64 { return math.NaN() }},
		{fault.Fault{Kind: fault.Stale, Target: "y", Value: 3}, func(s float64) float64 { return s - 3 }},
		{fault.Fault{Kind: fault.Stale, Target: "y", Value: 50}, func(float64) float64 { return 0 }},
		{fault.Fault{Kind: fault.Stuck, Target: "u"}, func(float64) float64 { return 10 }},
		{fault.Fault{Kind: fault.Bias, Target: "u", Value: 1}, func(s float64) float64 { return s + 1 }},
		{fault.Fault{Kind: fault.Saturate, Target: "u", Value: 12}, func(s float64) float64 { return min(s, 12) }},
		{fault.Fault{Kind: fault.RateLimit, Target: "u", Value: 250}, func(s float64) float64 { return 9 + 0.25*(s-9) }},
		{fault.Fault{Kind: fault.DeadBand, Target: "u", Value: 15}, func(s float64) float64 {
			if s < 15 {
				return 0
			}
			return s
		}},
		{fault.Fault{Kind: fault.Dead, Target: "u"}, func(float64) float64 { return 0 }},
	} {
		b := newBench(t, nil)
		c.fault.From, c.fault.For = 10, 10
		res := b.run(t, 40, plan(t, c.fault))
		column := c.fault.Target
		if column == "y" {
			column = "y.seen"
		}
		for step, got := range res.Recording.Signal(column) {
			want := float64(step)
			if step >= 10 && step < 20 {
				want = c.want(float64(step))
			}
			if got != want && !(math.IsNaN(want) && math.IsNaN(got)) {
				t.Errorf("%v: step %d has %v, want %v", c.fault, step, got, want)
			}
		}
		wantEvents(t, res.Recording, c.fault, 10, 20)
	}
}

func wantEvents(t *testing.T, r *recording.Recording, f fault.Fault, from, to int64) {
	t.Helper()
	want := []recording.Event{{Step: from, Kind: "fault", Text: f.String()}, {Step: to, Kind: "undo", Text: f.String()}}
	got := slices.DeleteFunc(slices.Clone(r.Events()), func(e recording.Event) bool { return e.Kind != "fault" && e.Kind != "undo" })
	if !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

// The noise has the standard deviation that it is said to have, and is normal.
func TestNoise(t *testing.T) {
	b := newBench(t, nil)
	const steps = 20_000
	res := b.run(t, steps, plan(t, fault.Fault{Kind: fault.Noise, Target: "y", Value: 2}))
	var sum, squares, fourth float64
	for step, v := range res.Recording.Signal("y.seen") {
		e := (v - float64(step)) / 2
		sum, squares, fourth = sum+e, squares+e*e, fourth+e*e*e*e
	}
	if mean, variance, kurtosis := sum/steps, squares/steps, fourth/steps; math.Abs(mean) > 0.03 || math.Abs(variance-1) > 0.05 || math.Abs(kurtosis-3) > 0.3 {
		t.Errorf("mean %v, variance %v, fourth moment %v; want 0, 1, 3", mean, variance, kurtosis)
	}
}

// The faults of links, each with the frames that the device then gets, the commands that
// the rig then has, and the counts.
func TestLinkFaults(t *testing.T) {
	step := func(i int) float64 { return float64(i) }
	for _, c := range []struct {
		name    string
		fault   fault.Fault
		device  func(step int) float64 // sees in the step; NaN is nothing
		command func(step int) float64
		counts  hil.Counts
	}{
		{"latency to the device", fault.Fault{Kind: fault.Latency, Value: 3, Direction: fault.ToDevice},
			nil, func(i int) float64 {
				if i < 13 {
					return 9
				}
				return float64(i - 3)
			}, hil.Counts{Answered: 30, Late: 8, Old: 2, Missed: 10}},
		{"latency from the device", fault.Fault{Kind: fault.Latency, Value: 3, Direction: fault.FromDevice},
			step, func(i int) float64 {
				if i < 13 {
					return 9
				}
				return float64(i - 3)
			}, hil.Counts{Answered: 30, Late: 8, Old: 2, Missed: 10}},
		{"latency both ways", fault.Fault{Kind: fault.Latency, Value: 2},
			nil, func(i int) float64 {
				if i < 14 {
					return 9
				}
				return float64(i - 4)
			}, hil.Counts{Answered: 30, Late: 8, Old: 2, Missed: 10}},
		{"drop to the device", fault.Fault{Kind: fault.Drop, Direction: fault.ToDevice},
			func(int) float64 { return math.NaN() }, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10}},
		{"drop from the device", fault.Fault{Kind: fault.Drop, Direction: fault.FromDevice},
			step, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10}},
		{"duplicate from the device", fault.Fault{Kind: fault.Duplicate, Direction: fault.FromDevice},
			step, step, hil.Counts{Answered: 40, Old: 10}},
		{"reorder from the device", fault.Fault{Kind: fault.Reorder, Direction: fault.FromDevice},
			step, func(i int) float64 { // of two answers the second comes first
				if i%2 == 0 {
					return float64(i - 1)
				}
				return float64(i)
			}, hil.Counts{Answered: 35, Old: 5, Missed: 5}},
		{"corrupt to the device", fault.Fault{Kind: fault.Corrupt, Direction: fault.ToDevice},
			func(int) float64 { return math.NaN() }, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10}},
		{"corrupt from the device", fault.Fault{Kind: fault.Corrupt, Direction: fault.FromDevice},
			step, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10, Damaged: 10}},
		{"truncate from the device", fault.Fault{Kind: fault.Truncate, Direction: fault.FromDevice},
			step, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10, Damaged: 10}},
		{"truncate to the device", fault.Fault{Kind: fault.Truncate, Direction: fault.ToDevice},
			func(int) float64 { return math.NaN() }, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10}},
		{"disconnect", fault.Fault{Kind: fault.Disconnect},
			func(int) float64 { return math.NaN() }, func(int) float64 { return 9 }, hil.Counts{Answered: 30, Missed: 10}},
	} {
		b := newBench(t, nil)
		c.fault.From, c.fault.For = 10, 10
		res := b.run(t, 40, plan(t, c.fault))
		for i, got := range res.Recording.Signal("u.command") {
			want := float64(i)
			if i >= 10 && i < 20 {
				want = c.command(i)
			}
			if got != want {
				t.Errorf("%s: step %d has the command %v, want %v", c.name, i, got, want)
			}
		}
		if c.device != nil {
			var want []float64
			for i := range 40 {
				v := float64(i)
				if i >= 10 && i < 20 {
					v = c.device(i)
				}
				if !math.IsNaN(v) {
					want = append(want, v)
				}
			}
			if !slices.Equal(b.device.got, want) {
				t.Errorf("%s: the device sees %v, want %v", c.name, b.device.got, want)
			}
		}
		c.counts.Connection, c.counts.Sent = "dut", 40
		if got := res.Connections[0]; got != c.counts {
			t.Errorf("%s: %v, want %v", c.name, got, c.counts)
		}
		wantEvents(t, res.Recording, c.fault, 10, 20)
	}
}

// Duplicates and reordered frames towards the device.
func TestFramesTowardsTheDevice(t *testing.T) {
	b := newBench(t, nil)
	b.run(t, 8, plan(t, fault.Fault{Kind: fault.Duplicate, Direction: fault.ToDevice, From: 3, For: 2}))
	if want := []float64{0, 1, 2, 3, 3, 4, 4, 5, 6, 7}; !slices.Equal(b.device.got, want) {
		t.Errorf("with duplicates the device sees %v, want %v", b.device.got, want)
	}
	b.run(t, 8, plan(t, fault.Fault{Kind: fault.Reorder, Direction: fault.ToDevice, From: 3, For: 1}))
	if want := []float64{0, 1, 2, 4, 3, 5, 6, 7}; !slices.Equal(b.device.got, want) {
		t.Errorf("with a reordered frame the device sees %v, want %v", b.device.got, want)
	}
	res := b.run(t, 4000, plan(t, fault.Fault{Kind: fault.Corrupt, Direction: fault.ToDevice, From: 1000, For: 2000, Chance: 0.25}))
	if n := b.device.refused; n < 430 || n > 570 {
		t.Errorf("%d of 2,000 frames were damaged, want a quarter", n)
	}
	frames := 0
	for _, e := range res.Recording.Events() {
		if e.Kind == "frame" {
			frames++
		}
	}
	if frames != b.device.refused {
		t.Errorf("%d frames are in the recording, %d were damaged", frames, b.device.refused)
	}
}

// Jitter delays by each number of steps up to its size, and by no more.
func TestJitter(t *testing.T) {
	b := newBench(t, nil)
	res := b.run(t, 3000, plan(t, fault.Fault{Kind: fault.Jitter, Value: 3, Direction: fault.FromDevice}))
	seen := map[float64]int{}
	for i, v := range res.Recording.Signal("u.command") {
		if i > 3 {
			seen[float64(i)-v]++
		}
	}
	if len(seen) < 4 || seen[0] < 500 || seen[3] == 0 {
		t.Errorf("ages of the commands in steps: %v", seen)
	}
	for age := range seen {
		if age < 0 || age > 3 {
			t.Errorf("a command is %v steps old", age)
		}
	}
}

// The faults of devices.
func TestDeviceFaults(t *testing.T) {
	b := newBench(t, nil)
	pause := fault.Fault{Kind: fault.Pause, From: 10, For: 10}
	res := b.run(t, 40, plan(t, pause))
	if len(b.device.got) != 30 || b.device.paused != 1 || res.Misses != (hil.Misses{Device: 10}) || res.Recording.Signal("u")[20] != 20 {
		t.Errorf("pause: %v, the device saw %v", res, b.device.got)
	}
	wantEvents(t, res.Recording, pause, 10, 20)

	resets := b.device.resets
	reset := fault.Fault{Kind: fault.Reset, From: 10, For: 5}
	res = b.run(t, 40, plan(t, reset))
	if got := b.device.resets - resets; got != 2 || len(b.device.got) != 35 || res.Misses.Device != 5 { // one is the run's own
		t.Errorf("reset: %d resets, %v, the device saw %v", got, res, b.device.got)
	}
	wantEvents(t, res.Recording, reset, 10, 15)

	resets = b.device.resets
	res = b.run(t, 40, plan(t, fault.Fault{Kind: fault.Reset, From: 10}))
	if got := b.device.resets - resets; got != 2 || len(b.device.got) != 40 || res.Misses.Device != 0 {
		t.Errorf("reset at once: %d resets, %v, the device saw %v", got, res, b.device.got)
	}

	// 10,000 ppm are a step in 100.
	res = b.run(t, 1001, plan(t, fault.Fault{Kind: fault.Clock, Value: -10_000}))
	if len(b.device.got) != 991 || res.Misses.Device != 10 {
		t.Errorf("slow clock: %v, the device did %d steps", res, len(b.device.got))
	}
	res = b.run(t, 1001, plan(t, fault.Fault{Kind: fault.Clock, Value: 10_000}))
	if len(b.device.got) != 1011 || res.Misses.Device != 0 {
		t.Errorf("fast clock: %v, the device did %d steps", res, len(b.device.got))
	}
}

// A run that ends, for whatever reason, leaves the device running.
func TestEndUndoesEverything(t *testing.T) {
	b := newBench(t, func(c *hil.Config) {
		c.Tasks = []hil.Task{{Every: 30, Offset: 20, Run: func(hil.Tick, hil.Values) error { return errors.New("stop here") }}}
	})
	p := plan(t, fault.Fault{Kind: fault.Pause, From: 10}, fault.Fault{Kind: fault.Bias, Target: "y", Value: 1})
	res, err := b.rig.Run(context.Background(), hil.Stimulus{Steps: 100, Faults: p})
	if err != nil || res.End == nil {
		t.Fatal(err, res)
	}
	var undone []string
	for _, e := range res.Recording.Events() {
		if e.Kind == "undo" {
			undone = append(undone, e.Text)
		}
	}
	if !slices.Equal(undone, []string{"pause", "bias 1 on y"}) {
		t.Errorf("undone: %v", undone)
	}
	if n, err := b.device.Receive(hil.Tick{}, make([]byte, hil.MaxFrame), 0); err != nil || n == 0 {
		t.Errorf("the device does not answer the safe values: %v", err)
	}
}

// After its undo no fault has left anything behind: the run ends as one without it.
func TestEachFaultIsUndone(t *testing.T) {
	clean := newBench(t, nil).run(t, 400, nil)
	want := clean.Recording.At(399)
	for kind := fault.Latency; kind <= fault.Clock; kind++ {
		f := fault.Fault{Kind: kind, From: 50, For: 100}
		switch kind {
		case fault.Latency, fault.Jitter, fault.Stale, fault.Bias, fault.Drift, fault.Noise, fault.Quantise, fault.Saturate, fault.RateLimit:
			f.Value = 3
		case fault.DeadBand:
			f.Value = 100
		case fault.Clock:
			f.Value = -50_000
		}
		if kind >= fault.Stuck && kind <= fault.Stale {
			f.Target = "y"
		}
		if kind >= fault.Saturate && kind <= fault.Dead {
			f.Target = "u"
		}
		b := newBench(t, nil)
		res := b.run(t, 400, plan(t, f))
		if got := res.Recording.At(399); !slices.Equal(got, want) {
			t.Errorf("%v: the last step has %v, want %v", f, got, want)
		}
		changed := false
		for i := 50; i < 150; i++ {
			changed = changed || !slices.Equal(res.Recording.At(i), clean.Recording.At(i))
		}
		if silentKind := kind == fault.Duplicate || kind == fault.Reset; !changed && !silentKind {
			t.Errorf("%v changed nothing", f)
		}
		wantEvents(t, res.Recording, f, 50, 150)
	}
}

// The seed decides what chance does, and nothing else: not the other faults of the plan,
// nor how often a run was done.
func TestSeeds(t *testing.T) {
	noisy := fault.Fault{Kind: fault.Noise, Target: "y", Value: 1, From: 5}
	drops := fault.Fault{Kind: fault.Drop, Chance: 0.3, From: 5}
	b := newBench(t, nil)
	p := plan(t, noisy, drops)
	run := func(seed uint64, p *fault.Plan) *hil.Result {
		res, err := b.rig.Run(context.Background(), hil.Stimulus{Steps: 500, Faults: p, Seed: seed})
		if err != nil || res.End != nil {
			t.Fatal(err, res)
		}
		return res
	}
	first := run(1, p)
	noise := first.Recording.Signal("y.seen")
	if again := run(1, p); again.Hash != first.Hash {
		t.Error("the same seed gives another hash")
	}
	if other := run(2, p); other.Hash == first.Hash {
		t.Error("another seed gives the same hash")
	}
	if alone := run(1, plan(t, noisy)).Recording.Signal("y.seen"); !slices.Equal(alone, noise) {
		t.Error("the noise depends on the other fault")
	}
}

// Undo ends a fault when a test wants it.
func TestUndo(t *testing.T) {
	p := plan(t, fault.Fault{Kind: fault.Bias, Target: "y", Value: 5, From: 3}, fault.Fault{Kind: fault.Bias, Target: "y", Value: 100, From: 30})
	b := newBench(t, func(c *hil.Config) {
		c.Tasks = []hil.Task{{Every: 1, Run: func(t hil.Tick, _ hil.Values) error {
			if t.Step == 10 {
				p.Undo(0)
				p.Undo(1)
			}
			return nil
		}}}
	})
	for range 2 { // a plan serves again
		seen := b.run(t, 50, p).Recording.Signal("y.seen")
		for i, v := range seen {
			want := float64(i)
			if i >= 3 && i <= 10 {
				want += 5
			}
			if v != want {
				t.Fatalf("step %d shows %v, want %v", i, v, want)
			}
		}
	}
}

// Faults act in the order of the plan.
func TestFaultsCompose(t *testing.T) {
	b := newBench(t, nil)
	bias := fault.Fault{Kind: fault.Bias, Target: "y", Value: 3}
	quantise := fault.Fault{Kind: fault.Quantise, Target: "y", Value: 10}
	one := b.run(t, 10, plan(t, bias, quantise)).Recording.Signal("y.seen")
	two := b.run(t, 10, plan(t, quantise, bias)).Recording.Signal("y.seen")
	if one[4] != 10 || two[4] != 3 {
		t.Errorf("step 4 shows %v and %v, want 10 and 3", one[4], two[4])
	}
}

// No fault gets past a hard limit.
func TestLimitsHoldAgainstFaults(t *testing.T) {
	b := newBench(t, func(c *hil.Config) {
		c.Actuators[0].Min, c.Actuators[0].Max, c.Actuators[0].Safe = -20, 20, 1
		c.Sensors[0].Min, c.Sensors[0].Max = 0, 50
	})
	res := b.run(t, 60, plan(t,
		fault.Fault{Kind: fault.Bias, Target: "u", Value: 1000, From: 10, For: 10},
		fault.Fault{Kind: fault.NaN, Target: "u", From: 20, For: 10},
		fault.Fault{Kind: fault.Bias, Target: "y", Value: 1e9, From: 30, For: 10},
	))
	u := res.Recording.Signal("u")
	if u[15] != 20 || u[25] != 1 || slices.Max(u) > 20 {
		t.Error(u)
	}
	if slices.Max(b.device.got) > 50 {
		t.Errorf("the device saw %v", slices.Max(b.device.got))
	}
}

func TestStepWithFaultsAllocatesNothing(t *testing.T) {
	p := plan(t,
		fault.Fault{Kind: fault.Latency, Value: 2, Chance: 0.5}, fault.Fault{Kind: fault.Duplicate, Chance: 0.5},
		fault.Fault{Kind: fault.Reorder, Chance: 0.5}, fault.Fault{Kind: fault.Corrupt, Chance: 0.5},
		fault.Fault{Kind: fault.Noise, Target: "y", Value: 1}, fault.Fault{Kind: fault.Stale, Target: "y", Value: 5},
		fault.Fault{Kind: fault.RateLimit, Target: "u", Value: 5},
	)
	b := newBench(t, nil)
	b.device.got = make([]float64, 0, 1<<20)
	n := int64(0)
	short, long := testing.AllocsPerRun(3, func() { b.allocate(t, 100, p, &n) }), testing.AllocsPerRun(3, func() { b.allocate(t, 10_100, p, &n) })
	if long > short {
		t.Errorf("%v allocations in a short run, %v in one of 10,000 steps more", short, long)
	}
}

func (b *bench) allocate(t *testing.T, steps int64, p *fault.Plan, n *int64) {
	b.device.got = b.device.got[:0]
	res, err := b.rig.Run(context.Background(), hil.Stimulus{Steps: steps, Faults: p})
	if err != nil || res.End != nil {
		t.Fatal(err, res)
	}
	*n += res.Steps
}

func TestFaultsAreRefused(t *testing.T) {
	for want, f := range map[string]fault.Fault{
		"Kind 0":                     {},
		"From -1":                    {Kind: fault.Drop, From: -1},
		"For -1":                     {Kind: fault.Drop, For: -1},
		"Value NaN":                  {Kind: fault.Bias, Target: "y", Value: math.NaN()},
		"Chance 2":                   {Kind: fault.Drop, Chance: 2},
		"Direction":                  {Kind: fault.Drop, Direction: 9},
		"Chance 0.5":                 {Kind: fault.Disconnect, Chance: 0.5},
		`Target ""`:                  {Kind: fault.Stuck},
		"Value 0: must be a whole":   {Kind: fault.Latency},
		"Value 1.5":                  {Kind: fault.Stale, Target: "y", Value: 1.5},
		"Value 20000":                {Kind: fault.Jitter, Value: 20_000},
		"Value -1: must be positive": {Kind: fault.Noise, Target: "y", Value: -1},
		"Value 3: must be 0":         {Kind: fault.Drop, Value: 3},
		"ppm":                        {Kind: fault.Clock},
	} {
		if _, err := fault.NewPlan(f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want an error about %q", f, err, want)
		}
	}
	b := newBench(t, nil)
	for want, f := range map[string]fault.Fault{
		`unknown sensor "x"`:     {Kind: fault.Stuck, Target: "x"},
		`unknown actuator "y"`:   {Kind: fault.Dead, Target: "y"},
		`unknown connection "x"`: {Kind: fault.Drop, Target: "x"},
	} {
		if _, err := b.rig.Run(context.Background(), hil.Stimulus{Steps: 1, Faults: plan(t, f)}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want an error about %q", f, err, want)
		}
	}
	uncontrolled := newBench(t, func(c *hil.Config) { c.Connections[0].Control = nil })
	if _, err := uncontrolled.rig.Run(context.Background(), hil.Stimulus{Steps: 1, Faults: plan(t, fault.Fault{Kind: fault.Pause})}); err == nil || !strings.Contains(err.Error(), "no Control") {
		t.Error(err)
	}
}

// A device whose control fails ends the run with its error.
func TestControlThatFails(t *testing.T) {
	b := newBench(t, nil)
	mine := errors.New("no answer from the debugger")
	p := plan(t, fault.Fault{Kind: fault.Pause, From: 5})
	b.run(t, 1, nil)
	resetting := newBench(t, func(c *hil.Config) {
		c.Tasks = []hil.Task{{Every: 100, Offset: 4, Run: func(hil.Tick, hil.Values) error {
			c.Connections[0].Control.(*device).fail = mine
			return nil
		}}}
	})
	res, err := resetting.rig.Run(context.Background(), hil.Stimulus{Steps: 10, Faults: p})
	if err != nil || !errors.Is(res.End, mine) || res.Steps != 5 {
		t.Error(err, res)
	}
}

func TestNames(t *testing.T) {
	for k := fault.Latency; k <= fault.Clock; k++ {
		if strings.HasPrefix(k.String(), "Kind") || k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	f := fault.Fault{Kind: fault.Drop, Target: "dut", Chance: 0.2, Direction: fault.ToDevice}
	if got := f.String(); got != "drop on dut, to device, chance 0.2" {
		t.Error(got)
	}
	if fault.Kind(200).String() != "Kind(200)" || fmt.Sprint(fault.Direction(7)) != "Direction(7)" {
		t.Error("unknown constants have no text")
	}
}

// Any plan that is valid runs to its end, and the same twice.
func FuzzPlan(f *testing.F) {
	f.Add(uint8(1), uint8(5), uint8(3), 2.0, 0.5, uint8(0), uint64(1), uint8(2), uint8(0), uint8(90), 1.0)
	f.Add(uint8(9), uint8(0), uint8(0), 0.0, 0.0, uint8(1), uint64(9), uint8(6), uint8(3), uint8(9), 0.0)
	f.Fuzz(func(t *testing.T, kind, from, length uint8, value, chance float64, direction uint8, seed uint64, kind2, from2, length2 uint8, value2 float64) {
		a := fault.Fault{Kind: fault.Kind(kind), Target: target(kind), From: int64(from), For: int64(length), Value: value, Chance: chance, Direction: fault.Direction(direction)}
		b := fault.Fault{Kind: fault.Kind(kind2), Target: target(kind2), From: int64(from2), For: int64(length2), Value: value2}
		p, err := fault.NewPlan(a, b)
		if err != nil {
			return
		}
		rig := newBench(t, nil)
		var hashes [2]uint64
		for i := range hashes {
			res, err := rig.rig.Run(context.Background(), hil.Stimulus{Steps: 120, Faults: p, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			if res.End != nil && !errors.Is(res.End, hil.ErrUnstable) {
				t.Fatal(res.End)
			}
			hashes[i] = res.Hash
		}
		if hashes[0] != hashes[1] {
			t.Errorf("%v and %v give two hashes", a, b)
		}
	})
}

func target(kind uint8) string {
	switch k := fault.Kind(kind); {
	case k >= fault.Stuck && k <= fault.Stale:
		return "y"
	case k >= fault.Saturate && k <= fault.Dead:
		return "u"
	}
	return ""
}
