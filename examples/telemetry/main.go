// Command telemetry is a pipeline from packets to alarms with budgets: a burst of
// packets must not take the memory of the alarms. Packets are parsed in frame
// memory under one tag, whose budget refuses the excess; alarms are promoted out of
// their frame, the important ones first.
//
//	go run ./examples/telemetry
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/memkit-go/memkit/core"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	warnings := 0
	a, err := core.New(core.Config{
		Name:      "telemetry",
		FrameSize: 64 << 10,
		Hooks:     core.Hooks{OnWarn: func(int, *core.BudgetError) { warnings++ }},
	})
	if err != nil {
		return err
	}
	p, err := newPipeline(a)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	// The third frame brings four times as many packets as the budget has room for.
	for frame, packets := range []int{50, 100, 800, 60} {
		s, lost, err := p.frame(frame, packets)
		if err != nil {
			return errors.Join(err, p.close())
		}
		fmt.Fprintf(out, "frame %d: %d of %d packets refused, %d bytes, warned %v; alarms kept %d, refused %d\n",
			s.Frame, lost, packets, s.Bytes, s.Warned, s.Promoted.ToPool, s.Promoted.Failed.Exhausted)
		for t := range p.lane.Frame().Tags() {
			fmt.Fprintf(out, "  tag %-8s %6d bytes\n", t.Name, t.Bytes)
		}
	}
	fmt.Fprintf(out, "%d warnings; alarms held:", warnings)
	for _, b := range p.alarms {
		fmt.Fprintf(out, " %d", b.Ptr().Level)
	}
	fmt.Fprintln(out)
	return p.close()
}
