package soundserver

import (
	"bytes"
	"sync"

	"github.com/memkit-go/memkit/internal/endbuffer"
)

// output keeps the end of what a server prints, and tells a listener of each line.
type output struct {
	endbuffer.Buffer
	mu     sync.Mutex
	line   []byte // that has not ended yet
	listen func(line string)
}

// lineSize is how much of a line that does not end is kept.
const lineSize = 8 << 10

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
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
		o.line = o.line[max(0, len(o.line)-lineSize):]
	}
	return o.Buffer.Write(b)
}
