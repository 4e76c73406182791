// Command memlense finds what breaks a real-time contract in Go code: allocations,
// waits, locks and loops without a bound in functions that carry //rt:nonallocating
// or //rt:nonblocking, and in what they call.
//
//	memlense check ./...                        findings of the packages
//	memlense explain ML601                      what a code means, with examples
//	go vet -vettool=$(which memlense) ./...     findings that need no whole program
//
// Exit codes: 0 clean, 1 something could not be analysed, 2 findings.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/internal/command"
)

func main() {
	if os.Getenv("GOGC") == "" {
		// A program's syntax, types and SSA form live as long as the check. A third more
		// memory saves a quarter of the processor time.
		debug.SetGCPercent(400)
	}
	if vetting(os.Args[1:]) {
		vet()
	}
	a := &app{check: check, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	os.Exit(a.runUntil(command.UntilSignal(), os.Args[1:]))
}

// app holds what the commands depend on; tests replace it.
type app struct {
	check          checker
	stdout, stderr io.Writer
	getenv         func(string) string
	// temporary is the directory that this process and those that it starts use for
	// temporary files. It is removed at the end.
	temporary string
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "memlense",
		Short: "Find what breaks a real-time contract",
		Long: `memlense finds allocations, waits, locks and loops without a bound in Go
functions that carry //rt:nonallocating or //rt:nonblocking, and in what they call.

Exit codes: 0 clean, 1 something could not be analysed, 2 findings.`,
		Example: `  memlense check ./...
  memlense explain ML601
  go vet -vettool=$(which memlense) ./...`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
	}
	root.AddCommand(newCheckCommand(a), newExplainCommand(), newVersionCommand())
	return root
}

// endGrace is how long a command may go on after a signal.
const endGrace = 700 * time.Millisecond

// runUntil is main, but ends at the latest endGrace after ctx. Temporary files of
// this process and of its children are gone afterwards.
func (a *app) runUntil(ctx context.Context, args []string) int {
	undo, err := a.ownTemporary()
	if err != nil {
		fmt.Fprintf(a.stderr, "memlense: a temporary directory: %v\n", err)
		return exitError
	}
	defer undo()
	return command.Run(ctx, endGrace, func() int { return a.main(ctx, args) }, func(<-chan int) int {
		// An analysis that does not look at ctx. It has changed nothing.
		a.complain(ctx, context.Cause(ctx))
		return exitError
	})
}

// ownTemporary makes a directory for temporary files and points the environment at
// it, so that a go command that is stopped leaves nothing behind.
func (a *app) ownTemporary() (undo func(), err error) {
	const variable = "TMPDIR"
	a.temporary, err = os.MkdirTemp("", "memlense-")
	if err != nil {
		return nil, err
	}
	before, had := os.LookupEnv(variable)
	if err := os.Setenv(variable, a.temporary); err != nil {
		return nil, err
	}
	return func() {
		if had {
			os.Setenv(variable, before)
		} else {
			os.Unsetenv(variable)
		}
		// A child that is ending may still write.
		for range 20 {
			if os.RemoveAll(a.temporary) == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}, nil
}

// main runs one command line and returns its exit code.
func (a *app) main(ctx context.Context, args []string) int {
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		a.complain(ctx, err)
	}
	return exitCode(err)
}

// complain tells the user why a command ended.
func (a *app) complain(ctx context.Context, err error) {
	if ctx.Err() != nil {
		err = fmt.Errorf("stopped (%w): nothing was written", context.Cause(ctx))
	}
	fmt.Fprintf(a.stderr, "memlense: %v\n", err)
}
