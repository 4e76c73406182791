package audio

import (
	"context"
	"errors"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// system is how a stream reaches clocks and threads, so that tests run in virtual
// time.
type system struct {
	now func() int64
	// portable selects waits that virtual time knows of.
	portable bool
	// thread makes the first of modes that is granted; at least one is given.
	thread func(c rt.LoopConfig, modes []rt.Mode) (thread, error)
	// isolated: the process has nothing but the stream in it.
	isolated bool
	// monitor sees what a thread meets.
	monitor func() threadMonitor
	// jack and portAudio are the backends of those names; PortAudio looks for JACK
	// servers only where the host API says so. The name is the client's.
	jack      func(name string) (backend.Backend, error)
	portAudio func(hostAPI, name string) (backend.Backend, error)
	// pause waits a moment for another thread.
	pause func()
}

// thread is an rt.Loop.
type thread interface {
	Run(ctx context.Context, step func(*rt.Tick) error) error
	Granted() rt.Granted
}

// host is the running machine.
var host = system{
	now: rt.Now, thread: threads(rt.NewLoop), jack: jackServer, portAudio: portAudio,
	monitor: func() threadMonitor { return new(rt.Monitor) },
	pause:   func() { time.Sleep(time.Millisecond) },
}

var (
	// held keeps the P whatever happens, so that a panic cannot be recovered.
	held = []rt.Mode{rt.Strict}
	// contained lets a panic be recovered.
	contained = []rt.Mode{rt.Cooperative, rt.Portable}
	// preferred is held where that is granted.
	preferred = []rt.Mode{rt.Strict, rt.Cooperative, rt.Portable}
)

// threads makes loops in the first mode that is granted. Only Portable may lack a
// real-time policy, and has none.
func threads(newLoop func(rt.LoopConfig) (*rt.Loop, error)) func(rt.LoopConfig, []rt.Mode) (thread, error) {
	return func(c rt.LoopConfig, modes []rt.Mode) (t thread, err error) {
		for _, m := range modes {
			if c.Mode = m; m == rt.Portable {
				c.Policy = 0
			}
			if t, err = newLoop(c); !refused(err) {
				break
			}
		}
		return t, err
	}
}

// refused reports whether a mode is not to be had here; other errors are the
// config's.
func refused(err error) bool {
	var privilege *rt.PrivilegeError
	return errors.As(err, &privilege) || errors.Is(err, rt.ErrUnsupported)
}
