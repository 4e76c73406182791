//go:build !linux

package handoff

import "sync/atomic"

// Regions are portable here, so these are never reached.

func futexWaitFor(*atomic.Uint32, uint32, int64) bool { return true }

func futexWakeOne(*atomic.Uint32) {}
