package plant

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/memkit-go/memkit/hil"
)

// StateSpace is a linear plant:
//
//	dx/dt = A·x + B·u
//	    y = C·x + D·u
//
// With D, an output is that of the state at the step's end and the input that was held
// in the step.
type StateSpace struct {
	kind       string
	period     int64
	n, m, p    int
	a, b, c, d []float64 // discrete, by rows
	x, next, u []float64 // u is the last input
}

// StateSpaceConfig describes a [StateSpace]. All but D and Start must be set.
type StateSpaceConfig struct {
	// Period is the rig's step.
	Period time.Duration
	// A is n×n, B n×m, C p×n, D p×m for n states, m inputs and p outputs. D nil is 0.
	A, B, C, D mat.Matrix
	// Start is the first state; nil is 0.
	Start []float64
}

// NewStateSpace makes the plant in its first state.
func NewStateSpace(c StateSpaceConfig) (*StateSpace, error) {
	return newStateSpace("state space", c)
}

const mostStates = 256

func newStateSpace(kind string, c StateSpaceConfig) (*StateSpace, error) {
	if err := require("StateSpaceConfig", c.Period); err != nil {
		return nil, err
	}
	if c.A == nil || c.B == nil || c.C == nil {
		return nil, fmt.Errorf("plant: StateSpaceConfig.A, B and C must be given; D may be nil")
	}
	n, columns := c.A.Dims()
	rows, m := c.B.Dims()
	p, states := c.C.Dims()
	if c.D == nil {
		c.D = mat.NewDense(max(1, p), max(1, m), nil)
	}
	dp, dm := c.D.Dims()
	if n != columns || rows != n || states != n || dp != p || dm != m || n > mostStates {
		return nil, fmt.Errorf("plant: StateSpaceConfig has A %d×%d, B %d×%d, C %d×%d, D %d×%d: must be n×n, n×m, p×n, p×m with n up to %d", n, columns, rows, m, p, states, dp, dm, mostStates)
	}
	if c.Start != nil && len(c.Start) != n {
		return nil, fmt.Errorf("plant: StateSpaceConfig.Start has %d values: must be nil or one for each of the %d states", len(c.Start), n)
	}
	ad, bd, err := discretise(c.A, c.B, c.Period)
	if err != nil {
		return nil, err
	}
	s := &StateSpace{
		kind: kind, period: int64(c.Period), n: n, m: m, p: p,
		a: rowsOf(ad), b: rowsOf(bd), c: rowsOf(c.C), d: rowsOf(c.D),
		x: make([]float64, n), next: make([]float64, n), u: make([]float64, m),
	}
	copy(s.x, c.Start)
	for _, values := range [][]float64{s.c, s.d, s.x} {
		for _, v := range values {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("plant: StateSpaceConfig.C, D or Start has the value %v: must be finite", v)
			}
		}
	}
	return s, nil
}

func rowsOf(m mat.Matrix) []float64 { return mat.DenseCopyOf(m).RawMatrix().Data }

// Step implements hil.Plant.
//
// Cost: O((states + inputs) · (states + outputs)). Allocates: no. Blocks: no.
// Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the states, at most 256
func (s *StateSpace) Step(t hil.Tick, u, y []float64) error {
	if t.Period != 0 {
		if t.Period != s.period || len(u) != s.m || len(y) != s.p {
			return ErrPeriod
		}
		copy(s.u, u)
		for i := range s.next {
			s.next[i] = dot(s.a[i*s.n:], s.x) + dot(s.b[i*s.m:], s.u)
		}
		s.x, s.next = s.next, s.x
	}
	for i := range y[:min(len(y), s.p)] {
		y[i] = dot(s.c[i*s.n:], s.x) + dot(s.d[i*s.m:], s.u)
	}
	return nil
}

// dot is the product of a row with a column, in order.
//
// Cost: O(len(x)). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the states, at most 256
func dot(row, x []float64) (sum float64) {
	row = row[:len(x)]
	for i, v := range x {
		sum += row[i] * v
	}
	return sum
}

// Save implements hil.Plant.
func (s *StateSpace) Save(b []byte) []byte {
	return save(b, s.kind, append(append(make([]float64, 0, s.n+s.m), s.x...), s.u...))
}

// Restore implements hil.Plant.
func (s *StateSpace) Restore(b []byte) error {
	state := make([]float64, s.n+s.m)
	if err := restore(b, s.kind, state); err != nil {
		return err
	}
	copy(s.x, state)
	copy(s.u, state[s.n:])
	return nil
}
