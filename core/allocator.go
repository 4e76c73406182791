package core

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
)

// Allocator is one arena divided into lanes, with the tags, phases and budgets
// that they share. Its methods may be called from any goroutine; none is for
// real-time threads, except [Allocator.TagName] and [Allocator.PhaseName].
type Allocator struct {
	config Config
	arena  *arena.Arena
	lanes  []Lane
	budget *sharedBudget
	closed atomic.Bool

	mu         sync.Mutex
	tagNames   *names
	phaseNames *names
	tagBudgets []Budget
}

// New makes an allocator. It maps, faults in and locks the arena. A wrong Config is
// refused with an error that names the field and the remedy.
func New(c Config) (*Allocator, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	a := &Allocator{
		config:     c,
		lanes:      make([]Lane, c.Lanes),
		budget:     newSharedBudget(c.Budget, c.Lanes),
		tagNames:   newNames("Tag", c.Tags),
		phaseNames: newNames("Phase", c.Phases),
		tagBudgets: make([]Budget, c.Tags),
	}
	var size layout
	for range a.lanes {
		plan(&c, &size)
	}
	mem, err := arena.New(arena.Config{Size: size.used, Name: c.Name, Huge: c.Huge, NoLock: c.NoLock})
	if err != nil {
		return nil, err
	}
	a.arena = mem
	rest := layout{memory: mem.Bytes()}
	for i := range a.lanes {
		if err := a.lanes[i].init(a, i, plan(&c, &rest)); err != nil {
			mem.Close()
			return nil, err
		}
	}
	return a, nil
}

// Lane takes a free lane for the calling goroutine. It fails with
// [ErrExhausted] when all are taken.
func (a *Allocator) Lane() (*Lane, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed.Load() {
		return nil, ErrClosed
	}
	for i := range a.lanes {
		if l := &a.lanes[i]; !l.taken {
			l.taken = true
			l.books.open()
			l.Adopt()
			return l, nil
		}
	}
	return nil, errkind.Errorf(ErrExhausted, "core: %s: all %d of Config.Lanes are taken; close one, or raise it", a.config.label(), len(a.lanes))
}

// Tag interns a name, with the budget that each lane has for it. A known name
// keeps its number; giving it another budget is refused. Tags with budgets must
// be made before the lanes are taken.
func (a *Allocator) Tag(name string, b Budget) (Tag, error) {
	if err := b.validate("budget of tag " + name); err != nil {
		return 0, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	id, fresh, err := a.tagNames.intern(name)
	if err != nil || !b.bounds() {
		return Tag(id), err
	}
	if have := &a.tagBudgets[id]; !fresh && (have.Soft != b.Soft || have.Hard != b.Hard || have.Policy != b.Policy) {
		return 0, fmt.Errorf("core: tag %q: has a budget of Soft %d, Hard %d already; one tag has one budget", name, have.Soft, have.Hard)
	}
	if a.anyTaken() {
		return 0, fmt.Errorf("core: tag %q: budgets must be set before the first Lane; make tags at set-up", name)
	}
	a.tagBudgets[id] = b
	return Tag(id), nil
}

func (a *Allocator) anyTaken() bool {
	for i := range a.lanes {
		if a.lanes[i].taken {
			return true
		}
	}
	return false
}

// Phase interns the name of a phase.
func (a *Allocator) Phase(name string) (Phase, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id, _, err := a.phaseNames.intern(name)
	return Phase(id), err
}

// TagName returns a tag's name.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) TagName(t Tag) string { return a.tagNames.of(uint16(t)) }

// PhaseName returns a phase's name.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (a *Allocator) PhaseName(p Phase) string { return a.phaseNames.of(uint16(p)) }

// Close unmaps the memory; no allocation may be used afterwards. It carries out the
// pending deferred frees, and reports boxes, groups and scratches that were not
// closed as a [*LeakError]. While a frame has not ended it returns [ErrInFrame]. No
// other goroutine may use the allocator during Close.
func (a *Allocator) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed.Load() {
		return ErrClosed
	}
	for i := range a.lanes {
		if a.lanes[i].frame.active {
			return errkind.Errorf(ErrInFrame, "core: %s: lane %d: its frame has not ended; call Frame.End before Close", a.config.label(), i)
		}
	}
	a.closed.Store(true)
	leaks := a.leaks()
	for i := range a.lanes {
		a.lanes[i].shut()
	}
	if err := a.arena.Close(); err != nil {
		return err
	}
	if leaks != nil {
		return leaks
	}
	return nil
}
