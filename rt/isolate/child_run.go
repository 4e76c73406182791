package isolate

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"io"
	"os"
	"runtime/debug"
	"time"
)

// inherited is what a child process has from its parent.
type inherited struct {
	memory   func() (*sharedMemory, error)
	lifeline io.Reader // orders, then stopByte or its end
	reports  io.Writer
	reset    func(sys *machine.System) error
	setup    func(rt.ProcessConfig) (*rt.Process, error)
	parent   func() int
	exit     func(code int)
}

// run is all that a child process does. It returns the exit status.
func (in *inherited) run() int {
	in.reports.Write(line(report{Kind: reportHello}))
	err := in.serve()
	if err == nil {
		return 0
	}
	in.reports.Write(line(report{Kind: reportFailed, Failure: failureOf(err)}))
	if errors.Is(err, ErrOrphaned) {
		return exitOrphaned
	}
	return exitFailed
}

func (in *inherited) serve() error {
	lifeline := bufio.NewReader(in.lifeline)
	text, err := lifeline.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("%w: reading its orders: %w", ErrOrphaned, err)
	}
	var o orders
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("isolate: orders from the parent: %w", err)
	}
	e := entryNamed(o.Entry)
	if e == nil {
		return configError("entry", o.Entry, "the child knows no such entry", "call isolate.Entry at package level, so that it runs in the child too")
	}
	m, err := in.memory()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	c := &Child{
		Args: os.Args[1:], Generation: o.Generation,
		ctx: ctx, shared: m, cpu: cpuOrAny(o.CPU), policy: o.Policy,
	}
	if c.process, err = in.prepare(o); err != nil {
		return err
	}
	if err := c.openState(); err != nil {
		return err
	}
	go in.followLifeline(lifeline, cancel)
	if o.Heartbeat > 0 {
		go in.watchParent(ctx, o, m.cells, cancel)
	}
	in.reports.Write(line(report{Kind: reportRunning}))
	err = c.outcome(e.run(c))
	m.closeEnds()
	return err
}

// prepare makes the process what the orders say, from whatever it inherited.
func (in *inherited) prepare(o orders) (*rt.Process, error) {
	if err := in.reset(&machine.Host); err != nil {
		return nil, err
	}
	c := o.Process
	if o.CPU >= 0 && len(c.LoopCPUs) == 0 && c.Keep&rt.KeepAffinity == 0 {
		c.LoopCPUs = []int{o.CPU}
	}
	debug.SetMaxStack(maxStack)
	return in.setup(c)
}

// maxStack bounds a goroutine's stack in a child, at the size that Linux gives a
// thread of C. The runtime's own limit, 1 GB, takes longer to reach than a heartbeat
// lasts, and so do 64 MiB (2-core virtual machine), because each growth copies every
// frame: a step that calls itself would count as hung.
const maxStack = 8 << 20

// orphanGrace is how long an entry whose parent is gone has to bring things to
// rest: as long as one that is asked to stop.
const orphanGrace = stopGrace

// followLifeline ends the child's context when the parent asks for that, or is
// gone, and in that case the process too.
func (in *inherited) followLifeline(lifeline io.Reader, cancel context.CancelCauseFunc) {
	asked := make([]byte, 1)
	for {
		_, err := lifeline.Read(asked)
		if err != nil {
			in.orphaned(cancel)
			return
		}
		cancel(ErrStopped)
	}
}

func (in *inherited) orphaned(cancel context.CancelCauseFunc) {
	cancel(ErrOrphaned)
	time.AfterFunc(orphanGrace, func() { in.exit(exitOrphaned) })
}

// watchParent is for a lifeline that another process holds open too: a parent
// whose beat has stopped is suspect, and gone if this process has another parent
// now.
func (in *inherited) watchParent(ctx context.Context, o orders, cells *sharedCells, cancel context.CancelCauseFunc) {
	look := time.NewTicker(o.Heartbeat)
	defer look.Stop()
	var beat pulse
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if beat.stopped(cells.parentBeat.Load(), o.Heartbeat, looksPerBeat*o.Heartbeat) && in.parent() != o.Parent {
			in.orphaned(cancel)
			return
		}
	}
}
