// Command isolate is a mixed program: a control loop that must not lose a period
// and an ordinary Go program with a garbage collector, in one executable. The
// loop runs in a process of its own; its parent makes garbage, sends parameters
// and reads telemetry.
//
//	go run ./examples/isolate -duration 5s
//	go run ./examples/isolate -in-process      # the same, in one process
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt/isolate"
)

func main() {
	isolate.Main() // the child process goes no further
	duration := flag.Duration("duration", 2*time.Second, "how long to run")
	inProcess := flag.Bool("in-process", false, "run the loop as a goroutine of this process")
	flag.Parse()
	if err := run(os.Stdout, *duration, *inProcess); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer, duration time.Duration, inProcess bool) error {
	isolate, err := isolate.Start(context.Background(), control, isolate.Config{
		Channels:  channels,
		Restart:   isolate.Restart{Max: 3},
		SafeState: func(d isolate.Failure) { log.Printf("brakes on: %v", d.Err) },
		InProcess: inProcess,
	})
	if err != nil {
		return err
	}
	defer isolate.Close()
	set, err := parameters.Writer(isolate)
	if err != nil {
		return err
	}
	in, err := telemetry.Consumer(isolate)
	if err != nil {
		return err
	}
	stop := makeGarbage()
	defer stop()

	var late []int64
	var last sample
	read := func() {
		for s, ok := in.Pop(); ok; s, ok = in.Pop() {
			last, late = s, append(late, s.LateNs)
		}
	}
	const moves = 4
	for move := range moves {
		set.Store(gains{Target: float64(move%2 + 1), Kp: 400, Kd: 40})
		for end := time.Now().Add(duration / moves); time.Now().Before(end); {
			select {
			case <-isolate.Done():
				return isolate.Wait()
			case <-time.After(10 * time.Millisecond):
				read()
			}
		}
		fmt.Fprintf(out, "move %d: target %d rad, position %.3f rad\n", move, move%2+1, last.Position)
	}
	stats := isolate.Stats()[0]
	if err := isolate.Stop(context.Background()); err != nil {
		return err
	}
	read()
	if len(late) == 0 {
		return errors.New("no telemetry came")
	}
	report(out, isolate, stats, late)
	return nil
}

func report(out io.Writer, isolate *isolate.Isolate, stats isolate.LoopStats, late []int64) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	g := stats.Granted
	fmt.Fprintf(out, "loop: %v, %v, CPU %v, of process %d, started in %v\n", g.Mode, g.Policy, g.CPU, isolate.PID(), isolate.Started().Round(time.Microsecond))
	for _, reason := range g.Missing {
		fmt.Fprintf(out, "  not granted: %s\n", reason)
	}
	slices.Sort(late)
	fmt.Fprintf(out, "%d periods, %d lost, wake-ups late by %d µs at p50, %d at p99, %d at most; %d collections in the parent\n",
		stats.Stats.Ticks, stats.Stats.Skipped, late[len(late)/2]/1000, late[len(late)*99/100]/1000, late[len(late)-1]/1000, memory.NumGC)
}

// makeGarbage keeps the collector busy until stop is called, as an ordinary
// program does.
func makeGarbage() (stop func()) {
	var stopped atomic.Bool
	go func() {
		keep := make([][]byte, 1000)
		for i := 0; !stopped.Load(); i++ {
			keep[i%len(keep)] = make([]byte, 8<<10)
			if i%100 == 0 {
				time.Sleep(100 * time.Microsecond)
			}
		}
	}()
	return func() { stopped.Store(true) }
}
