package rt_test

import (
	"context"
	"fmt"
	"log"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// Both processes name these: they are declared at package level.
var (
	positions = rt.NewQueue[int64]("positions", 64)
	step      = rt.NewCell[int64]("step")
	counting  = rt.Entry("counting", count)
)

// count runs in a process of its own.
func count(c *rt.Child) error {
	out, err := positions.Producer(c)
	if err != nil {
		return err
	}
	in, err := step.Reader(c)
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Auto})
	if err != nil {
		return err
	}
	position := int64(0)
	return loop.Run(c.Context(), func(*rt.Tick) error {
		by, _ := in.Load()
		position += by
		if by != 0 {
			out.Push(position)
		}
		return nil
	})
}

// A loop in an isolate, with parameters in and telemetry out. The program's main,
// and TestMain here, begin with rt.Main().
func ExampleStart() {
	isolate, err := rt.Start(context.Background(), counting, rt.IsolateConfig{
		Channels:  []rt.Channel{positions, step},
		SafeState: func(d rt.Down) { log.Println("stop the motors:", d.Err) },
		InProcess: runtime.GOOS != "linux", // elsewhere the same as a goroutine
	})
	if err != nil {
		log.Fatal(err)
	}
	defer isolate.Close()

	set, err := step.Writer(isolate)
	if err != nil {
		log.Fatal(err)
	}
	in, err := positions.Consumer(isolate)
	if err != nil {
		log.Fatal(err)
	}
	set.Store(5)
	for received := 0; received < 3; {
		if position, ok := in.Pop(); ok {
			fmt.Println(position)
			received++
		}
		runtime.Gosched()
	}
	fmt.Println(isolate.Stop(context.Background()))
	// Output:
	// 5
	// 10
	// 15
	// <nil>
}
