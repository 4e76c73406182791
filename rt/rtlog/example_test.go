package rtlog_test

import (
	"log"
	"log/slog"
	"os"

	"github.com/memkit-go/memkit/rt/rtlog"
)

// What the step of a motor controller may say.
var (
	motorMessages rtlog.Messages
	overCurrent   = motorMessages.Message("axis over current", "axis", "amps", "state")
	accelerating  = motorMessages.Text("accelerating")
)

func ExampleLog() {
	l, err := rtlog.New(rtlog.Config{Messages: &motorMessages})
	if err != nil {
		log.Fatal(err)
	}
	w, err := l.Writer()
	if err != nil {
		log.Fatal(err)
	}

	// In the step: no allocation, no lock, no system call.
	w.Write(slog.LevelWarn, overCurrent, rtlog.Int(3), rtlog.Float(12.5), accelerating.Arg())

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
