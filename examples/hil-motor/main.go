// Command hil-motor is a rig as a program: firmware in C turns a simulated motor, first
// without faults, then with a sensor that is off and frames that are lost. `go test` runs
// the same rig as a test with requirements.
//
//	go run ./examples/hil-motor
//	go test -v ./examples/hil-motor
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/memkit-go/memkit/hil"
)

func main() {
	seed := flag.Uint64("seed", 1, "of the faults")
	flag.Parse()
	if err := run(os.Stdout, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "hil-motor:", err)
		os.Exit(1)
	}
}

// run runs both scenarios and prints what they came to.
func run(w io.Writer, seed uint64) error {
	plain, faulty, err := scenarios(seed)
	if err != nil {
		return err
	}
	for _, s := range []hil.Scenario{plain, faulty} {
		report, err := s.Evaluate(context.Background())
		if err != nil {
			return err
		}
		fmt.Fprintln(w, report)
		for _, v := range report.Verdicts {
			fmt.Fprintln(w, " ", v)
		}
		for _, e := range report.Result.Recording.Events() {
			if e.Kind == "fault" || e.Kind == "undo" {
				fmt.Fprintf(w, "  step %d: %s %s\n", e.Step, e.Kind, e.Text)
			}
		}
		if report.Outcome() != hil.Pass {
			return fmt.Errorf("%s: %v", s.Name, report.Outcome())
		}
	}
	return nil
}
