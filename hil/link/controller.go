package link

import (
	"fmt"

	"github.com/memkit-go/memkit/hil"
)

// Controller is a link to a device that is a function of values in the same process. It
// speaks the frames of hil.Floats; where no fault needs them, a rig hands over the values
// themselves.
type Controller struct {
	Function
	step     func(in, out []float64)
	sends    int
	receives int
}

// ControllerConfig describes a [Controller]. All but Reset must be set.
type ControllerConfig struct {
	// Sends is how many values the rig sends to the device, Receives how many it
	// receives.
	Sends, Receives int
	// Step is the device: it gets what the rig sends, in, and writes what the rig
	// receives, out. It keeps neither slice.
	Step func(in, out []float64)
	// Reset, when not nil, starts the device afresh.
	Reset func()
}

// NewController makes the link.
func NewController(c ControllerConfig) (*Controller, error) {
	switch {
	case c.Sends < 1 || c.Sends > hil.MaxFloats || c.Receives < 1 || c.Receives > hil.MaxFloats:
		return nil, fmt.Errorf("link: ControllerConfig.Sends %d, Receives %d: must be 1 to %d, as many as the connection's channels", c.Sends, c.Receives, hil.MaxFloats)
	case c.Step == nil:
		return nil, fmt.Errorf("link: ControllerConfig.Step is nil; give the device's function")
	}
	k := &Controller{step: c.Step, sends: c.Sends, receives: c.Receives}
	in, out := make([]float64, c.Sends), make([]float64, c.Receives)
	k.c = FunctionConfig{Reset: c.Reset, Answer: func(frame, answer []byte) int {
		s, err := hil.Floats{}.Decode(frame, in)
		if err != nil {
			return 0
		}
		if s != 0 { // not for the handshake
			//rt:allow ML610 reason="the controller is the user's"
			c.Step(in, out)
		}
		return hil.Floats{}.Encode(answer, s, out)
	}}
	return k, nil
}

// Exchange implements hil.ValueLink.
//
// Cost: the device's. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (k *Controller) Exchange(_ hil.Tick, sends, receives []float64) bool {
	if k.paused || k.closed || len(sends) != k.sends || len(receives) != k.receives {
		return false
	}
	//rt:allow ML610 reason="the controller is the user's"
	k.step(sends, receives)
	return true
}
