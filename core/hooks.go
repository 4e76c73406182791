package core

// Hooks are called when something happens, by the goroutine that owns the lane,
// before the operation returns. They must not use the lane. With OnAlloc or OnFree
// every allocation takes the slow path: they are for debugging, not for production.
type Hooks struct {
	OnBegin    func(lane int, frame uint64)
	OnEnd      func(lane int, s *FrameSummary)
	OnAlloc    func(Event)
	OnFree     func(Event)
	OnDeferred func(lane, freed int)
	// OnWarn is called at most once a frame and lane; see [Budget].
	OnWarn func(lane int, e *BudgetError)
}

// perBlock reports whether a hook wants to see each allocation or free.
func (h *Hooks) perBlock() bool { return h.OnAlloc != nil || h.OnFree != nil }

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
	FrameTier   Tier = iota // a frame's own memory
	HeapTier                // a lane's heap: boxes, groups, promoted requests
	PoolTier                // a pool's slots
	ScratchTier             // a scratch, taken from the heap
)

func (t Tier) String() string { return nameOf(t, "frame", "heap", "pool", "scratch") }

// allocated tells the hook.
func (l *Lane) allocated(tier Tier, size int, t Tag) {
	//rt:allow ML610 reason="the hook is the user's"
	l.notify(l.a.config.Hooks.OnAlloc, tier, size, t)
}

func (l *Lane) freed(tier Tier, size int, t Tag) {
	//rt:allow ML610 reason="the hook is the user's"
	l.notify(l.a.config.Hooks.OnFree, tier, size, t)
}

func (l *Lane) notify(hook func(Event), tier Tier, size int, t Tag) {
	if hook == nil {
		return
	}
	f := &l.frame
	hook(Event{l.index, f.number, tier, size, t, Phase(f.phases.current), Intent(f.intents.current)})
}
