package trace

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/ring"
)

// thread turns one buffer's events into packets: a track for its spans and
// instants, and a track for each counter.
type thread struct {
	buffer *Buffer
	events *ring.Consumer[event]
	status *ring.LatestReader[status]

	uuid     uint64 // of the track; its counters' numbers follow
	sequence uint64
	open     []int64 // for each span open in the file, how many lie around it
	last     int64   // time of the last event
	stats    Stats
	shown    int64 // Stats.Dropped as the trace last said, -1 before it did
}

// maxOpen is how deep spans nest in a trace. Deeper means a loop that begins
// spans and does not end them.
const maxOpen = 256

// Names that every thread has, in addition to the declared ones, take the first
// numbers.
const (
	nameTick   = 1 // in interned names 0 means none
	firstLabel = 2

	uuidLatency  = 1 // behind the thread's own number
	uuidDropped  = 2
	firstCounter = 3
)

// Track numbers contain the process ID, so that traces of several processes may
// be joined end to end. Below it, each thread has a range for its counters.
const (
	maxThreads  = 1 << 12
	threadUUIDs = 1 << 18
)

func processUUID(p Process) uint64 { return uint64(uint32(p.ID))<<32 | 1 }

// newThread claims the draining side of b.
func newThread(b *Buffer, p Process, index int) (*thread, error) {
	events, err := b.events.Consumer()
	if err != nil {
		return nil, errkind.Wrapf(err, "ring", "trace: %s", b.track)
	}
	seen, err := b.status.Reader()
	if err != nil {
		return nil, errkind.Wrapf(errors.Join(err, events.Close()), "ring", "trace: %s", b.track)
	}
	return &thread{
		buffer: b, events: events, status: seen,
		uuid:     processUUID(p) + uint64(index+1)*threadUUIDs,
		sequence: uint64(index + 1),
		shown:    -1,
	}, nil
}

// checkNames compares the names of a tracer that has come since the last call.
func (t *thread) checkNames() error {
	if s, fresh := t.status.Load(); fresh && s.Names != t.buffer.names.digest() {
		return fmt.Errorf("%w (buffer %s)", ErrNames, t.buffer.track)
	}
	return nil
}

// appendHeader opens the trace: the clock of all time stamps, and the process.
func appendHeader(b []byte, p Process) []byte {
	b = appendMessage(b, tracePacket, func(b []byte) []byte {
		return appendMessage(b, packetClockSnapshot, func(b []byte) []byte {
			b = appendMessage(b, snapshotClocks, func(b []byte) []byte {
				return appendUint(appendUint(b, clockID, clockMonotonic), clockTimestamp, 0)
			})
			return appendUint(b, snapshotPrimary, clockMonotonic)
		})
	})
	return appendMessage(b, tracePacket, func(b []byte) []byte {
		return appendMessage(b, packetTrack, func(b []byte) []byte {
			b = appendUint(b, trackUUID, processUUID(p))
			return appendMessage(b, trackProcess, func(b []byte) []byte {
				return appendString(appendUint(b, processPID, uint64(p.ID)), processName, p.Name)
			})
		})
	})
}

// appendTracks opens the thread's sequence of packets: what its later packets
// leave out, the names they refer to, and the tracks.
func (t *thread) appendTracks(b []byte, p Process) []byte {
	b = appendMessage(b, tracePacket, func(b []byte) []byte {
		b = appendUint(b, packetSequence, t.sequence)
		b = appendUint(b, packetFlags, stateCleared)
		b = appendUint(b, packetFirst, 1)
		b = appendMessage(b, packetDefaults, func(b []byte) []byte {
			b = appendMessage(b, defaultsEvent, func(b []byte) []byte {
				return appendUint(b, eventTrack, t.uuid)
			})
			return appendUint(b, defaultsClock, clockMonotonic)
		})
		b = appendMessage(b, packetInterned, t.appendNames)
		return appendMessage(b, packetTrack, func(b []byte) []byte {
			b = appendUint(b, trackUUID, t.uuid)
			b = appendUint(b, trackParent, processUUID(p))
			return appendString(b, trackName, t.buffer.track)
		})
	})
	b = t.appendCounterTrack(b, uuidLatency, counter{"wake latency", Nanoseconds})
	b = t.appendCounterTrack(b, uuidDropped, counter{"dropped events", Count})
	for i, c := range t.buffer.names.counters {
		b = t.appendCounterTrack(b, firstCounter+uint64(i), c)
	}
	return b
}

func (t *thread) appendNames(b []byte) []byte {
	b = appendName(b, nameTick, "tick")
	for i, name := range t.buffer.names.labels {
		b = appendName(b, firstLabel+uint64(i), name)
	}
	return b
}

