package trace

import "math"

// event is one slot's content. It crosses processes: fixed size, no pointers.
//
// It has three words rather than five fields because the compiler keeps a struct
// of up to four in registers. Stored field by field and copied by 16 bytes, it
// costs twice as much: such a load cannot be served from the stores in flight.
type event struct {
	at int64
	// value is a counter's value, a tick's intended time, or for either end of a
	// span its nesting.
	value int64
	// what holds the kind in bits 0–15, the Label or Counter in bits 16–31, and in
	// bits 32–63 how many events were dropped since the one before.
	what uint64
}

type kind uint16

const (
	kindBegin kind = 1 + iota
	kindEnd
	kindInstant
	kindCount
	kindTick
)

// what packs all of an event's word but the loss.
func what[T ~uint16](k kind, id T) uint64 { return uint64(k) | uint64(id)<<16 }

// nesting packs what the Writer needs to restore spans after a loss: how many lie
// around this one (depth, bits 0–31), and how many of those open at the last
// recorded end of a span have stayed open until this event (kept, bits 32–63).
// Without a loss, all have.
func nesting(depth, kept int64) int64 { return depth&math.MaxUint32 | kept<<32 }

func (e event) depth() int64 { return e.value & math.MaxUint32 }
func (e event) kept() int64  { return int64(uint64(e.value) >> 32) }

func (e event) kind() kind   { return kind(e.what) }
func (e event) id() int      { return int(uint16(e.what >> 16)) }
func (e event) lost() uint32 { return uint32(e.what >> 32) }

// status is the state that the tracing side publishes in addition to its events.
type status struct {
	// Names is the digest of the names that the events use.
	Names uint64
	// Lost is how many events were dropped since the last one in the ring.
	Lost uint64
}
