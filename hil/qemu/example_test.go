package qemu_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/qemu"
	"github.com/memkit-go/memkit/hil/qemu/firmware"
)

// shaft is a plant of one state: a motor of 20 rad/s per volt, time constant 30 ms.
type shaft struct{ speed float64 }

func (s *shaft) Step(t hil.Tick, u, y []float64) error {
	s.speed += (20*u[0] - s.speed) * float64(t.Period) / 30e6
	y[0] = s.speed
	return nil
}
func (s *shaft) Save(b []byte) []byte { return hil.AppendFloats(b, s.speed) }
func (s *shaft) Restore(b []byte) (err error) {
	_, err = hil.TakeFloats(b, &s.speed)
	return err
}

// device starts the firmware on an emulated board, or where QEMU is not installed on
// this machine. In lock-step both give the same values.
func device(ctx context.Context) (interface {
	hil.Link
	hil.Control
}, error) {
	board, err := qemu.Start(ctx, qemu.Config{})
	if errors.Is(err, qemu.ErrNotInstalled) {
		return firmware.NewHost(firmware.HostConfig{})
	}
	return board, err
}

// The firmware of an emulated microcontroller turns a simulated motor.
func Example() {
	ctx := context.Background()
	controller, err := device(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	rig, err := hil.New(hil.Config{
		Rate:        1000,
		Plant:       new(shaft),
		Sensors:     []hil.Channel{{Name: "speed", Unit: "rad/s"}},
		Setpoints:   []hil.Channel{{Name: "target", Unit: "rad/s"}},
		Actuators:   []hil.Channel{{Name: "voltage", Unit: "V", Min: -24, Max: 24}},
		Connections: []hil.Connection{{Name: "motor", Link: controller, Control: controller, Codec: new(firmware.Codec)}},
		Record:      300,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer rig.Close() // ends QEMU too
	result, err := rig.Run(ctx, hil.Stimulus{
		Steps:     300,
		Setpoints: func(_ hil.Tick, v []float64) { v[0] = 50 },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("after 300 ms: %.1f rad/s, %v\n", result.Recording.Signal("speed")[299], result.Misses)
	// Output: after 300 ms: 50.0 rad/s, 0 of the rig, 0 of the device
}
