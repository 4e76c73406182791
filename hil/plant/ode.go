package plant

import (
	"fmt"
	"math"
	"time"

	"github.com/memkit-go/memkit/hil"
)

// ODE is a plant given by its differential equation, integrated by the classic
// Runge-Kutta method of order 4 (W. Kutta, Zeitschrift für Mathematik und Physik 46,
// 1901): halving the step divides the error by 16.
type ODE struct {
	c                 ODEConfig
	h                 float64
	x, k, sum, middle []float64
}

// ODEConfig describes an [ODE]. All but Output and Substeps must be set.
type ODEConfig struct {
	// Kind names the plant in errors and in saved states.
	Kind string
	// Period is the rig's step.
	Period time.Duration
	// Substeps is how many integration steps make one step of the rig; 0 means 1.
	Substeps int
	// Start is the first state; its length is the number of states.
	Start []float64
	// Inputs and Outputs are how many there are at most.
	Inputs, Outputs int
	// Derivative writes dx/dt to d. It must not allocate. u has as many values as the
	// rig has actuators.
	Derivative func(x, u, d []float64)
	// Output writes the outputs to y; nil gives the states.
	Output func(x, y []float64)
}

const mostSubsteps = 1 << 20

// NewODE makes the plant in its first state.
func NewODE(c ODEConfig) (*ODE, error) {
	wrong := func(field string, value any, remedy string) (*ODE, error) {
		return nil, fmt.Errorf("plant: ODEConfig.%s %v: %s", field, value, remedy)
	}
	switch {
	case c.Kind == "" || len(c.Kind) > 255:
		return wrong("Kind", fmt.Sprintf("%q", c.Kind), "must be a name of 1 to 255 bytes")
	case c.Period <= 0:
		return wrong("Period", c.Period, "must be positive; give 1/Rate of the rig")
	case c.Substeps < 0 || c.Substeps > mostSubsteps:
		return wrong("Substeps", c.Substeps, fmt.Sprintf("must be 0 to %d", mostSubsteps))
	case len(c.Start) == 0 || len(c.Start) > mostStates:
		return wrong("Start", c.Start, fmt.Sprintf("must have 1 to %d states", mostStates))
	case c.Derivative == nil:
		return wrong("Derivative", "nil", "must be given")
	case c.Inputs < 0 || c.Outputs < 1 || c.Output == nil && c.Outputs > len(c.Start):
		return wrong("Outputs", c.Outputs, "must be 1 or more, and without Output no more than the states")
	}
	for _, v := range c.Start {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return wrong("Start", c.Start, "must be finite")
		}
	}
	n := len(c.Start)
	p := &ODE{c: c, h: c.Period.Seconds() / float64(max(1, c.Substeps)), x: make([]float64, n), k: make([]float64, n), sum: make([]float64, n), middle: make([]float64, n)}
	p.c.Substeps = max(1, c.Substeps)
	copy(p.x, c.Start)
	return p, nil
}

// Step implements hil.Plant.
//
// Cost: O(states · substeps) and four derivatives a substep. Allocates: no. Blocks: no.
// Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the substeps
//rt:allow ML610 reason="the equations are the user's"
func (p *ODE) Step(t hil.Tick, u, y []float64) error {
	if t.Period != 0 {
		if t.Period != int64(p.c.Period) || len(u) > p.c.Inputs || len(y) > p.c.Outputs {
			return ErrPeriod
		}
		for range p.c.Substeps {
			p.integrate(u)
		}
	}
	if p.c.Output != nil {
		p.c.Output(p.x, y)
	} else {
		copy(y, p.x)
	}
	return nil
}

// integrate does one Runge-Kutta step.
//
// Cost: O(states) and four derivatives. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the states, at most 256
func (p *ODE) integrate(u []float64) {
	f, x, k, sum, middle, h := p.c.Derivative, p.x, p.k, p.sum, p.middle, p.h
	f(x, u, k)
	for i := range x {
		sum[i] = k[i]
		middle[i] = x[i] + h/2*k[i]
	}
	f(middle, u, k)
	for i := range x {
		sum[i] += 2 * k[i]
		middle[i] = x[i] + h/2*k[i]
	}
	f(middle, u, k)
	for i := range x {
		sum[i] += 2 * k[i]
		middle[i] = x[i] + h*k[i]
	}
	f(middle, u, k)
	for i := range x {
		x[i] += h / 6 * (sum[i] + k[i])
	}
}

// Save implements hil.Plant.
func (p *ODE) Save(b []byte) []byte { return save(b, p.c.Kind, p.x) }

// Restore implements hil.Plant.
func (p *ODE) Restore(b []byte) error { return restore(b, p.c.Kind, p.x) }