func appendName(b []byte, id uint64, name string) []byte {
	return appendMessage(b, internedEventNames, func(b []byte) []byte {
		return appendString(appendUint(b, eventNameIID, id), eventNameText, name)
	})
}

func (t *thread) appendCounterTrack(b []byte, uuid uint64, c counter) []byte {
	return appendMessage(b, tracePacket, func(b []byte) []byte {
		b = appendUint(b, packetSequence, t.sequence)
		return appendMessage(b, packetTrack, func(b []byte) []byte {
			b = appendUint(b, trackUUID, t.uuid+uuid)
			b = appendUint(b, trackParent, t.uuid)
			b = appendString(b, trackName, c.name)
			return appendMessage(b, trackCounter, func(b []byte) []byte {
				return appendUint(b, counterUnit, uint64(c.unit))
			})
		})
	})
}

// appendEvent writes e or counts it as dropped, and writes the number of events
// dropped before it.
func (t *thread) appendEvent(b []byte, e event) []byte {
	t.last = e.at
	t.stats.Dropped += int64(e.lost())
	b, written := t.appendKind(b, e)
	if written {
		t.stats.Written++
	} else {
		t.stats.Dropped++
	}
	return t.appendDropped(b)
}

// appendKind is where events that make no sense end: ends without a beginning,
// which a loss leaves behind, and whatever a peer gone mad may write.
func (t *thread) appendKind(b []byte, e event) (packets []byte, written bool) {
	label := firstLabel + uint64(e.id())
	switch {
	case e.kind() == kindBegin && t.knowsLabel(e):
		b = t.appendEnds(b, e.at, e.kept())
		if len(t.open) == maxOpen {
			return b, false
		}
		t.open = append(t.open, e.depth())
		return t.appendSlice(b, e.at, sliceBegin, label), true
	case e.kind() == kindEnd:
		b = t.appendEnds(b, e.at, e.kept())
		n := len(t.open) - 1
		if n < 0 || t.open[n] != e.depth() {
			return b, false
		}
		t.open = t.open[:n]
		return t.appendSlice(b, e.at, sliceEnd, 0), true
	case e.kind() == kindInstant && t.knowsLabel(e):
		return t.appendSlice(b, e.at, instant, label), true
	case e.kind() == kindCount && e.id() < len(t.buffer.names.counters):
		return t.appendCount(b, e.at, firstCounter+uint64(e.id()), e.value), true
	case e.kind() == kindTick:
		b = t.appendSlice(b, e.at, instant, nameTick)
		return t.appendCount(b, e.at, uuidLatency, e.at-e.value), true
	}
	return b, false
}

func (t *thread) knowsLabel(e event) bool { return e.id() < len(t.buffer.names.labels) }

// appendEnds ends the open spans with kept or more spans around them: the thread
// has left them, and the events that said so were lost.
func (t *thread) appendEnds(b []byte, at, kept int64) []byte {
	for n := len(t.open) - 1; n >= 0 && t.open[n] >= kept; n-- {
		b = t.appendSlice(b, at, sliceEnd, 0)
		t.open = t.open[:n]
	}
	return b
}

// appendTail writes the number of events dropped after the last one.
func (t *thread) appendTail(b []byte) []byte {
	s, _ := t.status.Load()
	t.stats.Dropped += int64(s.Lost)
	if t.shown < 0 {
		return b // there is no event, and so no time to say it at
	}
	return t.appendDropped(b)
}

// appendDropped says how many events have been dropped, if the trace does not
// say so already. A trace with events always says it.
func (t *thread) appendDropped(b []byte) []byte {
	if t.shown == t.stats.Dropped {
		return b
	}
	t.shown = t.stats.Dropped
	return t.appendCount(b, t.last, uuidDropped, t.shown)
}

// appendSlice writes a packet for the thread's own track.
func (t *thread) appendSlice(b []byte, at int64, kind, name uint64) []byte {
	return t.appendPacket(b, at, func(b []byte) []byte {
		b = appendUint(b, eventType, kind)
		if name != 0 {
			b = appendUint(b, eventNameRef, name)
		}
		return b
	})
}

// appendCount writes a packet for one of the thread's counters.
func (t *thread) appendCount(b []byte, at int64, uuid uint64, value int64) []byte {
	return t.appendPacket(b, at, func(b []byte) []byte {
		b = appendUint(b, eventType, counterValue)
		b = appendUint(b, eventTrack, t.uuid+uuid)
		return appendUint(b, eventValue, uint64(value))
	})
}

func (t *thread) appendPacket(b []byte, at int64, event func([]byte) []byte) []byte {
	return appendMessage(b, tracePacket, func(b []byte) []byte {
		b = appendUint(b, packetTimestamp, uint64(at))
		b = appendUint(b, packetSequence, t.sequence)
		b = appendUint(b, packetFlags, stateNeeded)
		return appendMessage(b, packetEvent, event)
	})
}
