// Command rtbench measures what this machine can promise a real-time program,
// and judges it against budgets kept in the user's repository.
//
//	rtbench certify            measure, judge and report
//	rtbench run -- ./my-loop   measure a program of your own
//	rtbench check RUN --budget rtbench.toml
//
// Exit codes: 0 pass, 1 error, 2 breach, 3 inconclusive or unsupported.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/inherit"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/throttle"
	"github.com/memkit-go/memkit/internal/command"
	"github.com/memkit-go/memkit/rt/env"
	"github.com/memkit-go/memkit/rt/isolate"
)

func main() {
	supervise.Main()
	isolate.Main()
	caller, err := inherit.Reset()
	if err != nil {
		fmt.Fprintf(os.Stderr, "rtbench: resetting the caller's scheduling: %v\n", err)
		os.Exit(exitError)
	}
	a := &app{
		catalogue:    suite.All(),
		launch:       &campaign.SelfExec{Args: []string{measureName}},
		rows:         suite.Comparison.Rows,
		launchRow:    func(args []string) campaign.Launcher { return &campaign.SelfExec{Args: args} },
		cpu:          hostCPUTime,
		caller:       caller,
		quota:        func() (throttle.Count, bool) { return throttle.Read(env.Host()) },
		slowing:      func() throttle.Reading { return throttle.ReadAll(env.Host()) },
		fingerprint:  env.Fingerprint,
		commit:       commitHere,
		inspect:      inspectHost,
		selfTestRuns: shortRuns,
		burner:       startBurner,
		command:      os.Args,
		stdin:        os.Stdin,
		stdout:       os.Stdout,
		stderr:       os.Stderr,
	}
	os.Exit(a.runUntil(untilSignal(), os.Args[1:]))
}

// untilSignal ends with the first SIGINT or SIGTERM. The second one ends the process,
// and supervisors then kill the rest at once.
//
// A file that grows beyond the caller's limit is an error and does not end the process.
func untilSignal() context.Context {
	tolerateFileLimit()
	return command.UntilSignal()
}

// runUntil is main, but ends at the latest endGrace after ctx.
func (a *app) runUntil(ctx context.Context, args []string) int {
	return command.Run(ctx, endGrace, func() int { return a.main(ctx, args) }, func(ended <-chan int) int {
		if a.keeping.Load() {
			select {
			case code := <-ended:
				return code
			case <-time.After(keepGrace):
			}
		}
		// A computation that does not look at ctx. It has changed nothing, and files
		// without a name go with the process.
		complain(a.stderr, ctx, context.Cause(ctx))
		return exitError
	})
}

// endGrace is how long a command may go on after a signal. Children have ended by
// then, see supervise.StopGrace.
const endGrace = supervise.StopGrace + 200*time.Millisecond

// main runs one command line and returns its exit code.
func (a *app) main(ctx context.Context, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		complain(a.stderr, ctx, err)
	}
	return exitCode(err)
}

// complain tells the user why a command ended.
func complain(w io.Writer, ctx context.Context, err error) {
	var kept *keptError
	if ctx.Err() != nil && !errors.As(err, &kept) {
		fmt.Fprintf(w, "rtbench: stopped (%v): nothing was written and no process is left\n", context.Cause(ctx))
		return
	}
	fmt.Fprintf(w, "rtbench: %v\n", err)
}
