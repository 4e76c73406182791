package trace

import (
	"errors"
	"math"

	"github.com/memkit-go/memkit/rt/ring"
)

// Tracer records the events of one thread, which owns it. Times are nanoseconds
// on the clock of rt.Now, in the order of the calls. A full buffer drops the
// event; nothing fails.
type Tracer struct {
	_      [64]byte // keeps other threads' writes off the lines written here
	events *ring.Producer[event]
	open   int64  // spans begun and not ended
	kept   int64  // the fewest open since an end of a span was last recorded
	lost   uint64 // events dropped since the last one recorded
	names  uint64
	status *ring.LatestWriter[status]
	_      [64]byte
}

// Begin opens a span. Spans nest: End closes the one opened last.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) Begin(name Label, at int64) {
	recorded := t.record(event{at, nesting(t.open, t.kept), what(kindBegin, name)})
	t.open++
	if recorded {
		t.kept = t.open
	}
}

// End closes the span opened last. Without one it is dropped and counted.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) End(at int64) {
	if t.open == 0 {
		t.drop()
		return
	}
	t.open--
	if t.record(event{at, nesting(t.open, t.kept), what(kindEnd, Label(0))}) || t.kept > t.open {
		t.kept = t.open
	}
}

// Instant marks a moment.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) Instant(name Label, at int64) {
	t.record(event{at, 0, what(kindInstant, name)})
}

// Count gives a counter its value from at on.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) Count(c Counter, value, at int64) {
	t.record(event{at, value, what(kindCount, c)})
}

// Tick records an activation of a periodic loop that was due at intended and
// woke at now. In the trace it is the instant "tick" at now and a value of the
// counter "wake latency", now − intended.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) Tick(intended, now int64) {
	t.record(event{now, intended, what(kindTick, Label(0))})
}

// record appends e with the number of events lost before it, unless e is lost too.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) record(e event) bool {
	e.what |= t.lost << 32
	if !t.events.Push(e) {
		t.drop()
		return false
	}
	if t.lost != 0 {
		t.lost = 0
		t.publish()
	}
	return true
}

// drop counts an event that is not recorded. The count is also published, since
// no later event may come to carry it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) drop() {
	if t.lost < math.MaxUint32 {
		t.lost++
	}
	t.publish()
}

// publish shows the status to the Writer.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (t *Tracer) publish() {
	t.status.Store(status{Names: t.names, Lost: t.lost})
}

// Close gives the tracing side up. Events in the buffer stay.
func (t *Tracer) Close() error {
	return errors.Join(t.events.Close(), t.status.Close())
}
