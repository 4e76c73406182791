package link

import (
	"context"
	"errors"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
)

// Serve is a device in software at the other end of a port: it answers each frame with
// answer, which writes its frame and returns its length, 0 for none. It returns the
// context's cause when that ends, or the port's error. It does not close the port.
func Serve(ctx context.Context, p bus.Port, answer func(frame, answer []byte) int) error {
	l, err := NewPort(p)
	if err != nil {
		return err
	}
	defer func() {
		if l.pipe[0] != nil {
			_ = errors.Join(l.pipe[0].Close(), l.pipe[1].Close())
		}
	}()
	var frame, reply [hil.MaxFrame]byte
	for ctx.Err() == nil {
		n, err := l.Receive(hil.Tick{}, frame[:], rt.Now()+longestTurn)
		switch {
		case err == hil.ErrEmpty:
			continue
		case err != nil:
			return err
		}
		if n = answer(frame[:n], reply[:]); n == 0 {
			continue
		}
		if err := l.Send(hil.Tick{}, reply[:n]); err != nil && err != bus.ErrFull {
			return err
		}
	}
	return context.Cause(ctx)
}
