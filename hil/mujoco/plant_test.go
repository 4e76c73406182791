//go:build cgo && mujoco && linux

package mujoco

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/cthread"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, c Config) *Engine {
	t.Helper()
	e, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if s := e.Stats(); s.Frees != s.Allocations-s.Refused || s.Bytes != 0 {
			t.Errorf("at the end: %v", s)
		}
	})
	return e
}

func loadPlant(t testing.TB, e *Engine, c PlantConfig) *Plant {
	t.Helper()
	p, err := e.Load(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func cartpole(t testing.TB, e *Engine) *Plant {
	t.Helper()
	return loadPlant(t, e, PlantConfig{XML: read(t, "cartpole.xml"), Keyframe: "tilted"})
}

const period = int64(time.Millisecond)

// balance is the control law: the force for position, velocity, angle and rate.
func balance(y []float64) float64 { return y[0] + 2*y[1] + 40*y[2] + 6*y[3] }

// drive steps a cart-pole under balance.
func drive(t testing.TB, p *Plant, steps int) []float64 {
	t.Helper()
	u, y := make([]float64, 1), make([]float64, 4)
	if err := p.Step(hil.Tick{}, u, y); err != nil {
		t.Fatal(err)
	}
	for i := range steps {
		u[0] = balance(y)
		if err := p.Step(hil.Tick{Step: int64(i), Period: period}, u, y); err != nil {
			t.Fatal(err)
		}
	}
	return y
}

// The pole falls as a pendulum does: for a small angle θ” = k·θ, with the mass of
// the cart and the pole's moment of inertia from their formulas.
func TestPoleFalls(t *testing.T) {
	p := cartpole(t, open(t, Config{}))
	u, y := make([]float64, 1), make([]float64, 4)
	if err := p.Step(hil.Tick{}, u, y); err != nil || y[2] != 0.05 {
		t.Fatalf("the plant begins at %v, %v", y, err)
	}
	for i := range 200 {
		if err := p.Step(hil.Tick{Step: int64(i), Period: period}, u, y); err != nil {
			t.Fatal(err)
		}
	}
	// A capsule of 0.1 kg and 0.6 m between its centres of radius 0.02: a cylinder and
	// two half spheres. Its mass centre is at 0.3 m.
	const g, m, cart, half, r = 9.81, 0.1, 1.0, 0.3, 0.02
	cylinder, sphere := math.Pi*r*r*2*half, 4./3*math.Pi*r*r*r
	mc, ms := m*cylinder/(cylinder+sphere), m*sphere/(cylinder+sphere)
	inertia := mc*(r*r/4+half*half/3) + ms*(2./5*r*r+half*half+3./4*half*r) + m*half*half
	k := m * g * half / (inertia - m*m*half*half/(m+cart))
	want := 0.05 * math.Cosh(0.2*math.Sqrt(k))
	if math.Abs(y[2]-want) > 0.03*want {
		t.Errorf("after 0.2 s the angle is %.5f, the pendulum's %.5f", y[2], want)
	}
}

// Positions and velocities are those at the end of the step.
func TestOutputsAreOfTheStepsEnd(t *testing.T) {
	p := cartpole(t, open(t, Config{}))
	u, y := []float64{1}, make([]float64, 4)
	if err := p.Step(hil.Tick{Period: period}, u, y); err != nil {
		t.Fatal(err)
	}
	after := make([]float64, 4)
	if err := p.Step(hil.Tick{}, u, after); err != nil {
		t.Fatal(err)
	}
	for i := range y {
		if y[i] != after[i] {
			t.Errorf("output %d is %v, and %v once more", i, y[i], after[i])
		}
	}
	if y[1] <= 0 {
		t.Errorf("a force of 1 N gives a velocity of %v", y[1])
	}
}

func TestReplayIsBitIdentical(t *testing.T) {
	e := open(t, Config{})
	one, two := cartpole(t, e), cartpole(t, e)
	a := drive(t, one, 5000)
	half := one.Save(nil)
	b := drive(t, two, 5000)
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("output %d is %v in one run and %v in the next", i, a[i], b[i])
		}
	}
	if !bytes.Equal(half, two.Save(nil)) {
		t.Error("the states differ after equal runs")
	}
	if math.Abs(a[2]) > 0.01 {
		t.Errorf("the controller does not hold the pole: angle %v", a[2])
	}
	// On from a saved state, in the plant that wrote it and in another.
	u, y, z := []float64{3}, make([]float64, 4), make([]float64, 4)
	walk := func(p *Plant, out []float64) {
		for range 100 {
			if err := p.Step(hil.Tick{Period: period}, u, out); err != nil {
				t.Fatal(err)
			}
		}
	}
	walk(one, y)
	if err := two.Restore(half); err != nil {
		t.Fatal(err)
	}
	walk(two, z)
	for i := range y {
		if y[i] != z[i] {
			t.Errorf("output %d is %v in the run that went on, %v after a restore", i, y[i], z[i])
		}
	}
}

