package core

import (
	"errors"
	"slices"
	"testing"
)

// TestBudgetPolicies asks for 100 bytes ten times under each policy with a hard
// limit of 500.
func TestBudgetPolicies(t *testing.T) {
	type outcome struct {
		granted  int
		overflow int
		over     uint32
		warnings int
	}
	asked := 0
	custom := func(e *BudgetError) BudgetPolicy {
		if asked++; asked%2 == 0 {
			return Fail
		}
		return Warn
	}
	for name, test := range map[string]struct {
		budget Budget
		want   outcome
	}{
		"fail":           {Budget{Hard: 500}, outcome{granted: 5}},
		"fail, soft":     {Budget{Soft: 200, Hard: 500}, outcome{granted: 5, warnings: 1}},
		"warn":           {Budget{Hard: 500, Policy: Warn}, outcome{granted: 10, over: 5, warnings: 1}},
		"allow":          {Budget{Hard: 500, Policy: Allow}, outcome{granted: 10, over: 5}},
		"promote":        {Budget{Hard: 500, Policy: Promote}, outcome{granted: 10, overflow: 500}},
		"custom":         {Budget{Hard: 500, Policy: Custom, Custom: custom}, outcome{granted: 8, over: 3, warnings: 1}},
		"soft alone":     {Budget{Soft: 500}, outcome{granted: 10, warnings: 1}},
		"nothing bounds": {Budget{}, outcome{granted: 10}},
	} {
		for _, account := range []Account{AllocatorAccount, LaneAccount, TagAccount} {
			asked = 0
			warnings := 0
			c := Config{Hooks: Hooks{OnWarn: func(_ int, e *BudgetError) {
				if warnings++; e.Account != account {
					t.Errorf("%s: warning of the %v, want %v", name, e.Account, account)
				}
			}}}
			var tagged Budget
			switch account {
			case AllocatorAccount:
				c.Budget = test.budget
			case LaneAccount:
				c.LaneBudget = test.budget
			case TagAccount:
				tagged = test.budget
			}
			a := must(New(Config{NoLock: true, Budget: c.Budget, LaneBudget: c.LaneBudget, Hooks: c.Hooks}))
			tag := must(a.Tag("t", tagged))
			l := must(a.Lane())
			for range 2 { // every frame anew
				warnings, asked = 0, 0
				got := outcome{}
				f := must(l.Begin())
				scope := f.Push(tag)
				for range 10 {
					r, err := raw.Make(f, 100)
					if err == nil {
						got.granted++
						r.Slice()[99] = 1
						continue
					}
					var e *BudgetError
					if !errors.Is(err, ErrBudget) || !errors.As(err, &e) || e.Account != account || e.Limit != 500 || e.Tag != tag || e.Used < 500 {
						t.Errorf("%s: %v", name, err)
					}
				}
				scope.End()
				s := must(f.End())
				checkSums(t, f, s)
				got.overflow, got.over, got.warnings = s.Overflow, s.Over, warnings
				if got != test.want || s.Warned != (warnings > 0) || int(s.Refused.Budget) != 10-got.granted {
					t.Errorf("%s of the %v: %+v, want %+v; %+v", name, account, got, test.want, s)
				}
			}
			if n := a.budget.drawn.Load(); n != 0 {
				t.Errorf("%s of the %v: %d bytes stay drawn", name, account, n)
			}
			must(0, a.Close())
		}
	}
}

// TestBudgetCoversAllTiers: boxes and groups count, frames and boxes together.
func TestBudgetCoversAllTiers(t *testing.T) {
	l := newLane(t, Config{LaneBudget: Budget{Hard: 1000}})
	pool := must(NewPool(l, points, 10))
	g := must(l.Group(0))
	f := must(l.Begin())
	must(raw.Make(f, 400))
	must(g.Make(400))
	box := must(pool.New())
	_, err := raw.Make(f, 1000-824+1)
	wantErr(t, "frame", err, ErrBudget)
	_, err = g.Make(1000 - 824 + 1)
	wantErr(t, "group", err, ErrBudget)
	must(raw.Make(f, 1000-824))
	_, err = pool.New()
	wantErr(t, "pool", err, ErrBudget)
	_, err = points.Box(l.Heap())
	wantErr(t, "heap", err, ErrBudget)
	must(0, box.Close())
	must(raw.Make(f, 24))
	must(f.End())
	must(g.Make(600)) // the frame's bytes are free again
	must(0, g.FreeAll())
}

