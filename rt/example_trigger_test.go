package rt_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// A loop that packets clock: here the bytes in a pipe.
func ExampleReadable() {
	packets, device, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer packets.Close()
	defer device.Close()
	device.Write([]byte{1, 2, 3})

	loop, err := rt.NewLoop(rt.LoopConfig{
		Period: time.Millisecond, Mode: rt.Portable,
		Trigger: rt.Readable(int(packets.Fd()), 100*time.Millisecond),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	packet := make([]byte, 1)
	err = loop.Run(context.Background(), func(t *rt.Tick) error {
		packets.Read(packet)
		fmt.Println("tick", t.Index, "packet", packet[0])
		if t.Index == 2 {
			return rt.ErrStop
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// tick 0 packet 1
	// tick 1 packet 2
	// tick 2 packet 3
	// <nil>
}

// A loop that keeps in phase with a robot's clock. A bus master, such as an EtherCAT
// master with distributed clocks, is followed in the same way: its time of the last
// synchronisation is the reference.
func ExampleDisciplined() {
	clock, err := rt.NewDisciplined(rt.DisciplinedConfig{Period: time.Millisecond})
	if err != nil {
		fmt.Println(err)
		return
	}
	loop, err := rt.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Portable, Trigger: clock.Wait})
	if err != nil {
		fmt.Println(err)
		return
	}
	var robot int64 // one of the robot's moments; then one each millisecond
	err = loop.Run(context.Background(), func(t *rt.Tick) error {
		if robot == 0 {
			robot = t.Intended - t.Index*1e6 + 200_000
		}
		clock.Reference(t, robot+t.Index*1e6) // when its packet arrived
		if clock.Stats().References == 100 {
			return rt.ErrStop
		}
		return nil
	})
	s := clock.Stats()
	fmt.Println(err, s.References, s.Rejected)
	// Output: <nil> 100 0
}
