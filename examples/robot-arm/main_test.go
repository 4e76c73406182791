package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/control"
	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

// TestRun runs the whole program, on each bus for a moment, and looks at all that does
// not depend on how busy the machine is.
func TestRun(t *testing.T) {
	for _, bus := range []string{"udp", "unix", "memory"} {
		t.Run(bus, func(t *testing.T) {
			if testing.Short() && bus != "udp" {
				t.Skip("left out by -short, which the race run alone uses: udp runs the same threads")
			}
			o := options{seconds: 0.3, bus: bus, busy: 1, silence: 5000} // an ordinary user's loop may be late
			if bus == "udp" {
				o.box = t.TempDir()
			}
			r, err := run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Periods < 290 || r.Answered == 0 || !r.Braked || math.IsNaN(r.TrackingErrorRMS) || r.GuardTrip == "armed" {
				t.Errorf("%+v", r)
			}
			var b bytes.Buffer
			if err := r.print(&b, true); err != nil || !json.Valid(b.Bytes()) {
				t.Errorf("%s, %v", b.Bytes(), err)
			}
			b.Reset()
			if err := r.print(&b, false); err != nil || !strings.Contains(b.String(), "6 axes at 1 kHz over "+bus) {
				t.Errorf("%s, %v", b.Bytes(), err)
			}
			if o.box == "" {
				return
			}
			if files, _ := filepath.Glob(filepath.Join(o.box, "*.mcap")); len(files) == 0 {
				t.Error("the black box has no file of the guard's trip")
			}
		})
	}
	if _, err := run(t.Context(), options{seconds: 1, bus: "pigeon"}); err == nil || !strings.Contains(err.Error(), "pigeon") {
		t.Errorf("%v", err)
	}
	if _, err := run(t.Context(), options{seconds: math.NaN(), bus: "udp"}); err == nil {
		t.Error("a run of NaN seconds")
	}
}

// TestTracking: in virtual time, with an ideal bus, the arm follows its motion, and a
// brake command brings it to rest.
func TestTracking(t *testing.T) {
	a := &arm{}
	if err := a.tune(); err != nil {
		t.Fatal(err)
	}
	d := &simulator{braked: true}
	a.heard = true
	worst := 0.0
	var target [axes]control.State
	for k := range int64(8000) {
		a.state = d.state
		if k > settle {
			for i := range axes {
				worst = max(worst, math.Abs(a.state.positions[i]-target[i].Position))
			}
		}
		var c command
		for i := range axes {
			s := a.motionOf(i, k)
			speed := a.position[i].UpdateWith(a.target[i].Position, a.state.positions[i], s.Velocity)
			c.torques[i] = a.velocity[i].UpdateWith(speed, a.state.velocities[i], inertia(i)*s.Acceleration+friction*s.Velocity)
			a.target[i] = s
		}
		target = a.target
		c.drive = true
		d.command, d.braked = c, false
		d.move()
	}
	if worst > 2e-3 {
		t.Errorf("the arm is up to %g rad from its motion", worst)
	}
	d.braked = true
	for range 500 {
		d.move()
	}
	for i, v := range d.state.velocities {
		if math.Abs(v) > 1e-3 {
			t.Errorf("axis %d still moves at %g rad/s", i, v)
		}
	}
}

// TestBadStates: states that no sensor can mean are left out.
func TestBadStates(t *testing.T) {
	good := state{positions: [axes]float64{1, 2, 3}}
	b := make([]byte, stateBytes)
	for _, v := range []float64{math.NaN(), math.Inf(1), 1e9} {
		bad := good
		bad.velocities[5] = v
		bad.encode(b, 7)
		s := state{braked: true}
		if s.decode(b) || s != (state{braked: true}) {
			t.Errorf("%v was taken: %+v", v, s)
		}
	}
	good.encode(b, 7)
	var s state
	if !s.decode(b) || s != good || s.decode(b[:20]) {
		t.Errorf("%+v", s)
	}
	var c command
	c.torques[2] = math.NaN()
	f := make([]byte, commandBytes)
	c.encode(f)
	if _, ok := new(command).decode(f); ok {
		t.Error("the drives took a torque that is no number")
	}
}

// TestExempt: as the rule says.
func TestExempt(t *testing.T) {
	const p = int64(period)
	skips := []skip{{10 * p, 3}, {50 * p, 1}}
	for _, c := range []struct {
		stalls []stall
		want   int64
	}{
		{nil, 0},
		{[]stall{{10*p + 1, 12 * p}}, 3},
		{[]stall{{11*p + 1, 12 * p}}, 2},
		{[]stall{{49 * p, 50*p - p/20}}, 1},
		{[]stall{{49 * p, 50*p - p/10}}, 0},
	} {
		if got := exempt(skips, c.stalls); got != c.want {
			t.Errorf("%v: %d, want %d", c.stalls, got, c.want)
		}
	}
}

// TestDriveWatchdog: without commands the drives brake by themselves.
func TestDriveWatchdog(t *testing.T) {
	d := &simulator{begun: true, arm: none{}, safe: none{}}
	for range drivesWatchdog - 1 {
		d.step()
	}
	if d.braked {
		t.Error("braked too early")
	}
	d.step()
	if !d.braked || d.watchdogTrips != 1 {
		t.Errorf("%+v", d)
	}
}
