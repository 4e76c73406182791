package isolate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
)

// Isolate is an entry that runs in a process of its own, as its parent holds it.
// Make one with [Start]. All methods may be called from any goroutine.
type Isolate struct {
	entry  *EntryPoint
	cfg    Config
	shared *sharedMemory
	launch func(number int) (*generation, error)

	pid      atomic.Int64
	restarts atomic.Int64
	starting atomic.Int64 // how long the last start took, in ns
	writing  sync.Mutex   // Stdout and Stderr may be one writer

	safe chan struct{} // closed when the last call of SafeState has returned; the supervisor's

	stopOnce, killOnce, beatOnce sync.Once
	stopAsked, killAsked         chan struct{}
	beaten                       chan struct{} // closed at the first beat
	done                         chan struct{}
	err                          error // valid when done is closed
}

func newIsolate(e *EntryPoint, c Config) *Isolate {
	return &Isolate{
		entry: e, cfg: c,
		stopAsked: make(chan struct{}), killAsked: make(chan struct{}),
		beaten: make(chan struct{}), done: make(chan struct{}),
	}
}

// Failure says that an isolate is down, or hung and about to be killed.
type Failure struct {
	// Entry is the entry's name, PID the child's process.
	Entry string
	PID   int
	// Generation counts the starts from 0.
	Generation int
	// Err is an [*ExitError], or wraps [ErrHung].
	Err error
}

// String is "control, process 4711, generation 2: " and the error.
func (f Failure) String() string {
	return fmt.Sprintf("%s, process %d, generation %d: %v", f.Entry, f.PID, f.Generation, f.Err)
}

// stopGrace is how long an isolate that was asked to stop has for it: enough to
// bring an axis to rest, and short against a supervisor's patience.
const stopGrace = 2 * time.Second

// PID is the process of the current or last child; this process's own for an
// isolate that runs in it.
func (i *Isolate) PID() int { return int(i.pid.Load()) }

// Restarts is how often the isolate has been started again.
func (i *Isolate) Restarts() int { return int(i.restarts.Load()) }

// Started is how long the last start took: from the launch to where the entry
// begins.
func (i *Isolate) Started() time.Duration { return time.Duration(i.starting.Load()) }

// Stats are the loops of the child, the first made first, read from shared
// memory: the child need not answer, nor live. None after Close.
func (i *Isolate) Stats() []LoopStats { return i.shared.stats() }

// Wait waits until the isolate is down for good. It returns nil when the entry
// returned nil, or was asked to stop and returned its context's error;
// otherwise an [*ExitError], of the last generation.
func (i *Isolate) Wait() error {
	<-i.done
	return i.err
}

// Done is closed when the isolate is down for good and Wait returns at once.
func (i *Isolate) Done() <-chan struct{} { return i.done }

// Stop asks the child to stop, by ending its context, and kills it with all its
// process group when it has not ended by the end of ctx, or after two seconds.
// No restart follows. It returns as Wait does.
func (i *Isolate) Stop(ctx context.Context) error {
	i.stopOnce.Do(func() { close(i.stopAsked) })
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	select {
	case <-i.done:
		return i.err
	case <-ctx.Done():
	case <-grace.C:
	}
	i.killOnce.Do(func() { close(i.killAsked) })
	return i.Wait()
}

// Close stops the isolate and gives the shared memory back. Ends of channels
// that were claimed for the isolate must not be used any more. Its error is that
// of giving back; Stop and Wait say how the child ended.
func (i *Isolate) Close() error {
	i.Stop(context.Background())
	return i.shared.close()
}

func (i *Isolate) memory() *sharedMemory { return i.shared }

// supervise runs one generation after another until the isolate is down for
// good.
func (i *Isolate) supervise(g *generation) {
	var err error
	for g != nil {
		err = i.superviseGeneration(g)
		if err == nil || i.stopping() || !i.hasBeaten() {
			break
		}
		g, err = i.restart(err)
	}
	i.err = err
	close(i.done)
}

// hasBeaten is false while Start waits for the first beat: a failure then is Start's
// error, and no restart follows.
func (i *Isolate) hasBeaten() bool {
	select {
	case <-i.beaten:
		return true
	default:
		return false
	}
}

func (i *Isolate) stopping() bool {
	select {
	case <-i.stopAsked:
		return true
	default:
		return false
	}
}

// restart starts the next generation, after a wait, as often as the config
// allows. Without another one it returns nil and the last error.
func (i *Isolate) restart(err error) (*generation, error) {
	for n := i.Restarts(); n < i.cfg.Restart.Max && !errors.Is(err, errLeftBehind); n++ {
		backoff := time.NewTimer(i.cfg.Restart.delay(n))
		select {
		case <-backoff.C:
		case <-i.stopAsked:
			backoff.Stop()
			return nil, err
		}
		if i.awaitSafeState(); i.stopping() {
			return nil, err
		}
		i.restarts.Add(1)
		var g *generation
		if g, err = i.begin(n + 1); err == nil {
			return g, nil
		}
		i.safeState(n+1, err)
	}
	return nil, err
}

