package guard_test

import (
	"context"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/guard"
)

// A drive on a memory bus, simulated in this program, gets the safe frame when the
// controller's beat stays away. A program calls isolate.Main first in main.
func Example() {
	ctx := context.Background()
	g, err := guard.Start(ctx, guard.Config{
		Memory: true, SafeFrame: []byte("brake"),
		Period: time.Millisecond, Silence: 100, FirstBeat: time.Minute,
		Mode: rt.Portable, // in a machine: Strict, the zero value, which needs the right to SCHED_FIFO
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()
	drive, err := guard.AttachDevice(ctx, g.Address())
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := guard.Connect(ctx, g.Address())
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Send([]byte("move")) // in each period of a loop, and then
	c.Beat()
	// Here the controller hangs.
	frame := make([]byte, bus.MemoryFrame)
	for range time.Tick(time.Millisecond) {
		n, _, err := drive.Receive(frame)
		if err != nil {
			continue
		}
		fmt.Printf("the drive gets %q\n", frame[:n])
		if string(frame[:n]) == "brake" {
			break
		}
	}
	fmt.Println(c.Send([]byte("move")) == bus.ErrDown, c.Trip().Reason)
	// Output:
	// the drive gets "move"
	// the drive gets "brake"
	// true silent
}