// With contacts the solver starts from its last solution, which is part of the state.
func TestRestoreWithContacts(t *testing.T) {
	e := open(t, Config{})
	config := PlantConfig{XML: read(t, "boxes.xml")}
	one, two := loadPlant(t, e, config), loadPlant(t, e, config)
	walk := func(p *Plant, steps int) []byte {
		y := make([]float64, 4)
		for range steps {
			if err := p.Step(hil.Tick{Period: 2 * period}, nil, y); err != nil {
				t.Fatal(err)
			}
		}
		return p.Save(nil)
	}
	half := walk(one, 100)
	if err := two.Restore(half); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(walk(one, 100), walk(two, 100)) {
		t.Error("a restored plant goes another way")
	}
}

func TestRestoreRefusesOtherStates(t *testing.T) {
	e := open(t, Config{})
	p, other := cartpole(t, e), loadPlant(t, e, PlantConfig{XML: read(t, "boxes.xml")})
	state := p.Save(nil)
	wrong := bytes.Clone(state)
	wrong[0] ^= 1
	for _, b := range [][]byte{nil, state[:8], state[:len(state)-1], append(bytes.Clone(state), 0), wrong, other.Save(nil)} {
		if err := p.Restore(b); err != ErrState {
			t.Errorf("%d bytes of another state: %v", len(b), err)
		}
	}
	if err := p.Restore(state); err != nil {
		t.Error(err)
	}
}

// 10,000 steps call neither MuJoCo's allocator nor Go's.
func TestStepsAllocateNothing(t *testing.T) {
	e := open(t, Config{})
	for _, c := range []struct {
		name string
		u, y int
		step int64
	}{{"cartpole.xml", 1, 4, period}, {"boxes.xml", 0, 4, 2 * period}} {
		p := loadPlant(t, e, PlantConfig{XML: read(t, c.name)})
		u, y := make([]float64, c.u), make([]float64, c.y)
		before := e.Stats()
		i := int64(0)
		if n := testing.AllocsPerRun(10_000, func() {
			if err := p.Step(hil.Tick{Step: i, Period: c.step}, u, y); err != nil {
				t.Fatal(err)
			}
			i++
		}); n != 0 {
			t.Errorf("%s: %v Go allocations a step", c.name, n)
		}
		if after := e.Stats(); after != before {
			t.Errorf("%s: MuJoCo allocated: %v, before %v", c.name, after, before)
		}
	}
}

func TestSubstepsAndTimeSteps(t *testing.T) {
	e := open(t, Config{})
	one, four := cartpole(t, e), cartpole(t, e)
	u, y, z := []float64{1}, make([]float64, 4), make([]float64, 4)
	for range 4 {
		if err := one.Step(hil.Tick{Period: period}, u, y); err != nil {
			t.Fatal(err)
		}
	}
	if err := four.Step(hil.Tick{Period: 4 * period}, u, z); err != nil {
		t.Fatal(err)
	}
	for i := range y {
		if y[i] != z[i] {
			t.Errorf("output %d is %v after four steps and %v after one of four", i, y[i], z[i])
		}
	}
	for _, wrong := range []int64{period + 1, -period, period / 2} {
		if err := one.Step(hil.Tick{Period: wrong}, u, y); err == nil || !strings.Contains(err.Error(), "timestep") {
			t.Errorf("a step of %v: %v", time.Duration(wrong), err)
		}
	}
	if err := one.Step(hil.Tick{Period: period}, nil, y); err == nil || !strings.Contains(err.Error(), "0 inputs and 4 outputs; the model has 1 controls and 4") {
		t.Errorf("a step without inputs: %v", err)
	}
}

