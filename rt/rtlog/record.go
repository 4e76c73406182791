package rtlog

import (
	"log/slog"
	"math"
	"time"
)

// record is one slot. It crosses processes: fixed size, no pointers, and
// whoever reads it trusts nothing in it.
type record struct {
	at int64 // on the clock of Now
	// what holds the Message in bits 0–15, the level in 16–31, the number of
	// arguments given in 32–35 and the kinds of those kept in 36–51.
	what uint64
	lost uint64 // records dropped since the one before
	args [maxArgs]uint64
	_    uint64 // to a cache line
}

const (
	levelShift = 16
	countShift = 32
	kindsShift = 36
	kindBits   = 4
	maxCount   = 1<<kindBits - 1
)

// status is what the writing side tells in addition to its records.
type status struct {
	// Vocabulary is the digest of the Messages that the records use.
	Vocabulary uint64
	// Lost is how many records were dropped since the last one in the ring.
	Lost uint64
}

type argKind uint8

const (
	argInt argKind = 1 + iota
	argFloat
	argDuration
	argBool
	argText
)

// Arg is an argument of a [Message].
type Arg struct {
	kind argKind
	bits uint64
}

// Int is an integer argument.
func Int(v int64) Arg { return Arg{argInt, uint64(v)} }

// Float is a floating-point argument.
func Float(v float64) Arg { return Arg{argFloat, math.Float64bits(v)} }

// Nanoseconds is an argument that slog sees as a time.Duration.
func Nanoseconds(ns int64) Arg { return Arg{argDuration, uint64(ns)} }

// Bool is a truth value as an argument.
func Bool(v bool) Arg {
	if v {
		return Arg{argBool, 1}
	}
	return Arg{argBool, 0}
}

// Arg is the declared text as an argument.
func (t Text) Arg() Arg { return Arg{argText, uint64(t)} }

// badKey is what slog calls an argument without a key.
const badKey = "!BADKEY"

// decode turns r into what slog takes; ok is false for a record that no writer
// with these messages makes.
func (m *Messages) decode(r record, wall time.Time) (record slog.Record, ok bool) {
	id := int(uint16(r.what))
	if id < 1 || id > len(m.messages) {
		return slog.Record{}, false
	}
	declared := m.messages[id-1]
	record = slog.NewRecord(wall, slog.Level(int16(r.what>>levelShift)), declared.text, 0)
	given := int(r.what >> countShift & maxCount)
	for i := range min(given, maxArgs) {
		value, known := m.value(argKind(r.what>>(kindsShift+kindBits*i)&maxCount), r.args[i])
		if !known {
			return slog.Record{}, false
		}
		key := badKey
		if i < len(declared.keys) {
			key = declared.keys[i]
		}
		record.AddAttrs(slog.Attr{Key: key, Value: value})
	}
	if given > maxArgs {
		record.AddAttrs(slog.Int("!ARGS LEFT OUT", given-maxArgs))
	}
	return record, true
}

// value is an argument's; known is false for an unknown kind or text.
func (m *Messages) value(kind argKind, bits uint64) (v slog.Value, known bool) {
	switch kind {
	case argInt:
		return slog.Int64Value(int64(bits)), true
	case argFloat:
		return slog.Float64Value(math.Float64frombits(bits)), true
	case argDuration:
		return slog.DurationValue(time.Duration(bits)), true
	case argBool:
		return slog.BoolValue(bits != 0), true
	case argText:
		if bits == 0 {
			return slog.StringValue(""), true
		}
		if bits <= uint64(len(m.texts)) {
			return slog.StringValue(m.texts[bits-1]), true
		}
	}
	return slog.Value{}, false
}
