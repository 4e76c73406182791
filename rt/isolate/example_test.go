package isolate_test

import (
	"context"
	"fmt"
	"log"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
)

// Both processes name these: they are declared at package level.
var (
	positions = isolate.NewQueue[int64]("positions", 64)
	step      = isolate.NewCell[int64]("step")
	counting  = isolate.Entry("counting", count)
)

// count runs in a process of its own.
func count(c *isolate.Child) error {
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
// and TestMain here, begin with isolate.Main().
func ExampleStart() {
	i, err := isolate.Start(context.Background(), counting, isolate.Config{
		Channels:  []isolate.Channel{positions, step},
		SafeState: func(d isolate.Failure) { log.Println("stop the motors:", d.Err) },
		Heartbeat: time.Minute,             // with a motor: 0, which is 250 ms
		InProcess: runtime.GOOS != "linux", // elsewhere the same as a goroutine
	})
	if err != nil {
		log.Fatal(err)
	}
	defer i.Close()

	set, err := step.Writer(i)
	if err != nil {
		log.Fatal(err)
	}
	in, err := positions.Consumer(i)
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
	fmt.Println(i.Stop(context.Background()))
	// Output:
	// 5
	// 10
	// 15
	// <nil>
}