// TestAllocatorBudgetIsShared: two lanes together stay within the limit, and what
// one gives back the other can have.
func TestAllocatorBudgetIsShared(t *testing.T) {
	a := must(New(Config{Lanes: 2, NoLock: true, Budget: Budget{Hard: 64 << 10}}))
	defer a.Close()
	first, second := must(a.Lane()), must(a.Lane())
	f, g := must(first.Begin()), must(second.Begin())
	total := 0
	for _, x := range []*Frame{f, g} {
		for {
			if _, err := raw.Make(x, 1000); err != nil {
				wantErr(t, "lane", err, ErrBudget)
				break
			}
			total += 1000
		}
	}
	if total > 64<<10 || total < 60<<10 {
		t.Errorf("both lanes got %d bytes of %d", total, 64<<10)
	}
	must(f.End())
	must(raw.Make(g, 30<<10))
	must(g.End())
	if n := a.budget.drawn.Load(); n != 0 {
		t.Errorf("%d bytes stay drawn", n)
	}
}

// A lane that another one came before draws nothing.
func TestLanesDrawOnce(t *testing.T) {
	s := newSharedBudget(Budget{Hard: 1000}, 2)
	s.drawn.Store(900)
	if n := s.tryDraw(800, 150); n != 0 || s.drawn.Load() != 900 {
		t.Errorf("%d bytes drawn, %d in all, want 0 and 900", n, s.drawn.Load())
	}
}

// TestBoxesWarnInEachFrame: who stays above a soft line is told so in every frame
// in which boxes are made.
func TestBoxesWarnInEachFrame(t *testing.T) {
	soft := Budget{Soft: 5 * points.Size()}
	for name, test := range map[string]struct {
		lane, tag Budget
		inGroup   bool
	}{"lane": {lane: soft}, "tag": {tag: soft}, "tag of a group": {tag: soft, inGroup: true}} {
		a := must(New(Config{NoLock: true, LaneBudget: test.lane}))
		tag := must(a.Tag("t", test.tag))
		l := must(a.Lane())
		pool, group := must(NewPool(l, points, 20)), must(l.Group(tag))
		var boxes []Box[point]
		for frame := range 4 {
			f := must(l.Begin())
			for range 4 {
				if test.inGroup {
					must(points.MakeIn(group, 1))
					continue
				}
				scope := f.Push(tag)
				boxes = append(boxes, must(pool.New()))
				scope.End()
			}
			if s := must(f.End()); s.Warned != (frame > 0) {
				t.Errorf("%s: frame %d with %d boxes: warned %v", name, frame, 4*frame+4, s.Warned)
			}
		}
		for _, b := range boxes {
			must(0, b.Close())
		}
		must(0, group.FreeAll())
		must(0, a.Close())
	}
}

// TestSoftLimitIsNotWarned: the byte at the soft limit is within it, and so is the one
// at the hard limit.
func TestSoftLimitIsNotWarned(t *testing.T) {
	for _, b := range []Budget{{Soft: 500}, {Soft: 500, Hard: 500}, {Hard: 500}} {
		l := newLane(t, Config{LaneBudget: b})
		f := must(l.Begin())
		must(raw.Make(f, 300))
		must(raw.Make(f, 200))
		if s := must(f.End()); s.Warned || s.Refused.Budget != 0 {
			t.Errorf("%v: 500 bytes: %+v", b, s)
		}
		f = must(l.Begin())
		_, err := raw.Make(f, 501)
		if s := must(f.End()); s.Warned != (b.Soft > 0) || (err != nil) != (b.Hard > 0) {
			t.Errorf("%v: 501 bytes: %+v, %v", b, s, err)
		}
	}
}

// TestHeldPeakStays: the most bytes that outlived frames, though fewer do later, with a
// hook that sees each allocation and with a budget.
func TestHeldPeakStays(t *testing.T) {
	for name, c := range map[string]Config{
		"plain": {}, "hook": {Hooks: Hooks{OnAlloc: func(Event) {}}}, "budget": {LaneBudget: Budget{Hard: 100 * points.Size()}},
	} {
		l := newLane(t, c)
		pool := must(NewPool(l, points, 100))
		hold := func(n int) {
			var boxes []Box[point]
			for range n {
				boxes = append(boxes, must(pool.New()))
			}
			for _, b := range boxes {
				must(0, b.Close())
			}
		}
		for _, n := range []int{3, 90, 60, 1} {
			hold(n)
		}
		must(must(l.Begin()).End())
		if s := l.Stats(); s.HeldPeak != uint64(90*points.Size()) || s.Held != 0 {
			t.Errorf("%s: %d bytes held at most, %d now; want %d and 0", name, s.HeldPeak, s.Held, 90*points.Size())
		}
	}
}

