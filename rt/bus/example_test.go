package bus_test

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/bus"
)

// A command and an answer in each period of a loop, over shared memory. The device
// is simulated in the same program.
func ExampleExchange() {
	memory, err := arena.New(arena.Config{Size: bus.MemorySize()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer memory.Close()
	port, err := bus.NewMemory(memory.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	device, err := bus.AttachMemory(memory.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	exchange, err := bus.NewExchange(bus.ExchangeConfig{
		Port: port, Period: time.Millisecond,
		CommandSize: 5, AnswerSize: 5, // a sequence number of 4 bytes and a byte
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := make([]byte, 5)
	for k := range int64(3) { // in a program: loop.Run(ctx, func(t *rt.Tick) error { … })
		t := &rt.Tick{Index: k, Intended: k * 1e6, Now: k * 1e6, Deadline: (k + 1) * 1e6}
		answer := exchange.Receive(t)
		if answer.Fresh() {
			fmt.Printf("answer to command %d: %d\n", answer.Sequence, answer.Data[4])
		}
		command := []byte{0, 0, 0, 0, byte(10 * k)}
		if err := exchange.Send(t, command); err != nil {
			fmt.Println(err)
		}

		n, _, _ := device.Receive(frame)
		frame[4]++
		device.Send(frame[:n])
	}
	fmt.Println(exchange.Stats().Answered, "answered in time")
	// Output:
	// answer to command 1: 1
	// answer to command 2: 11
	// 2 answered in time
}
