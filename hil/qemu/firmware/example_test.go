package firmware_test

import (
	"fmt"

	"github.com/memkit-go/memkit/hil/qemu/firmware"
)

// A motor that does not turn yet is to turn at 50 rad/s.
func Example() {
	var device firmware.Device
	request := firmware.Request{Head: firmware.Step, Sequence: 1, Set: firmware.Fixed(50)}
	var in [firmware.FrameSize]byte
	var out [2 * firmware.FrameSize]byte
	request.Put(in[:])
	n := device.Feed(in[:], out[:])

	var reply firmware.Reply
	if reply.Parse(out[:n]) {
		fmt.Printf("step %d: %.2f V\n", reply.Sequence, reply.Command.Float())
	}
	// Output: step 1: 5.13 V
}