// TestBoxesKeepTheirTag: a box is booked under the tag in force when it was opened, also
// when it is closed or freed under another.
func TestBoxesKeepTheirTag(t *testing.T) {
	a := must(New(Config{NoLock: true}))
	one, other := must(a.Tag("one", Budget{})), must(a.Tag("other", Budget{}))
	l := must(a.Lane())
	pool := must(NewPool(l, points, 4))
	for name, open := range map[string]func() (Box[point], error){
		"pool": pool.New, "heap": func() (Box[point], error) { return points.Box(l.Heap()) },
	} {
		f := must(l.Begin())
		scope := f.Push(one)
		b := must(open())
		scope.End()
		scope = f.Push(other)
		if l.Held(one) != points.Size() || l.Held(other) != 0 {
			t.Errorf("%s: %d and %d bytes held", name, l.Held(one), l.Held(other))
		}
		must(0, b.Close())
		if l.Held(one) != 0 || l.Held(other) != 0 || l.Held(0) != 0 {
			t.Errorf("%s: %d, %d and %d bytes held after Close", name, l.Held(one), l.Held(other), l.Held(0))
		}
		scope.End()
		must(f.End())
	}
	must(0, a.Close())
}

func TestTagBudgetIsFixedBeforeLanes(t *testing.T) {
	l := newLane(t, Config{})
	if _, err := l.a.Tag("late", Budget{Hard: 1}); !contains(err, "before the first Lane") {
		t.Error(err)
	}
	a := must(New(Config{NoLock: true}))
	defer a.Close()
	must(a.Tag("t", Budget{Hard: 5}))
	must(a.Tag("t", Budget{Hard: 5}))
	if _, err := a.Tag("t", Budget{Hard: 6}); !contains(err, "one tag has one budget") {
		t.Error(err)
	}
}

// TestHooksSeeEverything: each event is reported once, with the tag, phase and
// intent in force.
func TestHooksSeeEverything(t *testing.T) {
	var allocs, frees []Event
	begun, ended, deferred := 0, 0, 0
	l := newLane(t, Config{Hooks: Hooks{
		OnBegin:    func(int, uint64) { begun++ },
		OnEnd:      func(_ int, s *FrameSummary) { ended += s.Allocs },
		OnAlloc:    func(e Event) { allocs = append(allocs, e) },
		OnFree:     func(e Event) { frees = append(frees, e) },
		OnDeferred: func(_, n int) { deferred += n },
	}})
	tag, phase := must(l.a.Tag("t", Budget{})), must(l.a.Phase("p"))
	pool := must(NewPool(l, points, 2))
	f := must(l.Begin())
	f.Push(tag)
	f.Phase(phase)
	must(0, f.With(Audio, func() error { _, err := points.New(f); return err }))
	p, h := must(pool.New()), must(points.Box(l.Heap()))
	must(f.End())
	must(0, p.Close())
	p = must(pool.New()) // after the frame, whose scopes are over
	must(0, h.Defer())
	must(must(l.Begin()).End())
	must(0, p.Close())
	want := []Event{
		{0, 1, FrameTier, 24, tag, phase, Audio},
		{0, 1, PoolTier, 24, tag, phase, General},
		{0, 1, HeapTier, 24, tag, phase, General},
		{0, 1, PoolTier, 24, 0, 0, General},
	}
	if !slices.Equal(allocs, want) {
		t.Errorf("allocations %+v, want %+v", allocs, want)
	}
	if len(frees) != 3 || frees[0].Tier != PoolTier || frees[1].Tier != HeapTier || frees[1].Tag != tag {
		t.Errorf("frees %+v", frees)
	}
	if begun != 2 || ended != 1 || deferred != 1 {
		t.Errorf("%d begun, %d allocations ended, %d deferred", begun, ended, deferred)
	}
}