func TestChannels(t *testing.T) {
	e := open(t, Config{})
	p := cartpole(t, e)
	if got := fmt.Sprint(p.Sensors(), p.Actuators()); got != "[position [m] velocity [m/s] angle [rad] rate [rad/s]] [force [1]]" {
		t.Error(got)
	}
	if a := p.Actuators()[0]; a.Min != -20 || a.Max != 20 || a.Safe != 0 {
		t.Errorf("limits %+v", a)
	}
	boxes := loadPlant(t, e, PlantConfig{XML: read(t, "boxes.xml")})
	if got := fmt.Sprint(boxes.Sensors(), boxes.Actuators()); got != "[sensor 0[0] [m/s²] sensor 0[1] [m/s²] sensor 0[2] [m/s²] time [s]] []" {
		t.Error(got)
	}
}

// Boxes that lie on each other touch at the corners of their faces.
func TestContactsInAFrame(t *testing.T) {
	p := loadPlant(t, open(t, Config{}), PlantConfig{XML: read(t, "boxes.xml")})
	y := make([]float64, 4)
	for range 500 {
		if err := p.Step(hil.Tick{Period: 2 * period}, nil, y); err != nil {
			t.Fatal(err)
		}
	}
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	lane, err := a.Lane()
	if err != nil {
		t.Fatal(err)
	}
	f, err := lane.Begin()
	if err != nil {
		t.Fatal(err)
	}
	all, err := p.Contacts(f)
	if err != nil || all.Len() < 12 {
		t.Fatalf("%d contacts, %v; want four of each of three faces", all.Len(), err)
	}
	for _, c := range all.Slice() {
		if math.Abs(c.Normal[2]) < 0.999 || math.Abs(c.Distance) > 0.01 || math.Abs(math.Abs(c.Position[0])-0.1) > 0.01 || c.Geoms[0] == c.Geoms[1] {
			t.Errorf("a contact of boxes that lie on each other: %+v", c)
		}
	}
	if f.Used() < all.Len()*contacts.Size() {
		t.Errorf("the frame holds %d bytes", f.Used())
	}
	if _, err := f.End(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Contacts(f); err == nil {
		t.Error("contacts go into a frame that has ended")
	}
}

func TestModelsThatAreRefused(t *testing.T) {
	e := open(t, Config{})
	for _, c := range []struct {
		config PlantConfig
		want   string
	}{
		{PlantConfig{XML: []byte("no XML")}, "XML"},
		{PlantConfig{XML: []byte("<mujoco><worldbody><geom/></worldbody></mujoco>")}, ""},
		{PlantConfig{XML: []byte(`<mujoco><worldbody><body><joint/></body></worldbody></mujoco>`)}, "mass"},
		{PlantConfig{Path: "testdata/none.xml"}, "none.xml"},
		{PlantConfig{XML: read(t, "cartpole.xml"), Keyframe: "asleep"}, "no keyframe asleep"},
	} {
		p, err := e.Load(c.config)
		if !errors.Is(err, ErrModel) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.config, err)
		}
		if p != nil {
			p.Close()
		}
	}
	if s := e.Stats(); s.Bytes != 0 {
		t.Errorf("models that were refused hold memory: %v", s)
	}
}

