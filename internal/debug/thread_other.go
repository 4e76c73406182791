//go:build rtdebug && !linux

package debug

// thread is 0: only Linux numbers threads the way its tools show them.
func thread() int64 { return 0 }
