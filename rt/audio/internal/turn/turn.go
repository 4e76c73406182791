// Package turn is a mutex for work that takes long.
package turn

// Turn is a mutex. A goroutine that waits for it is one that the virtual time of
// package testing/synctest goes on for, unlike one that waits for a sync.Mutex.
type Turn chan struct{}

// New makes a Turn that nothing holds.
func New() Turn { return make(Turn, 1) }

// Lock waits for the turn and takes it.
func (t Turn) Lock() { t <- struct{}{} }

// Unlock gives it to the next.
func (t Turn) Unlock() { <-t }

// TryLock takes the turn unless another has it, and reports whether it did.
func (t Turn) TryLock() bool {
	select {
	case t <- struct{}{}:
		return true
	default:
		return false
	}
}
