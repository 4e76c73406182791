package core

import (
	"runtime"
	"sync/atomic"
)

// board is where a lane shows its account to other goroutines, as of one moment.
// The writer waits for nobody: it counts a publication as begun, writes, and
// counts it as done. A reader who meets the same number before and after has read
// nothing of a later publication, and otherwise reads again. Boehm, Can Seqlocks
// Get Along With Programming Language Memory Models? (MSPC 2012), with the two
// halves of the sequence number apart, lest the compiler drop the first store to
// it as overwritten.
type board struct {
	begun uint64

	frames, allocs, frameBytes, framePeak uint64
	held, heldPeak                        uint64
	exhausted, overBudget, warnings       uint64
	deferred, deferredErrors              uint64
	sent, accepted                        uint64

	done uint64
}

// publish puts the lane's account on its board.
func (l *Lane) publish() {
	b := &l.board
	storeRelease(&b.begun, b.done+1)
	storeRelease(&b.frames, l.frames)
	storeRelease(&b.allocs, l.allocs)
	storeRelease(&b.frameBytes, uint64(l.frameBytes))
	storeRelease(&b.framePeak, uint64(l.framePeak))
	storeRelease(&b.held, uint64(l.held.used()))
	storeRelease(&b.heldPeak, uint64(l.heldPeak))
	storeRelease(&b.exhausted, l.exhausted)
	storeRelease(&b.overBudget, l.overBudget)
	storeRelease(&b.warnings, l.warnings)
	storeRelease(&b.deferred, l.deferred)
	storeRelease(&b.deferredErrors, l.deferredErrors)
	storeRelease(&b.sent, l.sent)
	storeRelease(&b.accepted, l.accepted)
	storeRelease(&b.done, b.begun)
}

// read returns the account published last. Any goroutine may call it; while the
// writer publishes it takes another turn.
func (b *board) read() LaneStats {
	for {
		done := atomic.LoadUint64(&b.done)
		s := LaneStats{
			Frames:         atomic.LoadUint64(&b.frames),
			Allocs:         atomic.LoadUint64(&b.allocs),
			FrameBytes:     int(atomic.LoadUint64(&b.frameBytes)),
			FramePeak:      int(atomic.LoadUint64(&b.framePeak)),
			Held:           int(atomic.LoadUint64(&b.held)),
			HeldPeak:       int(atomic.LoadUint64(&b.heldPeak)),
			Exhausted:      atomic.LoadUint64(&b.exhausted),
			OverBudget:     atomic.LoadUint64(&b.overBudget),
			Warnings:       atomic.LoadUint64(&b.warnings),
			Deferred:       atomic.LoadUint64(&b.deferred),
			DeferredErrors: atomic.LoadUint64(&b.deferredErrors),
			Sent:           atomic.LoadUint64(&b.sent),
			Accepted:       atomic.LoadUint64(&b.accepted),
		}
		if atomic.LoadUint64(&b.begun) == done {
			return s
		}
		runtime.Gosched()
	}
}
