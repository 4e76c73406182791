package selftest

import "sync"

// tally returns a function that counts its calls, from any goroutine, and tells
// progress, where there is one, of each.
func tally(progress func(done, all int), all int) func() {
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		if progress != nil {
			progress(done, all)
		}
	}
}
