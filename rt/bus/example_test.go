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

// image is the process image of a fieldbus master that the program links, such as an
// EtherCAT master: it becomes a Port, and an Exchange attributes its losses too.
type image struct {
	out, in []byte // the master copies them in its own cycle
	fresh   bool
	at      int64 // its time of the last cycle
}

func (m *image) Send(frame []byte) error {
	if len(frame) != len(m.out) {
		return bus.ErrSize
	}
	copy(m.out, frame)
	return nil
}

func (m *image) Receive(frame []byte) (n int, at int64, err error) {
	if !m.fresh {
		return 0, 0, bus.ErrEmpty
	}
	m.fresh = false
	return copy(frame, m.in), m.at, nil
}

func (m *image) Dropped() uint64 { return 0 }
func (m *image) FD() int         { return -1 }
func (m *image) Close() error    { return nil }

// cycle stands for the master's.
func (m *image) cycle(at int64) {
	copy(m.in, m.out)
	m.fresh, m.at = true, at
}

// A master that is not part of memkit takes the place of a transport.
func ExamplePort() {
	master := &image{out: make([]byte, 5), in: make([]byte, 5)}
	exchange, err := bus.NewExchange(bus.ExchangeConfig{Port: master, Period: time.Millisecond, CommandSize: 5, AnswerSize: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	for k := range int64(3) {
		t := &rt.Tick{Index: k, Intended: k * 1e6, Now: k * 1e6, Deadline: (k + 1) * 1e6}
		exchange.Step(t, make([]byte, 5)) // and the answer's time into rt.Disciplined
		master.cycle(k*1e6 + 500_000)
	}
	fmt.Println(exchange.Stats().Answered, "answered in time")
	// Output: 2 answered in time
}
