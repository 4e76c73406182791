package async_test

import (
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/memkit-go/memkit/async"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
)

func TestMain(m *testing.M) {
	isolate.Main()
	os.Exit(m.Run())
}

// Both processes name these.
var (
	ticks  = isolate.NewQueue[int64]("ticks", 64)
	ticker = isolate.Entry("ticker", tickAway)
)

// tickAway pushes 1, 2, 3 and so on, a number for each tick for which there is room.
func tickAway(c *isolate.Child) error {
	out, err := ticks.Producer(c)
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Period: time.Millisecond, Mode: rt.Auto})
	if err != nil {
		return err
	}
	next := int64(1)
	return loop.Run(c.Context(), func(*rt.Tick) error {
		if out.Push(next) {
			next++
		}
		return nil
	})
}

// TestDrainIsolate: messages of a loop in a process of its own reach a goroutine in
// order, none is lost, and those that are there when the context ends arrive too.
func TestDrainIsolate(t *testing.T) {
	i, err := isolate.Start(context.Background(), ticker, isolate.Config{
		Channels:  []isolate.Channel{ticks},
		FirstBeat: time.Minute, Heartbeat: time.Minute, // of a loaded machine
		InProcess: runtime.GOOS != "linux",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	in, err := ticks.Consumer(i)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	last := int64(0)
	for v, err := range async.Drain(ctx, in, time.Millisecond) {
		if err != nil {
			if err != context.Canceled {
				t.Error(err)
			}
			break
		}
		if v != last+1 {
			t.Fatalf("%d follows %d", v, last)
		}
		if last = v; last == 50 {
			if err := i.Stop(context.Background()); err != nil {
				t.Error(err)
			}
			cancel()
		}
	}
	if v, ok := in.Pop(); ok {
		t.Errorf("%d is left in the queue", v)
	}
	if last < 50 {
		t.Errorf("%d messages", last)
	}
}
