package hildemo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/link"
	"github.com/memkit-go/memkit/hil/plant"
	"github.com/memkit-go/memkit/hil/qemu"
	"github.com/memkit-go/memkit/hil/qemu/firmware"
)

const (
	rate     = 1000 // steps a second
	voltage  = 24.0
	target   = 100.0 // rad/s
	stepAt   = 100   // the step in which the set point changes
	silentAt = 300   // the step from which a device that is to stall is silent
)

// newMotor is a motor of 20 rad/s per volt with a time constant of 30 ms.
func newMotor() (*plant.DCMotor, error) {
	return plant.NewDCMotor(plant.DCMotorConfig{
		Period: time.Second / rate, Resistance: 1, Inductance: 0.5e-3, Constant: 0.05, Inertia: 7.5e-5,
	})
}

// device is the firmware under test.
type device interface {
	hil.Link
	hil.Control
}

// Device is which firmware a demonstration drives.
type Device string

const (
	// Auto is QEMU where it is installed, else Host.
	Auto Device = "auto"
	// QEMU is the image on an emulated board.
	QEMU Device = "qemu"
	// Host is the same source, in this process.
	Host Device = "host"
)

// open starts a device. Auto takes the host when QEMU is not installed, and returns any
// other error of the board.
func (d Device) open(ctx context.Context) (device, Device, error) {
	if d != Host {
		board, err := qemu.Start(ctx, qemu.Config{})
		if err == nil {
			return board, QEMU, nil
		}
		if d == QEMU || !errors.Is(err, qemu.ErrNotInstalled) && !errors.Is(err, errors.ErrUnsupported) {
			return nil, d, err
		}
	}
	var dut firmware.Device
	var ready [firmware.FrameSize]byte
	l, err := link.NewFunction(link.FunctionConfig{
		Answer: func(frame, answer []byte) int { return dut.Feed(frame, answer) },
		Reset:  func() { dut.Reset(ready[:]) },
	})
	return l, Host, err
}

// motorRig is the motor with a device.
func motorRig(d device, wrap func(hil.Link) hil.Link) (hil.Config, error) {
	motor, err := newMotor()
	if err != nil {
		return hil.Config{}, err
	}
	var l hil.Link = d
	if wrap != nil {
		l = wrap(d)
	}
	return hil.Config{
		Name: "motor", Rate: rate, Plant: motor,
		Watchdog:    30 * time.Second, // a loaded machine is no stall
		Sensors:     []hil.Channel{{Name: "speed", Unit: "rad/s", Trip: 2000}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "rad/s"}},
		Actuators:   []hil.Channel{{Name: "voltage", Unit: "V", Min: -voltage, Max: voltage}},
		Connections: []hil.Connection{{Name: "controller", Link: l, Control: d, Codec: new(firmware.Codec), Deadline: 800 * time.Microsecond}},
	}, nil
}

// stepTarget is the set point: a step.
func stepTarget(t hil.Tick, v []float64) {
	v[0] = 0
	if t.Step >= stepAt {
		v[0] = target
	}
}

// silent is a link whose device falls silent.
type silent struct{ hil.Link }

func (s silent) Send(t hil.Tick, frame []byte) error {
	if t.Step >= silentAt {
		return nil
	}
	return s.Link.Send(t, frame)
}

// Receive waits as a link does to a device that says nothing.
func (s silent) Receive(t hil.Tick, frame []byte, deadline int64) (int, error) {
	n, err := s.Link.Receive(t, frame, 0)
	if err == hil.ErrNone {
		err = hil.ErrEmpty
	}
	if err == hil.ErrEmpty && deadline != 0 && t.Step < silentAt {
		return s.Link.Receive(t, frame, deadline)
	}
	return n, err
}

// wrongWay is a motor whose leads are swapped: no controller holds it.
type wrongWay struct{ *plant.DCMotor }

func (w wrongWay) Step(t hil.Tick, u, y []float64) error {
	if err := w.DCMotor.Step(t, u, y); err != nil {
		return err
	}
	y[0] = -y[0]
	return nil
}

func failed(format string, values ...any) error { return fmt.Errorf(format, values...) }
