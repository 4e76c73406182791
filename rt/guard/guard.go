package guard

import (
	"context"
	"errors"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
)

// Guard is a guard's process as the one that started it holds it. Make one with [Start].
// All methods may be called from any goroutine.
type Guard struct {
	isolate *isolate.Isolate
	address string
	status  *statusReader
}

// entry is what the guard's process runs.
var entry = isolate.Entry("memkit.guard", run)

const (
	// runningWithin is how long the guard's loop may take to begin.
	runningWithin = 10 * time.Second
	// heartbeat is how long the guard itself may go without a sign of life until this
	// process ends it: long, because the controller notices by itself, and this process
	// is an ordinary one that may be delayed.
	heartbeat = time.Second
)

// Start starts a guard. It returns when the guard has opened the actuator and looks. The
// guard lives until Stop, or the end of ctx, and for two seconds after this process has
// died: it drives the safe state then, at the latest when the controller has ended.
// Revoked sockets stay revoked.
//
// Errors: *rt.ConfigError; those of the bus, as their text; [ErrNoWatchdog];
// *rt.PrivilegeError, unless Config.Mode is rt.Portable or rt.Auto; those of
// isolate.Start.
func Start(ctx context.Context, c Config) (*Guard, error) {
	s, err := c.validate()
	if err != nil {
		return nil, err
	}
	if s.Address, err = newAddress(); err != nil {
		return nil, err
	}
	process := c.Process
	if len(process.LoopCPUs) == 0 {
		process.Keep |= rt.KeepAffinity
	}
	i, err := isolate.Start(ctx, entry, isolate.Config{
		Process: process, Args: []string{string(packet(s))},
		Channels:  []isolate.Channel{statuses},
		SafeState: c.Died, FirstBeat: runningWithin, Heartbeat: heartbeat,
		Stdout: c.Stdout, Stderr: c.Stderr,
	})
	if err != nil {
		if watchdogFailed(err) {
			err = &startError{err, ErrNoWatchdog}
		}
		return nil, err
	}
	g := &Guard{isolate: i, address: s.Address}
	if g.status, err = newStatusReader(i); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return g, nil
}

// Address is what the controller gives to Connect, in this process or another one of the
// same user and network namespace.
func (g *Guard) Address() string { return g.address }

// PID is the guard's process.
func (g *Guard) PID() int { return g.isolate.PID() }

// Status is what the guard has counted, as of its last look. The guard need not answer,
// nor live.
func (g *Guard) Status() Status { return g.status.read() }

// Loop is the guard's own loop: what it was granted, and its counts.
func (g *Guard) Loop() (isolate.LoopStats, bool) {
	all := g.isolate.Stats()
	if len(all) == 0 {
		return isolate.LoopStats{}, false
	}
	return all[0], true
}

// Done is closed when the guard has ended.
func (g *Guard) Done() <-chan struct{} { return g.isolate.Done() }

// Stop lets the guard drive the safe state and end. A controller that is armed then can
// write no more.
func (g *Guard) Stop(ctx context.Context) error { return g.isolate.Stop(ctx) }

// Close is Stop, and gives the shared memory back.
func (g *Guard) Close() error {
	err := g.isolate.Stop(context.Background())
	g.status.close()
	return errors.Join(err, g.isolate.Close())
}
