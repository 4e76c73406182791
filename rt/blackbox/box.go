package blackbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
	"github.com/memkit-go/memkit/rt/trace"
)

// Box keeps the last samples and writes files. Make one with [New] and let a goroutine
// Run it. Trip and Stats may be called from any goroutine.
type Box struct {
	c   Config
	in  *ring.Consumer[Sample]
	now func() int64

	kept       []Sample // the last ones, in a ring
	next, held int
	trace      *segment // of the trace, current; then the one before
	before     []byte

	mu    sync.Mutex
	trips []trip // to be written
	stats Stats
}

// trip is one that is to be written.
type trip struct {
	at   int64
	text string
}

// Stats counts a Box's work.
type Stats struct {
	// Samples counts those received, Malformed those of no channel, of another process.
	Samples, Malformed uint64
	// Trips counts the calls of Trip, Files the files, Refused the trips without a file
	// because there are Config.MostFiles.
	Trips, Files, Refused uint64
	// Last is the last file's path.
	Last string
}

// String gives the counts in one line.
func (s Stats) String() string {
	return fmt.Sprintf("%d samples, %d malformed, %d trips, %d files, %d refused, last %q", s.Samples, s.Malformed, s.Trips, s.Files, s.Refused, s.Last)
}

// New makes a Box that reads from a ring, of which a Recorder has the other end.
func New(c Config, in *ring.Consumer[Sample]) (*Box, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	return &Box{c: c, in: in, now: rt.Now, kept: make([]Sample, 1+int(float64(c.Rate)*(c.Before+lateTrip).Seconds()))}, nil
}

// lateTrip is how much later than it occurred a trip may be known, without the file
// losing its beginning to the samples since.
const lateTrip = 250 * time.Millisecond

// Trip has a file written of the time around at, on the clock of rt.Now. The text is in
// the file.
func (b *Box) Trip(at int64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stats.Trips++
	if len(b.trips) < mostPending {
		b.trips = append(b.trips, trip{at, text})
	} else {
		b.stats.Refused++
	}
}

// mostPending bounds the trips of one file.
const mostPending = 1000

// Stats counts so far.
func (b *Box) Stats() Stats {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stats
}

// drainEvery is how often the ring is emptied.
const drainEvery = 10 * time.Millisecond

// Run keeps and writes samples until ctx ends, and then writes what a trip still lacks.
// The end of the context is not an error.
func (b *Box) Run(ctx context.Context) error {
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for {
		err := b.turn()
		select {
		case <-ctx.Done():
			return errors.Join(err, b.endTrace())
		default:
		}
		if err != nil {
			return errors.Join(err, b.endTrace())
		}
		select {
		case <-ctx.Done(): // and one turn more
		case <-tick.C:
		}
	}
}

// turn empties the ring and writes a file when there is a trip.
func (b *Box) turn() error {
	if err := b.drain(nil); err != nil {
		return err
	}
	first, ok := b.pending()
	if !ok {
		return nil
	}
	return b.write(first)
}

// pending takes the trips that have occurred.
func (b *Box) pending() (trips []trip, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	trips, b.trips = b.trips, nil
	return trips, len(trips) > 0
}

// drain takes at most a ring full of samples; to, when not nil, gets them instead of the
// memory.
func (b *Box) drain(to func(Sample) error) error {
	if err := b.drainTrace(); err != nil {
		return err
	}
	var count, malformed uint64
	defer func() {
		b.mu.Lock()
		b.stats.Samples += count
		b.stats.Malformed += malformed
		b.mu.Unlock()
	}()
	for range mostDrained {
		s, ok := b.in.Pop()
		if !ok {
			return nil
		}
		if int(s.Channel) >= len(b.c.Channels) || int(s.Count) != len(b.c.Channels[s.Channel].Fields) {
			malformed++ // another process wrote it
			continue
		}
		count++
		if to != nil {
			if err := to(s); err != nil {
				return err
			}
			continue
		}
		b.kept[b.next] = s
		b.next = (b.next + 1) % len(b.kept)
		b.held = min(b.held+1, len(b.kept))
	}
	return nil
}

// mostDrained bounds one turn.
const mostDrained = 1 << 16

// write writes a file: the samples that are kept, and those of the time after.
func (b *Box) write(trips []trip) (err error) {
	b.mu.Lock()
	full := b.stats.Files >= uint64(b.c.MostFiles)
	if full {
		b.stats.Refused += uint64(len(trips))
	}
	number := b.stats.Files
	b.mu.Unlock()
	if full {
		return nil
	}
	path := filepath.Join(b.c.Dir, fmt.Sprintf("trip-%s-%03d.mcap", time.Now().UTC().Format("20060102T150405"), number))
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("blackbox: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	b.mu.Lock()
	b.stats.Files++
	b.stats.Last = path
	b.mu.Unlock()
	f, err := newFile(out, b.c.Channels, time.Now().UnixNano()-b.now())
	if err != nil {
		return err
	}
	from := trips[0].at - int64(b.c.Before)
	for i := range b.held {
		s := b.kept[(b.next-b.held+i+len(b.kept))%len(b.kept)]
		if s.At >= from {
			if err := f.sample(s); err != nil {
				return err
			}
		}
	}
	b.held, b.next = 0, 0
	return b.after(f, trips)
}

// after writes the trips and the samples that follow them.
func (b *Box) after(f *file, trips []trip) error {
	until := int64(0)
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for total := 0; ; {
		for _, t := range trips {
			if err := f.trip(t); err != nil {
				return err
			}
			until = max(until, t.at+int64(b.c.After))
		}
		total += len(trips)
		if err := b.drain(f.sample); err != nil {
			return err
		}
		if err := f.flush(); err != nil {
			return err
		}
		if b.now() >= until {
			break
		}
		<-tick.C
		if trips, _ = b.pending(); total > mostPending {
			break // a fault that never ends
		}
	}
	if err := b.attachTrace(f); err != nil {
		return err
	}
	return f.close()
}

// segment is a part of the trace, in memory.
type segment struct {
	writer *trace.Writer
	bytes  bytes.Buffer
	begun  int64
}

// drainTrace keeps the trace of at least the time before: it begins a new segment, which
// a viewer can open by itself, whenever one has become that long.
func (b *Box) drainTrace() error {
	if len(b.c.Trace) == 0 {
		return nil
	}
	if b.trace != nil && b.now()-b.trace.begun > int64(b.c.Before) {
		if err := b.endTrace(); err != nil {
			return err
		}
	}
	if b.trace == nil {
		s := &segment{begun: b.now()}
		var err error
		if s.writer, err = trace.NewWriter(&s.bytes, trace.Process{}, b.c.Trace...); err != nil {
			return errkind.Wrapf(err, "trace", "blackbox: the trace")
		}
		b.trace = s
	}
	return b.trace.writer.Drain()
}

// endTrace ends the current segment.
func (b *Box) endTrace() error {
	if b.trace == nil {
		return nil
	}
	err := b.trace.writer.Close()
	b.before, b.trace = b.trace.bytes.Bytes(), nil
	return err
}

// attachTrace attaches the last two segments.
func (b *Box) attachTrace(f *file) error {
	if len(b.c.Trace) == 0 {
		return nil
	}
	older := b.before
	if err := b.endTrace(); err != nil {
		return err
	}
	for name, part := range map[string][]byte{"trace-1.perfetto-trace": older, "trace-2.perfetto-trace": b.before} {
		if len(part) == 0 {
			continue
		}
		if err := f.attach(name, part); err != nil {
			return err
		}
	}
	return nil
}
