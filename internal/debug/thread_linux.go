//go:build rtdebug

package debug

import "golang.org/x/sys/unix"

func thread() int64 { return int64(unix.Gettid()) }
