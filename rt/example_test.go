package rt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"runtime"
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

// A controller may miss 2 of any 10 deadlines before it goes to its safe state, and
// plans at a thousandth of its own rate.
func ExampleMissBudget() {
	safe := false
	steps, plans := 0, 0
	loop, err := rt.NewLoop(rt.LoopConfig{
		Period: 2 * time.Millisecond,
		Mode:   rt.Portable,
		Miss: rt.MissBudget{M: 2, K: 10, OnMiss: func(*rt.Tick) {
			safe = true // park the actuators
		}},
		SubSteps: []rt.SubStep{{Name: "planner", Every: 1000, Step: func(*rt.Tick) error {
			plans++
			return nil
		}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	err = loop.Run(context.Background(), func(t *rt.Tick) error {
		for steps == 5 && rt.Now() < t.Deadline+int64(10*time.Millisecond) {
			// This step takes 10 ms too long, and costs 5 periods or more.
		}
		if steps++; steps == 10 {
			return rt.ErrStop
		}
		return nil
	})
	fmt.Println(err, safe, plans > 0)
	// Output: <nil> true true
}

// Whatever stops the world belongs in a maintenance window.
func ExampleProcess_Maintenance() {
	process, err := rt.Setup(rt.ProcessConfig{Keep: rt.KeepMemory | rt.KeepLatency | rt.KeepAffinity})
	if err != nil {
		log.Fatal(err)
	}
	defer process.Close()
	var heap runtime.MemStats
	err = process.Maintenance(func() error {
		runtime.GC()
		runtime.ReadMemStats(&heap)
		return nil
	})
	fmt.Println(err, heap.HeapAlloc > 0)
	// Output: <nil> true
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
