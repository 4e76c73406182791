package core

// Hooks are told what happens, by the goroutine that owns the lane, before the
// operation returns. They must not use the lane. OnAlloc and OnFree take the
// fast path away from every allocation: they are for finding out, not for
// production.
type Hooks struct {
	OnBegin    func(lane int, frame uint64)
	OnEnd      func(lane int, s *FrameSummary)
	OnAlloc    func(Event)
	OnFree     func(Event)
	OnDeferred func(lane, freed int)
	// OnWarn is called at most once a frame and lane; see [Budget].
	OnWarn func(lane int, e *BudgetError)
}

// Event is one allocation or free.
type Event struct {
	Lane   int
	Frame  uint64 // number of the lane's frame
	Tier   Tier
	Size   int // bytes
	Tag    Tag
	Phase  Phase
	Intent Intent
}

// Tier is where memory comes from.
type Tier uint8

const (
	FrameTier Tier = iota
	HeapTier
	PoolTier
	ScratchTier
)

func (t Tier) String() string {
	switch t {
	case FrameTier:
		return "frame"
	case HeapTier:
		return "heap"
	case PoolTier:
		return "pool"
	}
	return "scratch"
}
