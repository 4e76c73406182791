package trace

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// decoded is a trace file as its reader sees it.
type decoded struct {
	process string
	tracks  map[uint64]decodedTrack
	events  []decodedEvent
}

type decodedTrack struct {
	parent  uint64
	name    string
	counter bool
	unit    Unit
}

type decodedEvent struct {
	at    int64
	track string // "thread" or "thread: counter"
	kind  uint64
	name  string
	value int64
}

// String is a line such as `1000 loop + step`: + begins a span, - ends one, ! is
// an instant and = a counter's value.
func (e decodedEvent) String() string {
	sign := [...]string{sliceBegin: "+", sliceEnd: "-", instant: "!", counterValue: "="}[e.kind]
	line := fmt.Sprintf("%d %s %s", e.at, e.track, sign)
	switch {
	case e.kind == counterValue:
		line += fmt.Sprintf(" %d", e.value)
	case e.name != "":
		line += " " + e.name
	}
	return line
}

// on are the events of one track, a line each.
func (d decoded) on(track string) []string {
	var lines []string
	for _, e := range d.events {
		if e.track == track {
			lines = append(lines, e.String())
		}
	}
	return lines
}

// message is a parsed protobuf message: uint64 or []byte by field.
type message map[protowire.Number][]any

// parse accepts the two wire types that this package writes.
func parse(b []byte) (message, error) {
	m := message{}
	for len(b) > 0 {
		field, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		var v any
		switch wire {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(b)
		default:
			return nil, fmt.Errorf("field %d: wire type %d", field, wire)
		}
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		b = b[n:]
		m[field] = append(m[field], v)
	}
	return m, nil
}

// take removes a field that is there at most once.
func (m message) take(field protowire.Number) any {
	all := m[field]
	if len(all) != 1 {
		return nil
	}
	delete(m, field)
	return all[0]
}

func (m message) number(field protowire.Number) uint64 {
	v, _ := m.take(field).(uint64)
	return v
}

func (m message) bytes(field protowire.Number) []byte {
	v, _ := m.take(field).([]byte)
	return v
}

func (m message) message(field protowire.Number) (message, error) { return parse(m.bytes(field)) }

// rest refuses fields that the test has not read.
func (m message) rest(of string) error {
	for field := range m {
		return fmt.Errorf("%s: unexpected field %d", of, field)
	}
	return nil
}

// sequence is what packets of one sequence leave out.
type sequence struct {
	track uint64
	names map[uint64]string
}

// decode reads a trace as strictly as the format's documentation lets it: every
// reference must have been defined before, and no field may be unknown.
func decode(b []byte) (decoded, error) {
	d := decoded{tracks: map[uint64]decodedTrack{}}
	sequences := map[uint64]*sequence{}
	for i := 0; len(b) > 0; i++ {
		field, wire, n := protowire.ConsumeTag(b)
		if n < 0 || field != tracePacket || wire != protowire.BytesType {
			return d, fmt.Errorf("packet %d: tag %d, %d", i, field, wire)
		}
		packet, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return d, protowire.ParseError(m)
		}
		b = b[n+m:]
		if err := d.packet(packet, sequences); err != nil {
			return d, fmt.Errorf("packet %d: %w", i, err)
		}
	}
	return d, nil
}

func (d *decoded) packet(b []byte, sequences map[uint64]*sequence) error {
	p, err := parse(b)
	if err != nil {
		return err
	}
	id, flags := p.number(packetSequence), p.number(packetFlags)
	if flags&stateCleared != 0 {
		sequences[id] = &sequence{names: map[uint64]string{}}
	}
	s := sequences[id]
	for _, part := range []struct {
		field protowire.Number
		read  func(message, *sequence) error
	}{
		{packetClockSnapshot, d.snapshot},
		{packetDefaults, d.defaults},
		{packetInterned, d.interned},
		{packetTrack, d.track},
	} {
		if p[part.field] == nil {
			continue
		}
		m, err := p.message(part.field)
		if err == nil {
			err = part.read(m, s)
		}
		if err != nil {
			return err
		}
	}
	p.number(packetFirst)
	if p[packetEvent] == nil {
		return p.rest("packet")
	}
	if flags != stateNeeded || s == nil {
		return fmt.Errorf("event with flags %d on sequence %d", flags, id)
	}
	at := int64(p.number(packetTimestamp))
	m, err := p.message(packetEvent)
	if err == nil {
		err = d.event(at, m, s)
	}
	return errors.Join(err, p.rest("packet"))
}

