package rtlog

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

// Log carries messages from a real-time thread to log/slog. The thread's
// [Writer] stores records of a fixed size in memory that is there already; an
// ordinary goroutine turns them into text, in [Log.Drain]. The memory may be
// shared between processes.
//
//	var (
//		messages rtlog.Messages
//		overCurrent = messages.Message("axis over current", "axis", "amps")
//	)
//	log, err := rtlog.New(rtlog.Config{Messages: &messages})
//	w, err := log.Writer()
//	go log.Drain(ctx, slog.Default())
//	… in the step: w.Write(slog.LevelWarn, overCurrent, rtlog.Int(3), rtlog.Float(12.5))
//
// Any goroutine may call its methods.
type Log struct {
	messages   Messages
	vocabulary uint64 // the messages' digest
	status     *ring.Latest[status]
	records    *ring.Stream[record]
	clock      func() (wall time.Time, now int64)

	draining sync.Mutex
	drain    drainer
}

// Config shapes a [Log]. Only Messages must be set.
type Config struct {
	// Messages that records may carry. Those declared later do not count.
	Messages *Messages
	// Capacity is how many records wait between two drains at most, rounded up
	// to a power of two; zero means 1024. A record takes 64 bytes.
	Capacity int
	// Region is memory to use instead of the log's own, for a writer in another
	// process: at least Size bytes, aligned to 64. The log then holds as many
	// records as fit, and Capacity must be zero. Its content is overwritten.
	Region []byte
}

const (
	defaultCapacity = 1024
	// alignedSlice is from what size on the Go heap aligns a slice of bytes to a
	// page: allocations above 32 KiB are whole pages.
	alignedSlice = 64 << 10
)

// Size is how many bytes of region n records need; 0 when there is no such
// log.
func Size(n int) int {
	records := ring.StreamSize[record](n)
	if records == 0 {
		return 0
	}
	return recordsAt() + records
}

// recordsAt is where the records begin: behind the status.
func recordsAt() int { return (ring.LatestSize[status]() + 63) &^ 63 }

// New makes an empty log and touches all of its memory. Errors: *ConfigError.
func New(c Config) (*Log, error) {
	capacity, region, err := c.memory()
	if err != nil {
		return nil, err
	}
	l, err := newLog(c.Messages)
	if err != nil {
		return nil, err
	}
	if l.status, err = ring.CreateLatest[status](region); err != nil {
		return nil, errkind.Wrapf(err, "ring", "rtlog: Config.Region")
	}
	if l.records, err = ring.CreateStream[record](region[recordsAt():], capacity); err != nil {
		return nil, errkind.Wrapf(err, "ring", "rtlog: Config.Region")
	}
	return l, nil
}

// Attach finds the log that [New] made in region, usually in another
// process. Records in it stay. The messages must be the same, in the same order:
// Drain compares them with the writer's.
func Attach(region []byte, messages *Messages) (*Log, error) {
	l, err := newLog(messages)
	if err != nil {
		return nil, err
	}
	if len(region) < Size(1) {
		return nil, tooSmall(region)
	}
	if l.status, err = ring.AttachLatest[status](region); err != nil {
		return nil, errkind.Wrapf(err, "ring", "rtlog: Attach")
	}
	if l.records, err = ring.AttachStream[record](region[recordsAt():]); err != nil {
		return nil, errkind.Wrapf(err, "ring", "rtlog: Attach")
	}
	return l, nil
}

func newLog(m *Messages) (*Log, error) {
	if m == nil {
		return nil, configError("Config.Messages", "nil", "there is nothing to say", "declare what the step may say: messages.Message(…)")
	}
	if m.err != nil {
		return nil, m.err
	}
	return &Log{messages: m.clone(), vocabulary: m.digest(), clock: wallClock}, nil
}

// memory is the region to use and how many records it holds.
func (c Config) memory() (capacity int, region []byte, err error) {
	switch {
	case c.Region != nil && c.Capacity != 0:
		return 0, nil, configError("Config.Capacity", fmt.Sprint(c.Capacity), "is the Region's to say", "leave it 0, and give Size bytes")
	case c.Region != nil:
		if len(c.Region) < Size(1) {
			return 0, nil, tooSmall(c.Region)
		}
		capacity = 1
		for n := 2; Size(n) > 0 && Size(n) <= len(c.Region); n *= 2 {
			capacity = n
		}
		return capacity, c.Region, nil
	}
	capacity = c.Capacity
	if capacity == 0 {
		capacity = defaultCapacity
	}
	size := Size(capacity)
	if size == 0 {
		return 0, nil, configError("Config.Capacity", fmt.Sprint(capacity), fmt.Sprintf("must be from 1 to %d", ring.MaxCapacity), "give what comes between two drains, e.g. 1024")
	}
	return capacity, make([]byte, max(size, alignedSlice)), nil
}

func tooSmall(region []byte) error {
	return configError("Config.Region", fmt.Sprintf("%d bytes", len(region)), "is too small for one record", "give e.g. rtlog.Size(1024)")
}

// Cap is how many records the log holds.
func (l *Log) Cap() int { return l.records.Cap() }

// Writer claims the writing side. It is refused with [ring.ErrHeld] while another
// has it, until that one is closed or its process has died.
func (l *Log) Writer() (*Writer, error) {
	records, err := l.records.Writer()
	if err != nil {
		return nil, errkind.Wrapf(err, "ring", "rtlog: the writing side")
	}
	status, err := l.status.Writer()
	if err != nil {
		return nil, errkind.Wrapf(errors.Join(err, records.Close()), "ring", "rtlog: the writing side")
	}
	w := &Writer{records: records, status: status, vocabulary: l.vocabulary}
	w.publish()
	status.HandOver() // to the thread that writes
	return w, nil
}

// wallClock reads both clocks, as close together as can be.
func wallClock() (wall time.Time, now int64) {
	now = rt.Now()
	return time.Now(), now
}
