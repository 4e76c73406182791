package isolate

import "github.com/memkit-go/memkit/rt/rtlog"

// Journal is a [Log] whose writer is on one side and whose drain on the other:
// what a step in the isolate says, the parent passes on to log/slog. A writer
// that dies leaves its records to be drained.
type Journal struct {
	declaration
	messages *rtlog.Messages
}

// NewJournal declares a journal for at least capacity records, rounded up to a
// power of two, of these messages. The name is 1 to 63 bytes and the only one of
// its kind in an isolate.
func NewJournal(name string, capacity int, messages *rtlog.Messages) *Journal {
	return &Journal{declare[[64]byte](kindJournal, name, capacity, rtlog.Size(capacity), func(region []byte) error {
		_, err := rtlog.New(rtlog.Config{Messages: messages, Region: region})
		return err
	}), messages}
}

// Writer claims the writing end for s. Errors as for [Queue.Producer].
func (j *Journal) Writer(s Side) (*rtlog.Writer, error) {
	return attach(&j.declaration, s, j.open, (*rtlog.Log).Writer)
}

// Log claims the draining end for s; Drain and DrainOnce are called on what it
// returns. Errors as for [Queue.Producer].
func (j *Journal) Log(s Side) (*rtlog.Log, error) {
	return attach(&j.declaration, s, j.open, func(l *rtlog.Log) (*rtlog.Log, error) { return l, l.Claim() })
}

func (j *Journal) open(region []byte) (*rtlog.Log, error) { return rtlog.Attach(region, j.messages) }
