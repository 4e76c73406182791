package rt_test

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	"github.com/memkit-go/memkit/rt"
)

// portable is a loop that needs no privilege.
func portable(c rt.LoopConfig) *rt.Loop {
	c.Period, c.Mode = time.Millisecond, rt.Portable
	loop, err := rt.NewLoop(c)
	if err != nil {
		log.Fatal(err)
	}
	return loop
}

// until ends a loop at the tick of the given index.
func until(last int64, t *rt.Tick) error {
	if t.Index >= last {
		return rt.ErrStop
	}
	return nil
}

// A step wakes an ordinary goroutine.
func ExampleNotifier() {
	var alarm rt.Notifier
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		count, err := alarm.Wait(context.Background(), 0)
		fmt.Println("woken after", count, "notification,", err)
	}()
	err := portable(rt.LoopConfig{}).Run(context.Background(), func(t *rt.Tick) error {
		if t.Index >= 3 {
			alarm.Notify()
		}
		return until(3, t)
	})
	<-logged
	fmt.Println(err)
	// Output:
	// woken after 1 notification, <nil>
	// <nil>
}

// A callback that no Loop runs is checked in every call for what it must not do.
func ExampleMonitor() {
	var monitor rt.Monitor
	calls, bad := 0, 0
	callback := func(block []float32) {
		monitor.Read() // what other code of the thread did before
		for i := range block {
			block[i] *= 0.5
		}
		if did := monitor.Read(); did.Allocated || did.Called {
			bad++ // did says what
		}
		calls++
	}
	block := make([]float32, 256)
	for range 100 {
		callback(block)
	}
	fmt.Println(calls, "calls,", bad, "of them allocated or made system calls")
	// Output: 100 calls, 0 of them allocated or made system calls
}

// A planner runs in every 10th period of a loop, on its thread.
func ExampleSubStep() {
	plans := 0
	loop := portable(rt.LoopConfig{SubSteps: []rt.SubStep{{
		Name: "planner", Every: 10,
		Step: func(t *rt.Tick) error {
			plans++
			if t.Index >= 2 { // counts the planner's own periods
				return rt.ErrStop
			}
			return nil
		},
	}}})
	err := loop.Run(context.Background(), func(*rt.Tick) error { return nil })
	fmt.Println(plans <= 3, loop.SubSteps()[0].Name, err)
	// Output: true planner <nil>
}

// A device clocks the loop: here one that is due every 2 ms by the clock of rt.Now. A
// real device's Trigger waits in a raw system call.
func ExampleTrigger() {
	const period = int64(2 * time.Millisecond)
	next := rt.Now() + period
	device := func(until int64) (due int64, ok bool) {
		for rt.Now() < min(next, until) {
		}
		if next > until {
			return 0, false
		}
		due, next = next, next+period
		return due, true
	}
	var first, last int64
	err := portable(rt.LoopConfig{Trigger: device}).Run(context.Background(), func(t *rt.Tick) error {
		if t.Index == 0 {
			first = t.Intended
		}
		last = t.Intended
		return until(4, t)
	})
	fmt.Println(time.Duration(last-first), err)
	// Output: 8ms <nil>
}

// A call that may block is made in a window, in which a Strict loop is not pinned.
func ExampleTick_Syscall() {
	requests := make(chan string, 1)
	requests <- "recalibrate"
	var got string
	err := portable(rt.LoopConfig{}).Run(context.Background(), func(t *rt.Tick) error {
		if t.Index >= 2 && got == "" {
			return t.Syscall(func() error {
				got = <-requests
				return nil
			})
		}
		return until(4, t)
	})
	fmt.Println(got, err)
	// Output: recalibrate <nil>
}

// A step that does not return is noticed by an ordinary goroutine.
func ExampleLoopConfig_onStall() {
	safe := make(chan struct{})
	brake := sync.OnceFunc(func() { close(safe) }) // switches off what the step controls
	loop := portable(rt.LoopConfig{
		StallAfter: 100 * time.Millisecond,
		OnStall:    func(time.Duration) { brake() },
	})
	err := loop.Run(context.Background(), func(t *rt.Tick) error {
		if t.Index < 5 {
			return nil
		}
		<-safe // hangs, were it not for OnStall
		return rt.ErrStop
	})
	fmt.Println(err)
	// Output: <nil>
}
