package soundserver

import (
	"bytes"
	"strings"
	"sync"
)

// output keeps the last of what a server prints.
type output struct {
	mu     sync.Mutex
	text   []byte
	line   []byte // that has not ended yet
	listen func(line string)
}

const outputSize = 8 << 10

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, b...)
	if over := len(o.text) - outputSize; over > 0 {
		o.text = append(o.text[:0], o.text[over:]...)
	}
	if o.listen != nil {
		o.line = append(o.line, b...)
		for {
			line, rest, ended := bytes.Cut(o.line, []byte{'\n'})
			if !ended {
				break
			}
			o.listen(string(line))
			o.line = append(o.line[:0], rest...)
		}
		o.line = o.line[max(0, len(o.line)-outputSize):]
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(string(o.text))
}
