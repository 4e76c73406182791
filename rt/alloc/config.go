package alloc

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

// Config says how an [Allocator] works. The zero value is a good-fit heap over
// the whole region that returns ErrExhausted when it is used up.
type Config struct {
	// MemoryBudget is how many bytes of the region the allocator may use, its
	// tables included; 0 means all.
	MemoryBudget int
	// MaxAllocation is the largest request in bytes; 0 means what the heap can
	// serve. It is half of the bound that MaxLive asks for.
	MaxAllocation int
	// MaxLive, when not 0, is the most bytes that will ever be in use. New then
	// refuses a budget in which the heap could run out, see tlsf.WorstCaseArena.
	// MaxAllocation must be set with it.
	MaxLive int
	// Classes take requests up to their size before the heap does; a class that
	// is used up leaves them to the heap. Choose them from Stats: a class is worth
	// it for a size that comes often. None means heap only.
	Classes []pool.Class
	// Policy of the heap: tlsf.GoodFit or tlsf.HalfFit.
	Policy tlsf.Policy
	// RemoteQueue is how many blocks FreeRemote can hold until the owner drains them,
	// rounded up to a power of two; 0 means 1024. Slots of classes and blocks of the
	// heap have a queue each, in Go memory.
	RemoteQueue int
	// Overflow says what happens to a request that cannot be served.
	Overflow Overflow
	// WCETAlloc and WCETFree are the longest times that an operation may take;
	// Stats counts the operations that took longer. 0 means that operations are
	// not timed. Timing one costs two readings of the clock, some 60 ns.
	WCETAlloc, WCETFree time.Duration
	// Hooks are called around every operation, and cost as much as the timing.
	Hooks Hooks
	// RealTime reports whether the calling thread is a real-time one, on which
	// Fallback is refused. Nil asks the operating system for the thread's policy.
	RealTime func() bool
	// Clock reads a monotonic clock in nanoseconds; nil means the system's.
	Clock func() int64
}

const (
	defaultRemoteQueue = 1024
	maxRemoteQueue     = 1 << 24
)

// Overflow is what happens to a request that cannot be served.
type Overflow uint8

const (
	// Error: Alloc returns ErrExhausted or ErrTooLarge.
	Error Overflow = iota
	// Panic: Alloc panics with an [OverflowPanic]. A panic on a pinned real-time
	// thread cannot be recovered and ends the process: for programs that would
	// rather stop than go on without memory.
	Panic
	// Fallback: Alloc takes the memory from the Go heap, which has no bound in
	// time. On a real-time thread it does not: there it returns the error and
	// counts it in Stats.FallbacksRefused. Requests beyond MaxAllocation are never
	// served.
	Fallback
)

func (o Overflow) String() string {
	switch o {
	case Error:
		return "error"
	case Panic:
		return "panic"
	case Fallback:
		return "fallback"
	}
	return fmt.Sprintf("Overflow(%d)", uint8(o))
}

// OverflowPanic is what policy [Panic] panics with.
type OverflowPanic struct {
	Size uintptr // that was asked for
	Err  error   // ErrExhausted or ErrTooLarge
}

func (p OverflowPanic) Error() string {
	return errkind.Wrapf(p.Err, "tlsf", "alloc: %d bytes cannot be served", p.Size).Error()
}

func (p OverflowPanic) Unwrap() error { return p.Err }

// Hooks are called around every operation, on its goroutine; nil ones are not.
// They must keep the bounds that their allocator is used under.
type Hooks struct {
	// AllocStart gets the size of the request, AllocEnd also the duration and the
	// result.
	AllocStart func(n uintptr)
	AllocEnd   func(n uintptr, took time.Duration, err error)
	// FreeStart and FreeEnd do the same for Free.
	FreeStart func()
	FreeEnd   func(took time.Duration, err error)
}

func (h *Hooks) any() bool {
	return h.AllocStart != nil || h.AllocEnd != nil || h.FreeStart != nil || h.FreeEnd != nil
}

// validate checks c for a region of size bytes, apart from what the parts check.
func (c *Config) validate(size int) error {
	switch {
	case c.MemoryBudget < 0 || c.MemoryBudget > size:
		return fmt.Errorf("alloc: Config.MemoryBudget %d: must be from 0 to the region's %d bytes", c.MemoryBudget, size)
	case c.MaxAllocation < 0:
		return fmt.Errorf("alloc: Config.MaxAllocation %d: must be ≥0; 0 means what the heap can serve", c.MaxAllocation)
	case c.MaxLive < 0:
		return fmt.Errorf("alloc: Config.MaxLive %d: must be ≥0; 0 means not to check", c.MaxLive)
	case c.MaxLive > 0 && c.MaxAllocation == 0:
		return fmt.Errorf("alloc: Config.MaxLive %d without MaxAllocation: the bound depends on both; set the largest request", c.MaxLive)
	case c.RemoteQueue < 0 || c.RemoteQueue > maxRemoteQueue:
		return fmt.Errorf("alloc: Config.RemoteQueue %d: must be 0 to %d; give the blocks that other threads free between two drains", c.RemoteQueue, maxRemoteQueue)
	case c.Overflow > Fallback:
		return fmt.Errorf("alloc: Config.Overflow %d: must be Error, Panic or Fallback", c.Overflow)
	case c.WCETAlloc < 0 || c.WCETFree < 0:
		return fmt.Errorf("alloc: Config.WCETAlloc %v, WCETFree %v: must be ≥0; 0 means no limit", c.WCETAlloc, c.WCETFree)
	}
	return nil
}
