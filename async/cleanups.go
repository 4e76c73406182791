package async

import "sync"

// cleanups are functions to run at an end, the latest first.
type cleanups struct {
	list []func()
	over bool // they were taken
}

// add keeps f, under mu, or runs it at once, without mu, when the end is over.
func (c *cleanups) add(mu *sync.Mutex, f func()) (kept bool) {
	mu.Lock()
	if !c.over {
		c.list = append(c.list, f)
		mu.Unlock()
		return true
	}
	mu.Unlock()
	f()
	return false
}

// drain returns the functions; the end is over from then on. The owner's lock is held.
func (c *cleanups) drain() []func() {
	list := c.list
	c.list, c.over = nil, true
	return list
}

// runBackwards runs all functions, the last first, also when some panic.
func runBackwards(list []func()) {
	if len(list) == 0 {
		return
	}
	last := len(list) - 1
	defer runBackwards(list[:last])
	list[last]()
}
