package trace

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The oracle of FuzzRoundTrip knows spans by identity where the Writer has only
// depths, and keeps everything.
type oracle struct {
	serial int
	path   []int // spans open in the program, outermost first
	file   []int // spans open in the file
	lines  []string
	room   int
	queue  []oracleEvent
}

type oracleEvent struct {
	line string
	span int   // that begins or ends; 0 for none
	path []int // spans around it
	ends bool
}

// record takes an event if there is room for it.
func (o *oracle) record(e oracleEvent) {
	if len(o.queue) < o.room {
		o.queue = append(o.queue, e)
	}
}

func (o *oracle) begin(at int64) {
	o.serial++
	o.record(oracleEvent{fmt.Sprintf("%d loop + step", at), o.serial, slices.Clone(o.path), false})
	o.path = append(o.path, o.serial)
}

func (o *oracle) end(at int64) {
	if len(o.path) == 0 {
		return
	}
	n := len(o.path) - 1
	span := o.path[n]
	o.path = o.path[:n]
	o.record(oracleEvent{fmt.Sprintf("%d loop -", at), span, slices.Clone(o.path), true})
}

func (o *oracle) drain() {
	for _, e := range o.queue {
		o.write(e)
	}
	o.queue = nil
}

// write ends the spans of the file that e is neither in nor ends.
func (o *oracle) write(e oracleEvent) {
	if e.span == 0 {
		o.lines = append(o.lines, e.line)
		return
	}
	var at int64
	fmt.Sscan(e.line, &at)
	for n := len(o.file) - 1; n >= 0 && !slices.Contains(e.path, o.file[n]); n-- {
		if e.ends && o.file[n] == e.span {
			break
		}
		o.file = o.file[:n]
		o.lines = append(o.lines, fmt.Sprintf("%d loop -", at))
	}
	switch open := slices.Contains(o.file, e.span); {
	case !e.ends && len(o.file) < maxOpen:
		o.file = append(o.file, e.span)
		o.lines = append(o.lines, e.line)
	case e.ends && open:
		o.file = o.file[:len(o.file)-1]
		o.lines = append(o.lines, e.line)
	}
}

// FuzzRoundTrip records and drains at random, decodes the file and compares it
// with the oracle's.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1, 5})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 1, 1, 5, 1, 1, 5, 0, 1, 5})
	f.Add([]byte{1, 3, 4, 2, 5, 0, 2, 2, 2, 2, 2, 5, 1})
	f.Add(slices.Concat(slices.Repeat([]byte{0, 5}, maxOpen+9), slices.Repeat([]byte{1, 5}, maxOpen+9)))
	f.Fuzz(func(t *testing.T, ops []byte) {
		r := newRig(t, 4)
		o := oracle{room: r.Cap()}
		calls := int64(0)
		for i, op := range ops {
			at := int64(i)
			calls++
			switch op % 6 {
			case 0:
				r.Begin(step, at)
				o.begin(at)
			case 1:
				r.End(at)
				o.end(at)
			case 2:
				r.Instant(read, at)
				o.record(oracleEvent{line: fmt.Sprintf("%d loop ! read", at)})
			case 3:
				r.Count(queue, int64(op), at)
				o.record(oracleEvent{line: fmt.Sprintf("%d loop: queue = %d", at, op)})
			case 4:
				r.Tick(at-int64(op), at)
				o.record(oracleEvent{line: fmt.Sprintf("%d loop ! tick\n%d loop: wake latency = %d", at, at, op)})
			case 5:
				r.drain()
				o.drain()
				calls--
			}
		}
		o.drain()
		d := r.finish()
		if s := r.w.Stats(); s.Written+s.Dropped != calls {
			t.Fatalf("%+v of %d events", s, calls)
		}
		var got, want []string
		for _, e := range d.events {
			if e.track != "loop: dropped events" {
				got = append(got, e.String())
			}
		}
		for _, line := range o.lines {
			want = append(want, strings.Split(line, "\n")...)
		}
		equal(t, got, want)
	})
}

// FuzzNonsense puts arbitrary slots into the ring, as a peer gone mad could in
// shared memory. The file must still be a trace.
func FuzzNonsense(f *testing.F) {
	slot := func(at, value int64, what uint64) []byte {
		b := binary.LittleEndian.AppendUint64(nil, uint64(at))
		b = binary.LittleEndian.AppendUint64(b, uint64(value))
		return binary.LittleEndian.AppendUint64(b, what)
	}
	f.Add(slot(1, nesting(5, 5), what(kindBegin, step)))
	f.Add(slices.Concat(slot(1, -1, what(kindBegin, step)), slot(2, nesting(1<<32-1, 1<<32), what(kindEnd, step))))
	f.Add(slices.Concat(slot(3, 1<<62, what(kindBegin, read)), slot(-2, 1<<63-1, what(kindEnd, step))))
	f.Add(slices.Concat(slot(1, 2, what(kindCount, Counter(9))), slot(1, 2, 1<<63|99)))
	f.Fuzz(func(t *testing.T, slots []byte) {
		r := newRig(t, 64)
		events := r.Tracer.events
		count := int64(0)
		for ; len(slots) >= 24; slots = slots[24:] {
			e := event{int64(binary.LittleEndian.Uint64(slots)), int64(binary.LittleEndian.Uint64(slots[8:])), binary.LittleEndian.Uint64(slots[16:])}
			count += 1 + int64(e.lost())
			if !events.Push(e) {
				r.drain()
				events.Push(e)
			}
		}
		r.finish()
		if s := r.w.Stats(); s.Written+s.Dropped != count {
			t.Fatalf("%+v of %d events", s, count)
		}
	})
}
