package audio

import "runtime"

// goroutine is the number of the calling goroutine, as a stack trace gives it. It
// takes a microsecond.
//
//rt:allow ML602 reason="its own stack alone, once for each start"
func goroutine() (n int64) {
	//rt:allow ML601 reason="once when a thread begins to deliver"
	var text [40]byte
	for _, c := range text[len("goroutine "):runtime.Stack(text[:], false)] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
