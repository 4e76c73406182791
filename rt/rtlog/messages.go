package rtlog

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
)

// Messages are the texts that a [Log]'s records carry as numbers. Declare them
// from one goroutine before the first [New] or [Attach], usually as package
// variables. New reports a wrong declaration.
type Messages struct {
	messages []saying
	texts    []string
	err      error
}

// saying is what a Message stands for.
type saying struct {
	text string
	keys []string
}

// Message is a declared message. Its zero value is none.
type Message uint16

// Text is a declared string, for arguments such as the name of a state. Its zero
// value is the empty string.
type Text uint16

const (
	// maxArgs makes a record a cache line.
	maxArgs     = 4
	maxMessages = math.MaxUint16
)

// Message declares a message and the keys of its arguments, at most four. The
// same text and keys are the same Message.
func (m *Messages) Message(text string, keys ...string) Message {
	if len(keys) > maxArgs {
		m.wrong(fmt.Sprintf("%q", text), fmt.Sprintf("has %d arguments, and a record holds %d", len(keys), maxArgs), "declare two messages")
		return 0
	}
	i := slices.IndexFunc(m.messages, func(o saying) bool { return o.text == text && slices.Equal(o.keys, keys) })
	if i < 0 {
		if len(m.messages) == maxMessages {
			m.wrong(fmt.Sprintf("%q", text), fmt.Sprintf("is one more than %d", maxMessages), "declare messages once, not per record")
			return 0
		}
		i = len(m.messages)
		m.messages = append(m.messages, saying{text, slices.Clone(keys)})
	}
	return Message(i + 1)
}

// Text declares a string that arguments may have. The same string is the same
// Text.
func (m *Messages) Text(s string) Text {
	if s == "" {
		return 0
	}
	i := slices.Index(m.texts, s)
	if i < 0 {
		if len(m.texts) == maxMessages {
			m.wrong(fmt.Sprintf("text %q", s), fmt.Sprintf("is one more than %d", maxMessages), "declare texts once, not per record")
			return 0
		}
		i = len(m.texts)
		m.texts = append(m.texts, s)
	}
	return Text(i + 1)
}

// wrong keeps the first mistake.
func (m *Messages) wrong(value, reason, remedy string) {
	if m.err == nil {
		m.err = configError("Config.Messages", value, reason, remedy)
	}
}

func (m *Messages) clone() Messages {
	return Messages{messages: slices.Clone(m.messages), texts: slices.Clone(m.texts)}
}

// digest tells two vocabularies apart.
func (m *Messages) digest() uint64 {
	var text []byte
	add := func(s string) { text = append(binary.AppendUvarint(text, uint64(len(s))), s...) }
	for _, o := range m.messages {
		add(o.text)
		text = binary.AppendUvarint(text, uint64(len(o.keys)))
		for _, key := range o.keys {
			add(key)
		}
	}
	text = binary.AppendUvarint(text, uint64(len(m.messages)))
	for _, s := range m.texts {
		add(s)
	}
	h := fnv.New64a()
	h.Write(text) // a hash never fails
	return h.Sum64()
}
