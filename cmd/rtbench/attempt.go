package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
)

// judged is a measured run with its file and its certificate.
type judged struct {
	run         *record.Run
	file        []byte
	certificate *certificate.Certificate
}

// attempts measures and judges until the conditions of measuring are those that the
// budget file requires, something failed, or the file allows no more attempts. e
// holds all but the run.
func (a *app) attempts(ctx context.Context, e certificate.Evidence, measure func(context.Context) (*record.Run, error)) (*judged, error) {
	retries := 0
	if e.Budgets != nil {
		retries = e.Budgets.Retries
	}
	for {
		run, err := measure(ctx)
		if err != nil {
			return nil, err
		}
		e.Run = run
		var file []byte
		if file, e.Digest, err = encodeRun(run); err != nil {
			return nil, err
		}
		c, err := a.analyse(e)
		if err != nil {
			return nil, err
		}
		if !c.Retry(retries) {
			return &judged{run, file, c}, nil
		}
		fmt.Fprintf(a.stderr, "attempt %d of %d is not judged: %s; measuring again\n", len(c.Attempts), retries+1, strings.Join(c.Unmet(), "; "))
		e.Earlier = c.Attempts
	}
}
