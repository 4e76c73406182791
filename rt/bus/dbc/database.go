package dbc

import (
	"fmt"

	parser "go.einride.tech/can/pkg/dbc"

	"github.com/memkit-go/memkit/rt/bus"
)

// Database is the content of a file.
type Database struct {
	// Messages in the order of the file.
	Messages []Message
}

// Message is one kind of frame.
type Message struct {
	Name string
	ID   bus.CANID
	// Size of the data in bytes.
	Size int
	// Signals in the order of the file.
	Signals []Signal
}

// maxSize is the data of a CAN FD frame.
const maxSize = 64

// Parse reads a file. name is for errors. A signal that does not lie within its
// message is an error.
func Parse(name string, data []byte) (*Database, error) {
	p := parser.NewParser(name, data)
	if err := p.Parse(); err != nil {
		return nil, fmt.Errorf("dbc: %v: %s", err.Position(), err.Reason())
	}
	db := new(Database)
	for _, def := range p.Defs() {
		m, ok := def.(*parser.MessageDef)
		if !ok || parser.IsIndependentSignalsMessage(m) {
			continue
		}
		message, err := newMessage(m)
		if err != nil {
			return nil, fmt.Errorf("dbc: %v: message %s: %w", m.Pos, m.Name, err)
		}
		db.Messages = append(db.Messages, message)
	}
	return db, nil
}

func newMessage(d *parser.MessageDef) (Message, error) {
	m := Message{
		Name: string(d.Name), Size: int(min(d.Size, maxSize+1)),
		ID: bus.CANID{Value: d.MessageID.ToCAN(), Extended: d.MessageID.IsExtended()},
	}
	if m.Size > maxSize {
		return m, fmt.Errorf("%d bytes; a frame holds at most %d", d.Size, maxSize)
	}
	for i := range d.Signals {
		s, err := newSignal(&d.Signals[i], m.Size)
		if err != nil {
			return m, fmt.Errorf("signal %s: %w", d.Signals[i].Name, err)
		}
		m.Signals = append(m.Signals, s)
	}
	return m, nil
}

// Message returns the message of a name, or an error.
func (db *Database) Message(name string) (*Message, error) {
	for i := range db.Messages {
		if db.Messages[i].Name == name {
			return &db.Messages[i], nil
		}
	}
	return nil, fmt.Errorf("dbc: no message is named %q", name)
}

// Signal returns the signal of a name, or an error.
func (m *Message) Signal(name string) (*Signal, error) {
	for i := range m.Signals {
		if m.Signals[i].Name == name {
			return &m.Signals[i], nil
		}
	}
	return nil, fmt.Errorf("dbc: message %s has no signal named %q", m.Name, name)
}