func (d *decoded) snapshot(m message, _ *sequence) error {
	clock, err := m.message(snapshotClocks)
	if err != nil || clock.number(clockID) != clockMonotonic || clock.number(clockTimestamp) != 0 ||
		m.number(snapshotPrimary) != clockMonotonic {
		return fmt.Errorf("clock snapshot: %v %v", m, err)
	}
	return errors.Join(m.rest("snapshot"), clock.rest("clock"))
}

func (d *decoded) defaults(m message, s *sequence) error {
	event, err := m.message(defaultsEvent)
	if err != nil || s == nil || m.number(defaultsClock) != clockMonotonic {
		return fmt.Errorf("defaults: %v %v", m, err)
	}
	s.track = event.number(eventTrack)
	return errors.Join(m.rest("defaults"), event.rest("event defaults"))
}

func (d *decoded) interned(m message, s *sequence) error {
	for _, v := range m[internedEventNames] {
		entry, ok := v.([]byte)
		name, err := parse(entry)
		if !ok || err != nil || s == nil {
			return fmt.Errorf("interned: %v %v", m, err)
		}
		id, text := name.number(eventNameIID), name.bytes(eventNameText)
		if _, again := s.names[id]; again || id == 0 || !utf8.Valid(text) {
			return fmt.Errorf("interned name %d %q", id, text)
		}
		s.names[id] = string(text)
	}
	return nil
}

func (d *decoded) track(m message, _ *sequence) error {
	id := m.number(trackUUID)
	if _, again := d.tracks[id]; again || id == 0 {
		return fmt.Errorf("track %d is 0 or there already", id)
	}
	t := decodedTrack{parent: m.number(trackParent), name: string(m.bytes(trackName))}
	if m[trackProcess] != nil {
		p, err := m.message(trackProcess)
		if err != nil {
			return err
		}
		d.process = fmt.Sprintf("%s %d", p.bytes(processName), p.number(processPID))
		d.tracks[id] = t
		return errors.Join(m.rest("track"), p.rest("process"))
	}
	if _, ok := d.tracks[t.parent]; !ok {
		return fmt.Errorf("track %q has no parent %d", t.name, t.parent)
	}
	if m[trackCounter] != nil {
		c, err := m.message(trackCounter)
		if err != nil {
			return err
		}
		t.counter, t.unit = true, Unit(c.number(counterUnit))
		t.name = d.tracks[t.parent].name + ": " + t.name
	}
	d.tracks[id] = t
	return m.rest("track")
}

func (d *decoded) event(at int64, m message, s *sequence) error {
	e := decodedEvent{at: at, kind: m.number(eventType), value: int64(m.number(eventValue))}
	id := s.track
	if m[eventTrack] != nil {
		id = m.number(eventTrack)
	}
	track, ok := d.tracks[id]
	if !ok || e.kind < sliceBegin || e.kind > counterValue || track.counter != (e.kind == counterValue) {
		return fmt.Errorf("kind %d on track %d", e.kind, id)
	}
	e.track = track.name
	if e.kind == sliceBegin || e.kind == instant {
		ref := m.number(eventNameRef)
		if e.name, ok = s.names[ref]; !ok {
			return fmt.Errorf("name %d is not interned", ref)
		}
	}
	d.events = append(d.events, e)
	return m.rest("event")
}

// checkTrace decodes a trace and checks what holds of every one: spans nest, on
// each track, no deeper than the bound, and the last word on dropped events is
// what the Writer counted.
func checkTrace(t testing.TB, b []byte, stats Stats) decoded {
	t.Helper()
	d, err := decode(b)
	if err != nil {
		t.Fatal(err)
	}
	depth := map[string]int{}
	dropped := int64(-1)
	for i, e := range d.events {
		switch e.kind {
		case sliceBegin:
			depth[e.track]++
		case sliceEnd:
			depth[e.track]--
		}
		if n := depth[e.track]; n < 0 || n > maxOpen {
			t.Fatalf("event %d, %v: %d spans are open", i, e, n)
		}
		if strings.HasSuffix(e.track, ": dropped events") {
			if e.value < dropped {
				t.Fatalf("event %d, %v: dropped events fell from %d", i, e, dropped)
			}
			dropped = e.value
		}
	}
	if len(d.events) > 0 && len(depth) == 1 && dropped != stats.Dropped {
		t.Fatalf("the trace says that %d events were dropped, the Writer %d", dropped, stats.Dropped)
	}
	return d
}
