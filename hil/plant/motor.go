package plant

import (
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/memkit-go/memkit/hil"
)

// DCMotor is a brushed motor with a constant field:
//
//	L·di/dt = v − R·i − K·ω
//	J·dω/dt = K·i − B·ω − τ
//	  dθ/dt = ω
//
// Inputs: voltage v, load torque τ. Outputs: speed ω, current i, angle θ.
type DCMotor struct {
	period          int64
	i, speed, angle float64
	ii, iw, iv, it  float64 // the current after a step, of current, speed, voltage, torque
	wi, ww, wv, wt  float64
	ai, aw, av, at  float64
}

// DCMotorConfig describes a [DCMotor]. All but Friction must be positive.
type DCMotorConfig struct {
	// Period is the rig's step.
	Period time.Duration
	// Resistance R in Ω, Inductance L in H, Constant K in N·m/A, which is V·s/rad too.
	Resistance, Inductance, Constant float64
	// Inertia J in kg·m², Friction B in N·m·s/rad.
	Inertia, Friction float64
}

// NewDCMotor makes a motor at rest.
func NewDCMotor(c DCMotorConfig) (*DCMotor, error) {
	if err := require("DCMotorConfig", c.Period,
		field{"Resistance", c.Resistance, true, false}, field{"Inductance", c.Inductance, true, false},
		field{"Constant", c.Constant, true, false}, field{"Inertia", c.Inertia, true, false},
		field{"Friction", c.Friction, false, false},
	); err != nil {
		return nil, err
	}
	a := mat.NewDense(3, 3, []float64{
		-c.Resistance / c.Inductance, -c.Constant / c.Inductance, 0,
		c.Constant / c.Inertia, -c.Friction / c.Inertia, 0,
		0, 1, 0,
	})
	b := mat.NewDense(3, 2, []float64{1 / c.Inductance, 0, 0, -1 / c.Inertia, 0, 0})
	ad, bd, err := discretise(a, b, c.Period)
	if err != nil {
		return nil, err
	}
	return &DCMotor{
		period: int64(c.Period),
		ii:     ad.At(0, 0), iw: ad.At(0, 1), iv: bd.At(0, 0), it: bd.At(0, 1),
		wi: ad.At(1, 0), ww: ad.At(1, 1), wv: bd.At(1, 0), wt: bd.At(1, 1),
		ai: ad.At(2, 0), aw: ad.At(2, 1), av: bd.At(2, 0), at: bd.At(2, 1),
	}, nil
}

// Step implements hil.Plant.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *DCMotor) Step(t hil.Tick, u, y []float64) error {
	if t.Period != 0 {
		if t.Period != m.period || len(u) > 2 || len(y) > 3 || len(u) == 0 {
			return ErrPeriod
		}
		v, torque := u[0], 0.0
		if len(u) > 1 {
			torque = u[1]
		}
		i, w := m.i, m.speed
		m.i = m.ii*i + m.iw*w + m.iv*v + m.it*torque
		m.speed = m.wi*i + m.ww*w + m.wv*v + m.wt*torque
		m.angle += m.ai*i + m.aw*w + m.av*v + m.at*torque
	}
	if len(y) > 0 {
		y[0] = m.speed
	}
	if len(y) > 1 {
		y[1] = m.i
	}
	if len(y) > 2 {
		y[2] = m.angle
	}
	return nil
}

const motorKind = "DC motor"

// Save implements hil.Plant.
func (m *DCMotor) Save(b []byte) []byte {
	return save(b, motorKind, []float64{m.i, m.speed, m.angle})
}

// Restore implements hil.Plant.
func (m *DCMotor) Restore(b []byte) error {
	var s [3]float64
	if err := restore(b, motorKind, s[:]); err != nil {
		return err
	}
	m.i, m.speed, m.angle = s[0], s[1], s[2]
	return nil
}
