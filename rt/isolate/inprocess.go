package isolate

import (
	"context"
	"errors"
	"fmt"
	"github.com/memkit-go/memkit/rt"
	"os"
	"runtime/debug"
)

// errLeftBehind is why an isolate in its parent's process is not restarted: a
// goroutine cannot be killed, and may still use the channels.
var errLeftBehind = errors.New("isolate: the entry's goroutine has not ended and is left behind")

// insideIsolate is the key under which a child's context says so.
type insideIsolate struct{}

// inProcess makes the isolate one of goroutines.
func (i *Isolate) inProcess(ctx context.Context) error {
	declared := declarations(i.cfg.Channels)
	t := layOut(declared, cellBytes)
	m, err := prepareMemory(heapMemory(int(t.bytes)), t, declared)
	if err != nil {
		return err
	}
	i.shared = m
	i.launch = func(number int) (*generation, error) { return i.begun(ctx, number) }
	return nil
}

// begun starts a goroutine's generation.
func (i *Isolate) begun(ctx context.Context, number int) (*generation, error) {
	ctx, cancel := context.WithCancelCause(context.WithValue(context.WithoutCancel(ctx), insideIsolate{}, true))
	child := &Child{
		Args: i.cfg.Args, Generation: number,
		ctx: ctx, cpu: i.cfg.CPU, policy: i.cfg.Policy, process: rt.Current(), inside: true,
		shared: i.shared.otherSide(),
	}
	if err := child.openState(); err != nil {
		cancel(nil)
		return nil, err
	}
	reports := make(chan reportKind, 2)
	returned, killed, ended := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	exit := func(err error) error {
		if err == nil {
			return nil
		}
		return &ExitError{Entry: i.entry.name, Generation: number, PID: os.Getpid(), Code: exitFailed, Err: err}
	}
	go func() {
		reports <- reportHello
		reports <- reportRunning
		err := child.call(i.entry)
		if errors.As(err, new(*PanicError)) {
			i.abandonPeers()
		}
		child.shared.closeEnds()
		returned <- err
	}()
	go func() {
		defer cancel(nil)
		defer close(reports)
		select {
		case err := <-returned:
			ended <- exit(err)
		case why := <-killed:
			cancel(ErrStopped)
			ended <- exit(errors.Join(why, errLeftBehind))
		}
	}()
	return &generation{
		number: number, pid: os.Getpid(), reports: reports, ended: ended,
		ask: func() { cancel(ErrStopped) },
		kill: func(why error) {
			select {
			case killed <- why:
			default:
			}
		},
	}, nil
}

// abandonPeers tells the parent's ends of channels that the other end crashed,
// which the death of a process would have told them.
func (i *Isolate) abandonPeers() {
	for _, e := range i.shared.endpoints() {
		e.AbandonPeer()
	}
}

// otherSide is the same memory with ends of its own.
func (m *sharedMemory) otherSide() *sharedMemory {
	return &sharedMemory{bytes: m.bytes, table: m.table, cells: m.cells, unmap: m.unmap}
}

// PanicError is the panic of an entry that runs in its parent's process.
type PanicError struct {
	// Value was panicked with, Stack is where.
	Value any
	Stack []byte
}

// Error is "panic: " and the value.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// call runs the entry in the parent's process.
func (c *Child) call(e *EntryPoint) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	return c.outcome(e.run(c))
}

// outcome is what an entry's error means: one that was asked to stop may return
// its context's.
func (c *Child) outcome(err error) error {
	if context.Cause(c.ctx) == ErrStopped && (errors.Is(err, ErrStopped) || errors.Is(err, context.Canceled)) {
		return nil
	}
	return err
}
