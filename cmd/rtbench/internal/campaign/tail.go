package campaign

import "bytes"

// tail keeps the last bytes written to it: a crashing Go program says what
// happened first and lists goroutines for pages, so the beginning is kept too.
type tail struct {
	head, last bytes.Buffer
}

const tailSize = 2048

func (t *tail) Write(b []byte) (int, error) {
	n := len(b)
	if room := tailSize - t.head.Len(); room > 0 {
		k := min(room, len(b))
		t.head.Write(b[:k])
		b = b[k:]
	}
	t.last.Write(b)
	if over := t.last.Len() - tailSize; over > 0 {
		t.last.Next(over)
	}
	return n, nil
}

func (t *tail) String() string {
	if t.last.Len() < tailSize {
		return t.head.String() + t.last.String()
	}
	return t.head.String() + "\n…\n" + t.last.String()
}
