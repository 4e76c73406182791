// Package command has what commands share: how they end on a signal.
package command

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// UntilSignal ends with the first SIGINT or SIGTERM. The second one has the default
// action, which ends the process.
func UntilSignal() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx
}

// Run returns the exit code of run, which ends by itself or because it looks at ctx.
// Where it still runs when grace has passed after the end of ctx, Run returns the exit
// code of late, which gets the channel that run's own may yet arrive on.
func Run(ctx context.Context, grace time.Duration, run func() int, late func(ended <-chan int) int) int {
	ended := make(chan int, 1)
	go func() { ended <- run() }()
	select {
	case code := <-ended:
		return code
	case <-ctx.Done():
	}
	select {
	case code := <-ended:
		return code
	case <-time.After(grace):
		return late(ended)
	}
}
