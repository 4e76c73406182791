package isolate_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/rtlog"
)

// start runs an entry that needs no watch, and ends the program if it cannot.
func start(e *isolate.EntryPoint, channels ...isolate.Channel) *isolate.Isolate {
	i, err := isolate.Start(context.Background(), e, isolate.Config{
		Channels: channels, FirstBeat: -1, Heartbeat: -1, InProcess: runtime.GOOS != "linux",
	})
	if err != nil {
		log.Fatal(err)
	}
	return i
}

var greeting = isolate.Entry("greeting", func(c *isolate.Child) error {
	fmt.Println("hello from a process of its own")
	return nil
})

// A program with an isolate. In the child, Main runs the entry and does not return.
func ExampleMain() {
	// func main() {
	isolate.Main()
	i := start(greeting)
	defer i.Close()
	fmt.Println(i.Wait())
	// }

	// Output:
	// hello from a process of its own
	// <nil>
}

type reading struct {
	Axis  int32
	Angle float64
}

var (
	readings = isolate.NewQueue[reading]("readings", 64)
	sensing  = isolate.Entry("sensing", func(c *isolate.Child) error {
		out, err := readings.Producer(c)
		if err != nil {
			return err
		}
		for axis := range int32(3) {
			out.Push(reading{axis, float64(axis) / 2})
		}
		return nil
	})
)

// Messages from the isolate arrive in order, and stay when it has ended.
func ExampleQueue() {
	i := start(sensing, readings)
	defer i.Close()
	in, err := readings.Consumer(i)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(i.Wait())
	for r, ok := in.Pop(); ok; r, ok = in.Pop() {
		fmt.Println(r.Axis, r.Angle)
	}
	// Output:
	// <nil>
	// 0 0
	// 1 0.5
	// 2 1
}

var (
	setpoint = isolate.NewCell[float64]("setpoint")
	position = isolate.NewCell[float64]("position")
	moving   = isolate.Entry("moving", func(c *isolate.Child) error {
		in, err := setpoint.Reader(c)
		if err != nil {
			return err
		}
		out, err := position.Writer(c)
		if err != nil {
			return err
		}
		at := 0.0
		for c.Context().Err() == nil {
			c.Beat()
			want, _ := in.Load()
			at += (want - at) / 2
			out.Store(at)
			runtime.Gosched()
		}
		return nil
	})
)

// Each side reads the newest value that the other has stored.
func ExampleCell() {
	i := start(moving, setpoint, position)
	defer i.Close()
	set, err := setpoint.Writer(i)
	if err != nil {
		log.Fatal(err)
	}
	at, err := position.Reader(i)
	if err != nil {
		log.Fatal(err)
	}
	set.Store(10)
	for v := 0.0; v < 9.99; v, _ = at.Load() {
		runtime.Gosched()
	}
	fmt.Println("it has arrived;", i.Stop(context.Background()))
	// Output: it has arrived; <nil>
}

var (
	samples   = isolate.NewBlocks[int16]("samples", 1024)
	recording = isolate.Entry("recording", func(c *isolate.Child) error {
		out, err := samples.Writer(c)
		if err != nil {
			return err
		}
		out.Write([]int16{1, 2, 3, 4})
		return nil
	})
)

// A stream of samples, in blocks of any size on either side.
func ExampleBlocks() {
	i := start(recording, samples)
	defer i.Close()
	in, err := samples.Reader(i)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(i.Wait())
	block := make([]int16, 3)
	for n := in.Read(block); n > 0; n = in.Read(block) {
		fmt.Println(block[:n])
	}
	// Output:
	// <nil>
	// [1 2 3]
	// [4]
}

var (
	said      rtlog.Messages
	overheat  = said.Message("motor too hot", "axis", "celsius")
	notes     = isolate.NewJournal("notes", 64, &said)
	reporting = isolate.Entry("reporting", func(c *isolate.Child) error {
		w, err := notes.Writer(c)
		if err != nil {
			return err
		}
		w.Write(slog.LevelWarn, overheat, rtlog.Int(2), rtlog.Float(81.5))
		return nil
	})
)

// A step in the isolate logs, and the parent passes the records on to log/slog.
func ExampleJournal() {
	i := start(reporting, notes)
	defer i.Close()
	journal, err := notes.Log(i)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(i.Wait())
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	if _, err := journal.DrainOnce(slog.New(handler)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// <nil>
	// level=WARN msg="motor too hot" axis=2 celsius=81.5
}

var (
	scratch = isolate.NewRegion("scratch", 64)
	writing = isolate.Entry("writing", func(c *isolate.Child) error {
		b, err := scratch.Bytes(c)
		if err != nil {
			return err
		}
		copy(b, "left by the child")
		return nil
	})
)

// Memory that both sides map stays when the isolate has ended.
func ExampleRegion() {
	i := start(writing, scratch)
	defer i.Close()
	b, err := scratch.Bytes(i)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(i.Wait())
	fmt.Println(len(b), string(b[:17]))
	// Output:
	// <nil>
	// 64 left by the child
}

var faulty = isolate.Entry("faulty", func(c *isolate.Child) error {
	if c.Generation == 0 {
		c.SaveState([]byte("calibrated"))
		return errors.New("the bus is silent")
	}
	fmt.Printf("generation %d: %s\n", c.Generation, c.State())
	return nil
})

// A child that fails is started again, after SafeState, with the state that it has saved.
func ExampleRestart() {
	i, err := isolate.Start(context.Background(), faulty, isolate.Config{
		FirstBeat: -1, InProcess: runtime.GOOS != "linux",
		Restart:   isolate.Restart{Max: 3, Backoff: time.Millisecond},
		SafeState: func(f isolate.Failure) { fmt.Println("brakes on:", f.Err) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer i.Close()
	fmt.Println(i.Wait(), i.Restarts())
	// Output:
	// brakes on: isolate: faulty: the bus is silent
	// generation 1: calibrated
	// <nil> 1
}
