package rttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/record"
)

// environment is the variable by which a process knows that it is to measure.
const environment = "MEMKIT_RTTEST_JOB"

// job is the work of one fresh process. It travels in its environment.
type job struct {
	// Parent is the process that started it. A process with another parent has
	// inherited the variable: it was started by a test that measures.
	Parent int
	// Test and Call say which call of Verify measures, Periods how many.
	Test    string
	Call    int
	Periods int
	// Result is the file that the run is written to.
	Result string
}

// child is a process with a job.
type child struct {
	job
	found     bool        // its call has been reached
	measuring atomic.Bool // the loop runs
	nested    atomic.Bool // and its step has called Verify
}

// thisChild is this process, nil for an ordinary one.
var thisChild = sync.OnceValues(func() (*child, error) {
	text, ok := os.LookupEnv(environment)
	if !ok {
		return nil, nil
	}
	c := new(child)
	if err := json.Unmarshal([]byte(text), &c.job); err != nil {
		return nil, fmt.Errorf("rttest: %s: %w; it is not for users to set", environment, err)
	}
	if c.Parent != os.Getppid() {
		return nil, errNested
	}
	go dieWithParent(os.Stdin)
	return c, nil
})

var errNested = errors.New("rttest: Verify in a process that was started while Verify measures: one certificate at a time; do not start the test binary from a step or from what precedes Verify")

// dieWithParent ends this process when the other end of its input is closed.
func dieWithParent(stdin io.Reader) {
	_, _ = io.Copy(io.Discard, stdin)
	os.Exit(1)
}

// reached is called by every call of Verify in a measuring process. The one that
// is asked for measures and ends the test; those before it are passed over, and
// nothing is done behind it.
func (p *child) reached(t TB, number int, c Config, step func(*rt.Tick) error) {
	t.Helper()
	switch {
	case p.measuring.Load():
		p.nested.Store(true) // a pinned step must not fail here
		return
	case p.found:
		t.SkipNow()
		return
	case t.Name() != p.Test || number != p.Call:
		return
	}
	p.found = true
	p.measuring.Store(true)
	run, err := p.measure(c, step)
	p.measuring.Store(false)
	switch {
	case p.nested.Load():
		err = errNested
	case err == nil:
		err = p.write(run)
	}
	if err != nil {
		t.Fatalf("%v", err)
		return
	}
	t.SkipNow()
}

// measure runs the loop. What this machine refuses makes the series unavailable;
// what a step returns is a failure, whatever it is.
func (j job) measure(c Config, step func(*rt.Tick) error) (*record.Run, error) {
	m, err := newMeter(j.Periods, c, step)
	if err != nil {
		return nil, err
	}
	err = m.run()
	series := record.Series{Name: j.Test, Kind: record.Latency, Unit: "ns", Ops: 1}
	var privilege *rt.PrivilegeError
	switch {
	case !m.begun && (errors.As(err, &privilege) || errors.Is(err, rt.ErrUnsupported)):
		series.Unavailable = err.Error()
	case err != nil:
		return nil, err
	default:
		series = seriesOf(m, j.Test)
	}
	return &record.Run{
		Env:    map[string]string{"mode": m.granted.Mode.String(), "missing": strings.Join(m.granted.Missing, "; ")},
		Series: []record.Series{series},
	}, nil
}

func (j job) write(run *record.Run) error {
	f, err := os.Create(j.Result)
	if err != nil {
		return err
	}
	return errors.Join(record.Write(f, run), f.Close())
}
