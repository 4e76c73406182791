package isolate

import (
	"encoding/json"
	"github.com/memkit-go/memkit/rt"
	"sync/atomic"
	"time"
)

// descriptionWords bounds what a loop's description takes of shared memory, in
// words of 8 bytes: 1 KiB.
const descriptionWords = 128

// description is the part of a loop's cells that seldom changes, as text. The
// child writes it and the parent reads it: version is odd meanwhile, and 0 where
// there is none.
type description struct {
	version atomic.Uint64
	bytes   atomic.Uint64
	words   [descriptionWords]atomic.Uint64
}

// describedLoop is a description's content.
type describedLoop struct {
	Name    string
	Period  time.Duration
	Granted rt.Granted
	CPU     int // of Granted; negative for any
}

func (d *description) store(l describedLoop) {
	text := l.text()
	version := d.version.Load()
	d.version.Store(version | 1)
	d.bytes.Store(uint64(len(text)))
	for i := range (len(text) + 7) / 8 {
		var word [8]byte
		copy(word[:], text[8*i:])
		d.words[i].Store(order.Uint64(word[:]))
	}
	d.version.Store((version | 1) + 1)
}

// text fits into the words: reasons are left out, the last first, and then the
// name.
func (l describedLoop) text() []byte {
	l.CPU = -1
	if cpu, named := l.Granted.CPU.Number(); named {
		l.CPU = cpu
	}
	for {
		text, err := json.Marshal(l)
		switch {
		case err == nil && len(text) <= 8*descriptionWords:
			return text
		case len(l.Granted.Missing) > 0:
			l.Granted.Missing = l.Granted.Missing[:len(l.Granted.Missing)-1]
		default:
			l.Name = ""
		}
	}
}

// load reads a description; ok is false where there is none, or it is being
// written.
func (d *description) load() (l describedLoop, ok bool) {
	version := d.version.Load()
	if version == 0 || version&1 != 0 {
		return l, false
	}
	n := min(d.bytes.Load(), 8*descriptionWords)
	text := make([]byte, 0, 8*descriptionWords)
	for i := range (n + 7) / 8 {
		text = order.AppendUint64(text, d.words[i].Load())
	}
	if d.version.Load() != version || json.Unmarshal(text[:n], &l) != nil {
		return l, false
	}
	l.Granted.CPU = cpuOrAny(l.CPU)
	return l, true
}

func (d *description) clear() { d.version.Store(0) }
