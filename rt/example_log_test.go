package rt_test

import (
	"fmt"
	"log"
	"log/slog"
	"os"

	"github.com/memkit-go/memkit/rt"
)

// What the step of a motor controller may say.
var (
	motorMessages rt.Messages
	overCurrent   = motorMessages.Message("axis over current", "axis", "amps", "state")
	accelerating  = motorMessages.Text("accelerating")
)

func ExampleLog() {
	l, err := rt.NewLog(rt.LogConfig{Messages: &motorMessages})
	if err != nil {
		log.Fatal(err)
	}
	w, err := l.Writer()
	if err != nil {
		log.Fatal(err)
	}

	// In the step: no allocation, no lock, no system call.
	w.Write(slog.LevelWarn, overCurrent, rt.Int(3), rt.Float(12.5), accelerating.Arg())

	// In an ordinary goroutine; a program that runs on calls Drain.
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime})
	if _, err := l.DrainOnce(slog.New(handler)); err != nil {
		log.Fatal(err)
	}
	// Output: level=WARN msg="axis over current" axis=3 amps=12.5 state=accelerating
}

func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// An impulse response that is exchanged while the audio callback uses it.
func ExampleHandover() {
	type response struct{ name string } // and its taps
	rooms := rt.NewHandover(&response{name: "hall"}, func(r *response) {
		fmt.Println("released", r.name) // a pool takes it back, say
	})
	step := func() { fmt.Println("playing in", rooms.Current().name) }

	step()
	rooms.Publish(&response{name: "church"})
	rooms.Publish(&response{name: "plate"}) // church was never heard
	step()
	rooms.Collect()
	rooms.Close() // when the loop has ended
	// Output:
	// playing in hall
	// released church
	// playing in plate
	// released hall
	// released plate
}
