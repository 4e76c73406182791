//go:build !linux

package handoff

import "time"

func monotonic(start time.Time) int64 { return int64(time.Since(start)) }