// A heap that is too small is an error, at each size up to one that does.
func TestOutOfMemory(t *testing.T) {
	failures := 0
	for size := leastMemory; ; size *= 2 {
		e, err := Open(Config{Memory: size})
		if err != nil {
			t.Fatal(err)
		}
		p, err := e.Load(PlantConfig{XML: read(t, "cartpole.xml")})
		if err == nil {
			p.Close()
			e.Close()
			break
		}
		failures++
		if !errors.Is(err, ErrMemory) {
			t.Fatalf("with %d bytes: %v", size, err)
		}
		if s := e.Stats(); s.Bytes != 0 || s.Refused == 0 {
			t.Errorf("with %d bytes: %v", size, s)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		if size > 64<<20 {
			t.Fatal("no size does")
		}
	}
	if failures < 3 {
		t.Errorf("%d sizes were too small", failures)
	}
}

// A stack that is too small for a step is an error of the step, and so is one that is
// too small for the first computation.
func TestSmallStack(t *testing.T) {
	e := open(t, Config{})
	xml := func(size string) []byte {
		return bytes.Replace(read(t, "boxes.xml"), []byte("<worldbody>"), []byte("<size "+size+"/><worldbody>"), 1)
	}
	refused, failed := false, false
	for n := 10; n < 20_000 && !failed; n += n / 8 {
		p, err := e.Load(PlantConfig{XML: xml(fmt.Sprintf(`nstack="%d"`, n))})
		if err != nil {
			if !errors.Is(err, ErrModel) || !strings.Contains(strings.ToLower(err.Error()), "stack overflow") {
				t.Fatal(err)
			}
			refused = true
			continue
		}
		first := p.Save(nil)
		y := make([]float64, 4)
		for i := 0; i < 300 && err == nil; i++ {
			err = p.Step(hil.Tick{Step: int64(i), Period: 2 * period}, nil, y)
		}
		if err != nil {
			failed = true
			if !errors.Is(err, ErrEngine) || !strings.Contains(strings.ToLower(err.Error()), "stack overflow") {
				t.Errorf("a stack of %d: %v", n, err)
			}
			if err := p.Step(hil.Tick{Period: 2 * period}, nil, y); err != ErrBroken {
				t.Errorf("a step after one that failed: %v", err)
			}
			if err := p.Restore(first); err != nil {
				t.Errorf("restored after a step that failed: %v", err)
			}
			if err := p.Step(hil.Tick{Period: 0}, nil, y); err != nil && !errors.Is(err, ErrEngine) {
				t.Errorf("a step after the restore: %v", err)
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !refused || !failed {
		t.Errorf("no stack failed: in Load %t, in a step %t", refused, failed)
	}

	p := loadPlant(t, e, PlantConfig{XML: xml(`nconmax="3"`)})
	var err error
	for i := 0; i < 300 && err == nil; i++ {
		err = p.Step(hil.Tick{Step: int64(i), Period: 2 * period}, nil, make([]float64, 4))
	}
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "nconmax is 3") {
		t.Errorf("room for three contacts: %v", err)
	}
}

func TestUnstablePlant(t *testing.T) {
	p := cartpole(t, open(t, Config{}))
	y := make([]float64, 4)
	first := p.Save(nil)
	// Not a number as a control, a huge velocity as a state.
	if err := p.Step(hil.Tick{Period: period}, []float64{math.NaN()}, y); !errors.Is(err, hil.ErrUnstable) || !strings.Contains(err.Error(), "control") {
		t.Errorf("a control that is not a number: %v", err)
	}
	if err := p.Restore(first); err != nil {
		t.Fatal(err)
	}
	p.state[1][0] = 1e12
	err := p.Step(hil.Tick{Period: period}, []float64{0}, y)
	if !errors.Is(err, hil.ErrUnstable) || !strings.Contains(err.Error(), "velocity") {
		t.Errorf("a huge velocity: %v", err)
	}
}

func TestEngineIsTheProcesss(t *testing.T) {
	e := open(t, Config{})
	if _, err := Open(Config{}); err != ErrOpen {
		t.Errorf("a second engine: %v", err)
	}
	p, err := e.Load(PlantConfig{XML: read(t, "cartpole.xml")})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != ErrInUse {
		t.Errorf("closed with a plant: %v", err)
	}
	if errors.Join(p.Close(), p.Close(), e.Close(), e.Close()) != nil {
		t.Error("closing twice is an error")
	}
	if _, err := e.Load(PlantConfig{XML: read(t, "cartpole.xml")}); err != ErrClosed {
		t.Errorf("loaded by a closed engine: %v", err)
	}
	if p.Step(hil.Tick{Period: period}, []float64{0}, make([]float64, 4)) != ErrClosed || p.Restore(nil) != ErrClosed || p.Save(nil) != nil || p.Sensors() != nil || p.Actuators() != nil {
		t.Error("a closed plant does something")
	}
	if _, err := p.Contacts(nil); err != ErrClosed {
		t.Errorf("contacts of a closed plant: %v", err)
	}
}

func TestVersionIsChecked(t *testing.T) {
	defer func(f func() int) { version = f }(version)
	version = func() int { return 231 }
	if e, err := Open(Config{}); !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "2.3.1") {
		t.Errorf("version 2.3.1: %v, %v", e, err)
	}
}

// On a thread of its own a step gives the same values as by cgo.
func TestStepsOnAThread(t *testing.T) {
	thread, err := cthread.New(cthread.Config{Policy: rt.Other})
	if err != nil {
		t.Fatal(err)
	}
	defer thread.Close()
	e := open(t, Config{})
	direct := cartpole(t, e)
	threaded, err := e.Load(PlantConfig{XML: read(t, "cartpole.xml"), Keyframe: "tilted", Thread: thread, Limit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	a, b := drive(t, direct, 300), drive(t, threaded, 300)
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("output %d: %v by cgo, %v on the thread", i, a[i], b[i])
		}
	}
	// A step that has no time at all fails, and the plant waits for it.
	threaded.c.Limit = 0
	if err := threaded.Step(hil.Tick{Period: 5000 * period}, []float64{0}, make([]float64, 4)); err != cthread.ErrTimeout {
		t.Errorf("a step without time: %v", err)
	}
	for !thread.Idle() { // the 5000 time steps take 10 ms
		if err := threaded.Close(); err != nil && err != cthread.ErrBusy {
			t.Fatal(err)
		}
	}
	if err := threaded.Close(); err != nil {
		t.Error(err)
	}
}

// rig is the cart-pole with its controller in the same process.
func rig(t testing.TB, p *Plant) *hil.Rig {
	t.Helper()
	return rigWith(t, p, func(*hil.Config) {})
}

func rigWith(t testing.TB, p *Plant, edit func(*hil.Config)) *hil.Rig {
	t.Helper()
	device, err := link.NewController(link.ControllerConfig{
		Sends: 4, Receives: 1, Step: func(in, out []float64) { out[0] = balance(in) },
	})
	if err != nil {
		t.Fatal(err)
	}
	c := hil.Config{
		Rate: 1000, Plant: p, Sensors: p.Sensors(), Actuators: p.Actuators(),
		Connections: []hil.Connection{{Name: "controller", Link: device, Control: device}},
	}
	edit(&c)
	r, err := hil.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// A rig that keeps to the wall clock steps the plant on a thread: it does all of its
// steps, and the pole stands.
func TestPacedRigOnAThread(t *testing.T) {
	thread, err := cthread.New(cthread.Config{Policy: rt.Other})
	if err != nil {
		t.Fatal(err)
	}
	e := open(t, Config{})
	p, err := e.Load(PlantConfig{XML: read(t, "cartpole.xml"), Keyframe: "tilted", Thread: thread, Limit: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Close(), thread.Close()); err != nil {
			t.Error(err)
		}
	})
	r := rigWith(t, p, func(c *hil.Config) {
		c.Mode, c.Record = hil.Paced, 200
		c.Loop = rt.LoopConfig{Mode: rt.Portable}
	})
	result, err := r.Run(t.Context(), hil.Stimulus{Steps: 200})
	if err != nil || result.End != nil || result.Steps != 200 {
		t.Fatal(result, err)
	}
	if s := thread.Stats(); s.Calls < 200 || s.Timeouts != 0 {
		t.Errorf("the thread made %v", s)
	}
	if angle := result.Recording.Signal("angle"); math.Abs(angle[199]) > 0.06 {
		t.Errorf("the pole is at %v", angle[199])
	}
}

func TestReplayOfARig(t *testing.T) {
	e := open(t, Config{})
	p := cartpole(t, e)
	r := rig(t, p)
	before := e.Stats()
	var hashes []uint64
	for range 2 {
		result, err := r.Run(context.Background(), hil.Stimulus{Steps: 3000})
		if err != nil || result.End != nil || result.Misses != (hil.Misses{}) {
			t.Fatal(result, err)
		}
		hashes = append(hashes, result.Hash)
	}
	if hashes[0] != hashes[1] {
		t.Errorf("two runs have the hashes %016x and %016x", hashes[0], hashes[1])
	}
	if e.Stats() != before {
		t.Errorf("MuJoCo allocated in the runs: %v, before %v", e.Stats(), before)
	}
	// Without a controller the pole falls and hits nothing: the run goes on.
	y := make([]float64, 4)
	if err := p.Step(hil.Tick{}, []float64{0}, y); err != nil || math.Abs(y[2]) > 0.01 {
		t.Errorf("the pole is at %v, %v", y, err)
	}
}
