package trace_test

import (
	"bytes"
	"fmt"

	"github.com/memkit-go/memkit/rt/trace"
)

var (
	controlNames trace.Names
	estimate     = controlNames.Label("estimate")
	actuate      = controlNames.Label("actuate")
	position     = controlNames.Counter("position", trace.Unitless)
)

// The three steps of a control loop, at made-up times. A real loop takes them from
// its rt.Tick and rt.Now, while an ordinary goroutine calls Writer.Run.
func Example() {
	region := make([]byte, trace.Size(1<<12)) // or part of an arena
	buffer, err := trace.Create(region, "control loop", &controlNames)
	if err != nil {
		fmt.Println(err)
		return
	}
	tracer, err := buffer.Tracer()
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	w, err := trace.NewWriter(&file, trace.Process{Name: "robot"}, buffer)
	if err != nil {
		fmt.Println(err)
		return
	}

	for i := range int64(3) {
		due := i * 1_000_000
		woke := due + 22_000
		tracer.Tick(due, woke)
		tracer.Begin(estimate, woke)
		tracer.Count(position, 10*i, woke+30_000)
		tracer.End(woke + 50_000) // one reading of the clock ends this span
		tracer.Begin(actuate, woke+50_000)
		tracer.End(woke + 60_000)
	}

	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%+v\n", w.Stats())
	// Output:
	// 18 events written, 0 dropped
}
