package link

import (
	"errors"
	"fmt"
	"os"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/bus"
)

// Port is a link over a port of package bus: UDP, Unix datagrams, a serial line or a
// pseudo-terminal, or rings in shared memory. It waits in raw system calls, so that a
// pinned step keeps its P.
type Port struct {
	port   bus.Port
	wait   rt.Trigger
	turn   int64 // how long one wait may be, in ns
	pipe   [2]*os.File
	closed bool
}

const (
	// longestTurn bounds one raw wait, during which the collector cannot stop this
	// goroutine: as long as a time slice.
	longestTurn = 10_000_000
	// memoryTurn is how long a wait for a frame in memory sleeps between two looks,
	// because no descriptor tells of it: half of the cost of a wake-up more than none.
	memoryTurn = 20_000
)

// NewPort makes a link of a port, which it owns. It needs Linux.
func NewPort(p bus.Port) (*Port, error) {
	if p == nil {
		return nil, errors.New("link: NewPort has no port; open one with package bus")
	}
	l := &Port{port: p, turn: longestTurn}
	fd := p.FD()
	if fd < 0 {
		// Nothing tells of a frame in memory. A pipe that stays empty is what a wait can
		// sleep on.
		var err error
		if l.pipe[0], l.pipe[1], err = os.Pipe(); err != nil {
			return nil, fmt.Errorf("link: a pipe to wait on: %w", err)
		}
		fd, l.turn = int(l.pipe[0].Fd()), memoryTurn
	}
	l.wait = rt.Readable(fd, 0)
	return l, nil
}

// Send implements hil.Link.
//
// Cost: the port's, at most one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (l *Port) Send(_ hil.Tick, frame []byte) error {
	if l.closed {
		return hil.ErrDown
	}
	err := l.port.Send(frame)
	if err == bus.ErrDown {
		return hil.ErrDown
	}
	return err
}

// Receive implements hil.Link. A frame longer than the buffer is given as one of no bytes:
// a damaged one.
//
// Cost: two system calls a turn of the wait. Allocates: no. Blocks: until the deadline.
// Caller: owner.
//
//rt:nonallocating
//rt:bound the deadline
func (l *Port) Receive(_ hil.Tick, frame []byte, deadline int64) (int, error) {
	if l.closed {
		return 0, hil.ErrDown
	}
	for {
		n, _, err := l.port.Receive(frame)
		switch {
		case err == nil:
			return n, nil
		case err == bus.ErrSize:
			return 0, nil
		case err == bus.ErrDown:
			return 0, hil.ErrDown
		case err != bus.ErrEmpty:
			return 0, err
		}
		now := rt.Now()
		if now >= deadline {
			return 0, hil.ErrEmpty
		}
		l.wait(min(deadline, now+l.turn))
	}
}

// Close closes the port.
func (l *Port) Close() error {
	if l.closed {
		return nil
	}
	l.closed = true
	err := l.port.Close()
	if l.pipe[0] != nil {
		err = errors.Join(err, l.pipe[0].Close(), l.pipe[1].Close())
	}
	return err
}
