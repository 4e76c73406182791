package audio

import (
	"context"
	"errors"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/driver"
)

// system is how a stream reaches clocks and threads, so that tests run in virtual
// time.
type system struct {
	now func() int64
	// portable selects waits that virtual time knows of.
	portable bool
	thread   func(c rt.LoopConfig, pinned bool) (thread, error)
	// portAudio is the backend of that name.
	portAudio func() (driver.Backend, error)
}

// thread is an rt.Loop.
type thread interface {
	Run(ctx context.Context, step func(*rt.Tick) error) error
	Granted() rt.Granted
	Stats() rt.Stats
}

// host is the running machine.
var host = system{now: rt.Now, thread: threads(rt.NewLoop), portAudio: portAudio}

// threads makes loops with the strictest mode that is granted and that lets a
// panic be recovered; pinned ones are Strict or an error.
func threads(newLoop func(rt.LoopConfig) (*rt.Loop, error)) func(rt.LoopConfig, bool) (thread, error) {
	return func(c rt.LoopConfig, pinned bool) (thread, error) {
		if pinned {
			c.Mode = rt.Strict
			return newLoop(c)
		}
		c.Mode = rt.Cooperative
		l, err := newLoop(c)
		var privilege *rt.PrivilegeError
		if errors.As(err, &privilege) || errors.Is(err, rt.ErrUnsupported) {
			c.Mode, c.Policy = rt.Portable, 0
			return newLoop(c)
		}
		return l, err
	}
}
