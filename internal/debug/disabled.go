//go:build !rtdebug

package debug

// Enabled: this is a build with tag rtdebug.
const Enabled = false

// Owner of something that belongs to one goroutine at a time.
type Owner struct{}

func (*Owner) Check(string) {}
func (*Owner) Release()     {}
