// Command my-loop is a 1 kHz control loop as a user of memkit writes it. When it
// ends it prints how late each step finished, one latency a line, so that
//
//	rtbench certify --budget examples/my-loop/rtbench.toml -- go run ./examples/my-loop
//
// certifies it. Without privileges it takes the best mode that it is granted.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	defer cancel()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return err
	}
	defer process.Close()
	latencies, err := record.New(record.Config{Capacity: 1 << 16})
	if err != nil {
		return err
	}
	loop, err := rt.NewLoop(rt.LoopConfig{Name: "my-loop", Period: time.Millisecond, Mode: rt.Auto})
	if err != nil {
		return err
	}
	arm := pendulum{angle: 0.1}
	err = loop.Run(ctx, func(t *rt.Tick) error {
		arm.step(0.001)
		latencies.Record(rt.Now() - t.Intended)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for _, ns := range latencies.Samples() {
		fmt.Fprintln(out, ns)
	}
	return out.Flush()
}
