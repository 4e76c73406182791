package rtlog

import (
	"errors"
	"log/slog"
	"math"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

// Writer is a [Log]'s writing side. One thread at a time may use it, a
// real-time one too.
type Writer struct {
	_          [64]byte // keeps other threads' writes off the lines written here
	records    *ring.StreamWriter[record]
	lost       uint64 // records dropped since the last one written
	vocabulary uint64
	status     *ring.LatestWriter[status]
	_          [64]byte
}

// Write records a message, stamped with the time of the call. A full log drops
// it: the log then says how many are missing, and where. Arguments beyond four
// are left out, and the log says that too.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *Writer) Write(level slog.Level, m Message, args ...Arg) {
	w.WriteAt(rt.Now(), level, m, args...)
}

// WriteAt is Write with a time on the clock of [rt.Now] that the caller has already,
// such as [rt.Tick].Now.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
// The record is built in its slot and committed last, so that whoever drains sees
// all of it or nothing, and counts no loss twice.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound four arguments
func (w *Writer) WriteAt(at int64, level slog.Level, m Message, args ...Arg) {
	room, _ := w.records.Reserve(1)
	if len(room) == 0 {
		w.drop()
		return
	}
	r := &room[0]
	what := uint64(m) | uint64(uint16(clampLevel(level)))<<levelShift | uint64(min(len(args), maxCount))<<countShift
	for i := range min(len(args), maxArgs) {
		what |= uint64(args[i].kind&maxCount) << (kindsShift + kindBits*i)
		r.args[i] = args[i].bits
	}
	r.at, r.what, r.lost = at, what, w.lost
	if w.lost != 0 {
		w.lost = 0
		w.publish()
	}
	w.records.Commit(1) // no more than was reserved
}

// clampLevel is the nearest level that a record holds; slog's own lie between
// −4 and 8.
func clampLevel(l slog.Level) slog.Level { return min(max(l, math.MinInt16), math.MaxInt16) }

// drop counts a record that found no room. The count is also published, since no
// later record may come to carry it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *Writer) drop() {
	w.lost++
	w.publish()
}

// publish shows the status to who drains.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (w *Writer) publish() {
	w.status.Store(status{Vocabulary: w.vocabulary, Lost: w.lost})
}

// Close gives the writing side up. Its records stay.
func (w *Writer) Close() error {
	return errors.Join(w.records.Close(), w.status.Close())
}

// CheckPeer is [ring.Endpoint.CheckPeer] of the draining side.
func (w *Writer) CheckPeer() error {
	return errors.Join(w.records.CheckPeer(), w.status.CheckPeer())
}

// AbandonPeer is [ring.Endpoint.AbandonPeer] of the draining side.
func (w *Writer) AbandonPeer() bool {
	records, status := w.records.AbandonPeer(), w.status.AbandonPeer()
	return records || status
}
