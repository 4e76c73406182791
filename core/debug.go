//go:build rtdebug

package core

import "runtime"

const (
	debugBuild  = true
	frameCopies = 4
)

// goroutine is the number of the calling goroutine. A locked thread's goroutine
// never changes, and one that moves between threads stays itself; so this tells
// owners apart better than a thread's number would.
func goroutine() int64 {
	var text [40]byte
	n := int64(0)
	for _, c := range text[len("goroutine "):runtime.Stack(text[:], false)] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
