package trace

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/ring"
)

// ErrNames is returned by a [Writer] whose buffer was filled by a [Tracer] with
// other [Names].
var ErrNames = errors.New("trace: the tracing side declares other names; declare the same ones in the same order on both sides")

// Buffer holds the events of one thread between its [Tracer] and the [Writer].
type Buffer struct {
	track  string
	names  Names
	status *ring.Latest[status]
	events *ring.SPSC[event]
}

// Size is the number of bytes that a region for n events needs: 32 for each and 1.4
// KiB more; n is rounded up to a power of two. It is 0 when n is out of range.
//
// Make room for the events between two drains: at 1 kHz, with six events a tick and
// a drain every 10 ms, that is 60 events; 1,000 times as many last for 10 s without
// a drain.
func Size(n int) int {
	events := ring.SPSCSize[event](n)
	if events == 0 {
		return 0
	}
	return eventsAt() + events
}

// eventsAt is where the ring of events begins: behind the status, on a boundary
// of 64 bytes.
func eventsAt() int { return (ring.LatestSize[status]() + 63) &^ 63 }

// Create makes region an empty buffer for as many events as fit; see [Size]. The
// region must be aligned to 64 bytes; its content is overwritten and every page
// touched. track is the name of the thread in a viewer.
func Create(region []byte, track string, names *Names) (*Buffer, error) {
	n := 1
	for Size(2*n) > 0 && Size(2*n) <= len(region) {
		n *= 2
	}
	return create(region, track, names, n)
}

// create makes region an empty buffer for n events.
func create(region []byte, track string, names *Names, n int) (*Buffer, error) {
	b, err := newBuffer(region, track, names)
	if err != nil {
		return nil, err
	}
	if b.status, err = ring.CreateLatest[status](region); err != nil {
		return nil, errkind.Wrapf(err, "ring", "trace: %s", track)
	}
	if b.events, err = ring.CreateSPSC[event](region[eventsAt():], n); err != nil {
		return nil, errkind.Wrapf(err, "ring", "trace: %s", track)
	}
	return b, nil
}

// Attach finds the buffer that [Create] made in region, usually in another
// process. Events in it stay.
func Attach(region []byte, track string, names *Names) (*Buffer, error) {
	b, err := newBuffer(region, track, names)
	if err != nil {
		return nil, err
	}
	if b.status, err = ring.AttachLatest[status](region); err != nil {
		return nil, errkind.Wrapf(err, "ring", "trace: %s", track)
	}
	if b.events, err = ring.AttachSPSC[event](region[eventsAt():]); err != nil {
		return nil, errkind.Wrapf(err, "ring", "trace: %s", track)
	}
	return b, nil
}

// newBuffer checks what Create and Attach are given. Names declared later do not
// change the buffer's.
func newBuffer(region []byte, track string, names *Names) (*Buffer, error) {
	switch {
	case len(region) < Size(1):
		return nil, fmt.Errorf("trace: %s: region of %d bytes: too small for one event; give e.g. trace.Size(1<<14)", track, len(region))
	case track == "":
		return nil, errors.New(`trace: track "": must not be empty; give what a viewer should call the thread, e.g. "control loop"`)
	case names == nil:
		return &Buffer{track: track}, nil
	case len(names.labels) > maxNames || len(names.counters) > maxNames:
		return nil, fmt.Errorf("trace: %s: %d labels and %d counters: at most %d each; declare names once, not per event", track, len(names.labels), len(names.counters), maxNames)
	}
	return &Buffer{track: track, names: *names}, nil
}

// Cap is how many events the buffer holds.
func (b *Buffer) Cap() int { return b.events.Cap() }

// Tracer claims the buffer's tracing side. It is refused with [ring.ErrHeld]
// while another has it, until that one is closed or its process has died.
func (b *Buffer) Tracer() (*Tracer, error) {
	events, err := b.events.Producer()
	if err != nil {
		return nil, errkind.Wrapf(err, "ring", "trace: %s", b.track)
	}
	shown, err := b.status.Writer()
	if err != nil {
		return nil, errkind.Wrapf(errors.Join(err, events.Close()), "ring", "trace: %s", b.track)
	}
	t := &Tracer{events: events, status: shown, names: b.names.digest()}
	t.publish()
	shown.HandOver() // to the thread that records
	return t, nil
}
