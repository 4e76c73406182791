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
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/env"
)

func main() {
	rt.Main()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal stops cleanly; a second one ends the process at once.
	context.AfterFunc(ctx, stop)
	a := &app{
		catalogue:    suite.All(),
		launch:       &campaign.SelfExec{Args: []string{measureName}},
		rows:         suite.Comparison.Rows,
		launchRow:    func(args []string) campaign.Launcher { return &campaign.SelfExec{Args: args} },
		cpu:          hostCPUTime,
		fingerprint:  env.Fingerprint,
		inspect:      inspectHost,
		selfTestRuns: shortRuns,
		command:      os.Args,
		stdin:        os.Stdin,
		stdout:       os.Stdout,
		stderr:       os.Stderr,
	}
	os.Exit(a.main(ctx, os.Args[1:]))
}

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
	if ctx.Err() != nil {
		fmt.Fprintf(w, "rtbench: stopped (%v): nothing was written and no process is left\n", context.Cause(ctx))
		return
	}
	fmt.Fprintf(w, "rtbench: %v\n", err)
}
