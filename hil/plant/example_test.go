package plant_test

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/plant"
)

// A motor runs up on 12 V.
func ExampleNewDCMotor() {
	motor, err := plant.NewDCMotor(plant.DCMotorConfig{
		Period:     time.Millisecond,
		Resistance: 1, Inductance: 0.5e-3, Constant: 0.05, Inertia: 1e-4,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	voltage, speed := []float64{12}, []float64{0}
	for step := range int64(201) {
		if err := motor.Step(hil.Tick{Step: step, Period: 1e6}, voltage, speed); err != nil {
			fmt.Println(err)
			return
		}
		if step%100 == 0 {
			fmt.Printf("after %d ms: %.1f rad/s\n", step+1, speed[0])
		}
	}
	// Output:
	// after 1 ms: 3.4 rad/s
	// after 101 ms: 221.2 rad/s
	// after 201 ms: 238.5 rad/s
}

// A plant of two poles, as a transfer function.
func ExampleNewTransferFunction() {
	p, err := plant.NewTransferFunction(plant.TransferFunctionConfig{
		Period: 100 * time.Millisecond, Numerator: []float64{2}, Denominator: []float64{1, 3, 2},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	y := []float64{0}
	for range 10 {
		if err := p.Step(hil.Tick{Period: 1e8}, []float64{1}, y); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("after 1 s: %.4f\n", y[0])
	// Output: after 1 s: 0.3996
}
