// Package endbuffer keeps the end of what a program prints, for error texts.
package endbuffer

import (
	"strings"
	"sync"
)

// Buffer is an io.Writer that keeps the last bytes written to it. Its methods may be
// called from any goroutine. The zero value keeps 8 KiB.
type Buffer struct {
	// Size is how many bytes are kept; 0 is 8 KiB. Set it before the first Write.
	Size int

	mu   sync.Mutex
	text []byte
}

// Write keeps the end of b, and takes all of it.
func (o *Buffer) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	size := o.Size
	if size <= 0 {
		size = 8 << 10
	}
	o.text = append(o.text, b...)
	if over := len(o.text) - size; over > 0 {
		o.text = append(o.text[:0], o.text[over:]...)
	}
	return len(b), nil
}

// String returns the bytes kept, without space around them.
func (o *Buffer) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(string(o.text))
}
