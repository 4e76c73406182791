package rt

import (
	"errors"

	"github.com/memkit-go/memkit/rt/ring"
)

// Journal is a [Log] whose writer is on one side and whose drain on the other:
// what a step in the isolate says, the parent passes on to log/slog. A writer
// that dies leaves its records to be drained.
type Journal struct {
	declaration
	messages *Messages
}

// NewJournal declares a journal for at least capacity records, rounded up to a
// power of two, of these messages. The name is 1 to 63 bytes and the only one of
// its kind in an isolate.
func NewJournal(name string, capacity int, messages *Messages) *Journal {
	return &Journal{declare[logRecord](kindJournal, name, capacity, LogSize(capacity), func(region []byte) error {
		_, err := NewLog(LogConfig{Messages: messages, Region: region})
		return err
	}), messages}
}

// Writer claims the writing end for s. Errors as for [Queue.Producer].
func (j *Journal) Writer(s Side) (*LogWriter, error) {
	return attach(&j.declaration, s, j.open, (*Log).Writer)
}

// Log claims the draining end for s; Drain and DrainOnce are called on what it
// returns. Errors as for [Queue.Producer].
func (j *Journal) Log(s Side) (*Log, error) {
	end, err := attach(&j.declaration, s, j.open, (*Log).drainEnd)
	if err != nil {
		return nil, err
	}
	return end.log, nil
}

func (j *Journal) open(region []byte) (*Log, error) { return AttachLog(region, j.messages) }

// drainEnd claims the draining side of l.
func (l *Log) drainEnd() (*drainEnd, error) {
	l.draining.Lock()
	defer l.draining.Unlock()
	if err := l.claim(); err != nil {
		return nil, err
	}
	return &drainEnd{l, l.drain.records, l.drain.status}, nil
}

// drainEnd is the draining side of a Log as the end of a channel.
type drainEnd struct {
	log     *Log
	records *ring.StreamReader[logRecord]
	status  *ring.LatestReader[logStatus]
}

func (e *drainEnd) CheckPeer() error { return errors.Join(e.records.CheckPeer(), e.status.CheckPeer()) }

func (e *drainEnd) AbandonPeer() bool {
	records, status := e.records.AbandonPeer(), e.status.AbandonPeer()
	return records || status
}

func (e *drainEnd) Close() error { return errors.Join(e.records.Close(), e.status.Close()) }

// CheckPeer is [ring.Endpoint.CheckPeer] of the draining side.
func (w *LogWriter) CheckPeer() error {
	return errors.Join(w.records.CheckPeer(), w.status.CheckPeer())
}

// AbandonPeer is [ring.Endpoint.AbandonPeer] of the draining side.
func (w *LogWriter) AbandonPeer() bool {
	records, status := w.records.AbandonPeer(), w.status.AbandonPeer()
	return records || status
}
