package rtlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/ring"
)

// drainEvery is how often Drain looks. A loop at 1 kHz that says four things a
// tick leaves 80 records in that time, a thirteenth of the default capacity; a
// look costs an ordinary goroutine less than a microsecond.
const drainEvery = 20 * time.Millisecond

// Stats counts what a [Log]'s draining side has seen.
type Stats struct {
	// Written records went to slog.
	Written int64
	// Dropped records found no room.
	Dropped int64
	// Malformed records make no sense with these messages: the peer is broken.
	Malformed int64
}

// String is "10 written, 2 dropped, 0 malformed".
func (s Stats) String() string {
	return fmt.Sprintf("%d written, %d dropped, %d malformed", s.Written, s.Dropped, s.Malformed)
}

// drainer is the draining side, guarded by Log.draining.
type drainer struct {
	records *ring.StreamReader[record]
	status  *ring.LatestReader[status]
	epoch   uint32 // of the writer
	told    uint64 // of the records lost since the last one, how many were reported
	stats   Stats
}

// Drain passes records on to logger until ctx ends, and then those that are left. It
// returns nil then, or the first error: [ring.ErrHeld] where another process
// drains, [ErrMessages], or the logger's handler's. Lost records show as warnings
// in their place.
func (l *Log) Drain(ctx context.Context, logger *slog.Logger) error {
	ticker := time.NewTicker(drainEvery)
	defer ticker.Stop()
	for ended := false; ; {
		n, err := l.DrainOnce(logger)
		if err != nil || ended && n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			ended = true
		case <-ticker.C:
		}
	}
}

// DrainOnce passes on the records that are in the log now and returns their number. Times are converted to the wall clock as it stands now. After an error of
// the handler, the record that it refused is the next again.
func (l *Log) DrainOnce(logger *slog.Logger) (n int, err error) {
	l.draining.Lock()
	defer l.draining.Unlock()
	if err := l.claim(); err != nil {
		return 0, err
	}
	d := &l.drain
	// The status is read first. A writer resets the count of lost records in the
	// status before it commits the record that carries the count, so when there is no
	// record behind this status, no record has reported this loss.
	status, _ := d.status.Load()
	if status.Vocabulary != 0 && status.Vocabulary != l.vocabulary {
		return 0, ErrMessages
	}
	wall, now := l.clock()
	first, second := d.records.Peek(l.records.Cap())
	for _, part := range [][]record{first, second} {
		for i := range part {
			// A copy: a peer gone mad may still write to it.
			if err := l.pass(logger, part[i], wall, now); err != nil {
				return n, errors.Join(err, d.records.Release(n))
			}
			n++
		}
	}
	if n == 0 {
		return 0, l.warn(logger, wall, status.Lost)
	}
	return n, d.records.Release(n)
}

// Stats counts the records that have been drained so far.
func (l *Log) Stats() Stats {
	l.draining.Lock()
	defer l.draining.Unlock()
	return l.drain.stats
}

// claim takes the draining side, the first time, for callers who take turns.
func (l *Log) claim() error {
	d := &l.drain
	if d.records == nil {
		records, err := l.records.Reader()
		if err != nil {
			return errkind.Wrapf(err, "ring", "rtlog: the draining side")
		}
		status, err := l.status.Reader()
		if err != nil {
			return errkind.Wrapf(errors.Join(err, records.Close()), "ring", "rtlog: the draining side")
		}
		d.records, d.status = records, status
	}
	d.records.HandOver()
	d.status.HandOver()
	if _, epoch := d.records.Peer(); epoch != d.epoch {
		d.epoch, d.told = epoch, 0
	}
	return nil
}

// pass hands one record on, behind a warning about those lost before it.
func (l *Log) pass(logger *slog.Logger, r record, wall time.Time, now int64) error {
	d := &l.drain
	at := wall.Add(time.Duration(r.at - now))
	if err := l.warn(logger, at, r.lost); err != nil {
		return err
	}
	record, ok := l.messages.decode(r, at)
	if !ok {
		d.stats.Malformed++
	} else if err := handle(logger, record); err != nil {
		return err
	} else {
		d.stats.Written++
	}
	d.told = 0
	return nil
}

// warn counts records that were lost since the last one, and says so, unless it
// has been said.
func (l *Log) warn(logger *slog.Logger, at time.Time, lost uint64) error {
	d := &l.drain
	if lost <= d.told {
		return nil
	}
	record := slog.NewRecord(at, slog.LevelWarn, "log records dropped", 0)
	record.AddAttrs(slog.Uint64("count", lost-d.told))
	if err := handle(logger, record); err != nil {
		return err
	}
	d.stats.Dropped += int64(min(lost-d.told, math.MaxInt32)) // a peer gone mad may claim any number
	d.told = lost
	return nil
}

// handle is what a Logger's own methods do, without losing the error.
func handle(logger *slog.Logger, r slog.Record) error {
	ctx, h := context.Background(), logger.Handler()
	if !h.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handle(ctx, r)
}
