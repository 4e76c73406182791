package isolate

import (
	"context"
	"os"
)

// Start runs an entry in a process of its own: this program's executable again,
// in which [Main] calls the entry. The child's garbage collector is off, its
// memory locked and its threads confined as [rt.Setup] does it, so the parent may
// stay an ordinary Go program. Start returns when a loop of the entry runs or the
// entry has called [Child.Beat] or returned nil; see [Config].FirstBeat.
//
// When ctx ends, the isolate is stopped as by [Isolate.Stop]; a ctx that ends
// earlier ends Start with its cause.
//
// Errors: [ErrNoMain], [ErrNested], *ConfigError; errors of Setup in the child;
// [rt.ErrUnsupported] on a system other than Linux, unless c.InProcess; or an
// [*ExitError] for a child that ended or hung before then. Config.SafeState has been
// called if the entry had begun.
func Start(ctx context.Context, e *EntryPoint, c Config) (*Isolate, error) {
	return hostSpawner.start(ctx, e, c)
}

// start is Start over a table of system calls.
func (s *spawner) start(ctx context.Context, e *EntryPoint, c Config) (*Isolate, error) {
	if e == nil {
		return nil, configError("Start's entry", "nil", "there is nothing to run", "give what isolate.Entry returned")
	}
	c, err := c.validate()
	switch {
	case err != nil:
		return nil, err
	case isolated.Load() || ctx.Value(insideIsolate{}) != nil:
		return nil, ErrNested
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	i := newIsolate(e, c)
	if c.InProcess {
		err = i.inProcess(ctx)
	} else {
		err = s.outside(i)
	}
	if err != nil {
		return nil, err
	}
	unwatch := context.AfterFunc(ctx, func() { i.Stop(context.Background()) })
	g, err := i.begin(0)
	if err != nil {
		unwatch()
		i.err = err
		close(i.done)
	} else {
		go func() {
			i.supervise(g)
			unwatch()
		}()
		err = i.awaitBeat()
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		i.Close()
		return nil, err
	}
	return i, nil
}

// awaitBeat waits for the first beat, or for the end of an isolate that came to none.
func (i *Isolate) awaitBeat() error {
	select {
	case <-i.beaten:
	case <-i.done:
	}
	if i.hasBeaten() {
		return nil
	}
	return i.err
}

// outside makes the isolate one of processes.
func (s *spawner) outside(i *Isolate) error {
	if s.os == "linux" && (!mainRan.Load() || os.Getenv(marker) != "") {
		return ErrNoMain
	}
	m, fd, err := s.share(i)
	if err != nil {
		return err
	}
	i.shared = m
	i.launch = func(number int) (*generation, error) { return s.spawn(i, fd, number) }
	return nil
}