// begin starts a generation and waits until its entry runs.
func (i *Isolate) begin(number int) (*generation, error) {
	i.shared.cells.clear()
	start := time.Now()
	g, err := i.launch(number)
	if err != nil {
		return nil, err
	}
	i.pid.Store(int64(g.pid))
	if err := i.awaitRunning(g); err != nil {
		return nil, err
	}
	i.starting.Store(int64(time.Since(start)))
	return g, nil
}

const (
	// helloWithin is how long a new process may take until isolate.Main runs: the
	// runtime's start and the program's package-level initialisation, a
	// thousandfold.
	helloWithin = 10 * time.Second
	// runningWithin is for Setup, which locks memory.
	runningWithin = 30 * time.Second
)

// awaitRunning returns when the entry runs, or why it never will. The generation
// has ended then.
func (i *Isolate) awaitRunning(g *generation) error {
	patience := time.NewTimer(helloWithin)
	defer patience.Stop()
	why, stop := ErrNoMain, i.stopAsked
	for {
		select {
		case r, open := <-g.reports:
			switch {
			case !open:
				err := <-g.ended
				if err == nil {
					err = &ExitError{Entry: i.entry.name, Generation: g.number, PID: g.pid}
				}
				if why == ErrNoMain && errors.As(err, new(*ExitError)) {
					err = errors.Join(ErrNoMain, err)
				}
				return err
			case r == reportHello:
				why = errors.New("isolate: the entry is not running after " + runningWithin.String())
				patience.Reset(runningWithin)
			case r == reportRunning:
				return nil
			}
			continue
		case <-stop:
			stop = nil
			g.ask() // the entry will find its context ended
			continue
		case <-patience.C:
		case <-i.killAsked:
			why = ErrStopped
		}
		g.kill(why)
		return errors.Join(why, <-g.ended)
	}
}

// superviseGeneration watches a running generation until it has ended, and returns
// how. At the first sign of a failure it calls SafeState: of a hang, when all threads
// of the child have been stopped, so that none can act at the same time or afterwards.
func (i *Isolate) superviseGeneration(g *generation) error {
	w := newHeartbeatMonitor(i.cfg.Heartbeat, i.shared.cells)
	defer w.stop()
	first := newFirstBeat(i.cfg.FirstBeat, i.shared.cells)
	defer first.stop()
	if first.ticks == nil {
		i.beat()
	}
	stop, kill := i.stopAsked, i.killAsked
	var crash <-chan time.Time
	failed := false // and the safe state has been called
	fail := func(err error) {
		if err != nil && !failed {
			failed = true
			i.safeState(g.number, err)
		}
	}
	hung := func(err error) {
		if failed {
			return
		}
		if g.freeze != nil {
			g.freeze()
		}
		fail(err)
		g.kill(err)
	}
	for {
		select {
		case err := <-g.crashed:
			i.shared.halt() // loops on other threads run on while the runtime writes stacks
			fail(err)
			crash = time.After(crashWithin)
		case err := <-g.died:
			fail(err)
		case err := <-g.ended:
			i.ended()
			fail(err)
			return err
		case <-w.ticks:
			if w.check() {
				hung(ErrHung)
			}
		case <-first.ticks:
			begun, late := first.check()
			if begun {
				first.stop()
				i.beat()
			}
			if late {
				hung(errkind.Errorf(ErrHung, "isolate: no heartbeat within %v: the entry has not run a loop or called Child.Beat; give Config.FirstBeat more time, or -1 for an entry that does neither", i.cfg.FirstBeat))
			}
		case <-crash:
			g.kill(nil)
		case <-stop:
			stop = nil
			g.ask()
		case <-kill:
			kill = nil
			g.kill(nil)
		}
	}
}

// beat notes that the first generation has beaten, or need not.
func (i *Isolate) beat() { i.beatOnce.Do(func() { close(i.beaten) }) }

// crashWithin is how long the runtime of a child that crashes has to write its stacks.
const crashWithin = 5 * time.Second

// ended lets the parent's ends of channels know that their peer is gone.
func (i *Isolate) ended() {
	for _, e := range i.shared.endpoints() {
		e.CheckPeer()
	}
}

// safeState calls SafeState and waits until it returns, for SafeStateLimit at most.
func (i *Isolate) safeState(number int, err error) {
	if i.cfg.SafeState == nil {
		return
	}
	i.awaitSafeState() // of an earlier failure
	f, done := Failure{Entry: i.entry.name, PID: i.PID(), Generation: number, Err: err}, make(chan struct{})
	i.safe = done
	go func() {
		defer close(done)
		i.cfg.SafeState(f)
	}()
	limit := time.NewTimer(i.cfg.SafeStateLimit)
	defer limit.Stop()
	select {
	case <-done:
	case <-limit.C:
	}
}

// awaitSafeState waits until a call of SafeState that has taken longer than its limit
// returns, or the isolate is to stop: no generation may begin at the same time.
func (i *Isolate) awaitSafeState() {
	if i.safe == nil {
		return
	}
	select {
	case <-i.safe:
	case <-i.stopAsked:
	}
}
