//go:build !linux

package suite

import "time"

// stealWatch sees nothing: only Linux tells what the host took.
type stealWatch struct{}

func startStealWatch([]int, time.Duration, func(time.Duration)) *stealWatch { return new(stealWatch) }

func (*stealWatch) stop() []stall { return nil }
