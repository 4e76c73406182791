package rt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// A loop that needs no privilege, and ends itself.
func Example() {
	loop, err := rt.NewLoop(rt.LoopConfig{
		Period: time.Millisecond,
		Mode:   rt.Portable,
	})
	if err != nil {
		log.Fatal(err)
	}
	steps := 0
	err = loop.Run(context.Background(), func(t *rt.Tick) error {
		if steps++; steps == 5 {
			return rt.ErrStop
		}
		return nil
	})
	fmt.Println(steps, err, loop.Granted().Mode)
	// Output: 5 <nil> portable
}

// A 1 kHz control loop as strict as the machine allows. It measures its own wake
// latency and says what it was not granted.
func ExampleNewLoop() {
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer process.Close()

	latency, err := record.New(record.Config{Capacity: 10_000})
	if err != nil {
		log.Fatal(err)
	}
	loop, err := rt.NewLoop(rt.LoopConfig{
		Name:     "arm",
		Period:   time.Millisecond,
		Mode:     rt.Auto,
		Recorder: latency,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, reason := range loop.Granted().Missing {
		log.Println("not granted:", reason)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = loop.Run(ctx, func(t *rt.Tick) error {
		// Read sensors, compute, write actuators. t.Skipped periods were lost.
		return nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		log.Fatal(err)
	}
	fmt.Println("p99", latency.Quantile(0.99), "ns,", loop.Stats().Skipped, "skipped")
}

// Setup says what it changed, and Close takes it back.
func ExampleSetup() {
	process, err := rt.Setup(rt.ProcessConfig{
		Keep: rt.KeepProcs | rt.KeepMemory | rt.KeepLatency | rt.KeepAffinity,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, change := range process.Applied() {
		fmt.Printf("%s: %s\n", change.Setting, change.After)
	}
	fmt.Println(process.Close())
	// Output:
	// garbage collector: off
	// <nil>
}

// A mistake is named with the field, the value and what to write instead.
func ExampleConfigError() {
	_, err := rt.NewLoop(rt.LoopConfig{Period: 10 * time.Microsecond, Mode: rt.Portable})
	var mistake *rt.ConfigError
	fmt.Println(errors.As(err, &mistake), mistake.Field)
	fmt.Println(err)
	// Output:
	// true LoopConfig.Period
	// rt: LoopConfig.Period 10µs: is shorter than a wake-up costs; give at least 50µs
}
