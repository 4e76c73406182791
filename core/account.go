package core

// drawStep is how many bytes a lane draws from the allocator's budget at once, and
// the most that it keeps unused: a 32nd of the budget, divided by the lanes, so
// that what all lanes have drawn ahead of their needs stays below 4% of it. Larger steps would touch the shared
// counter less often and strand more.
func drawStep(c *Config) int {
	return max(c.Budget.Soft, c.Budget.Hard) / (32 * c.Lanes)
}

// used is what the lane has in its frame and beyond.
func (l *Lane) used() int {
	if !l.frame.active {
		return l.held.used()
	}
	return l.held.used() + l.frame.next + l.frame.extra
}

func (l *Lane) tagUsed(t Tag) int {
	n := l.tags[t].used()
	if l.frame.active {
		n += l.frame.tags.bytes(uint16(t), &l.frame)
	}
	return n
}

// admit decides on n bytes under a tag: Allow, Promote or Fail. For Fail, l.over
// says why.
func (l *Lane) admit(t Tag, n int) BudgetPolicy {
	if !l.budgeted {
		return Allow
	}
	if p := l.judge(&l.a.tagBudgets[t], TagAccount, t, l.tagUsed(t), n); p != Allow {
		return p
	}
	if p := l.judge(&l.a.config.LaneBudget, LaneAccount, t, l.used(), n); p != Allow {
		return p
	}
	if l.a.config.Budget.bounds() {
		return l.draw(t, n)
	}
	return Allow
}

// judge applies one budget to a request of n bytes.
func (l *Lane) judge(b *Budget, account Account, t Tag, used, n int) BudgetPolicy {
	if b.Soft > 0 && used+n > b.Soft {
		l.warn(BudgetError{account, t, b.Soft, used, n})
	}
	if b.Hard == 0 || used+n <= b.Hard {
		return Allow
	}
	l.over = BudgetError{account, t, b.Hard, used, n}
	p := b.Policy
	if p == Custom {
		p = b.Custom(&l.over)
	}
	switch p {
	case Warn:
		l.warn(l.over)
	case Allow:
	case Promote:
		return Promote
	default:
		return Fail
	}
	l.frame.events().Over++
	return Allow
}

// warn tells of the frame's first crossed line.
func (l *Lane) warn(e BudgetError) {
	if l.frame.warned {
		return
	}
	l.frame.warned = true
	l.frame.events().Warned = true
	l.warnings++
	l.warning = e
	if hook := l.a.config.Hooks.OnWarn; hook != nil {
		hook(l.index, &l.warning)
	}
}

// draw takes what n more bytes need from the allocator's budget, and ahead of
// need what does not cross its next line.
func (l *Lane) draw(t Tag, n int) BudgetPolicy {
	need := l.used() + n - l.drawn
	if need <= 0 {
		return Allow
	}
	b := &l.a.config.Budget
	for {
		total := int(l.a.drawn.Load())
		if p := l.judge(b, AllocatorAccount, t, total, need); p != Allow {
			return p
		}
		take := need
		if line := b.line(total+need > b.Soft); total+need < line {
			take = max(need, min(l.a.drawStep, line-total))
		}
		if l.a.drawn.CompareAndSwap(int64(total), int64(total+take)) {
			l.drawn += take
			return Allow
		}
	}
}

// undraw gives back half of a step once the lane has drawn more than a step too
// much.
func (l *Lane) undraw() {
	if step := l.a.drawStep; l.drawn-l.used() > step {
		l.settleDraw(step / 2)
	}
}

// settleDraw gives back what the lane has drawn beyond its use, but for keep
// bytes.
func (l *Lane) settleDraw(keep int) {
	if surplus := l.drawn - l.used() - keep; surplus > 0 {
		l.drawn -= surplus
		l.a.drawn.Add(int64(-surplus))
	}
}

// refuse counts and reports a refused request.
//
//go:noinline
func (l *Lane) refuse(op string, kind error, size int, t Tag) error {
	l.err = Error{op, kind, size, t}
	l.frame.events().Refused.Exhausted++
	l.exhausted++
	return &l.err
}

// refuseOver reports what admit refused.
func (l *Lane) refuseOver(size int, t Tag) error {
	l.over.Size, l.over.Tag = size, t
	l.frame.events().Refused.Budget++
	l.overBudget++
	return &l.over
}

// allocated tells the hook.
func (l *Lane) allocated(tier Tier, size int, t Tag) {
	if l.watched {
		l.tell(l.a.config.Hooks.OnAlloc, tier, size, t)
	}
}

func (l *Lane) freed(tier Tier, size int, t Tag) {
	if l.watched {
		l.tell(l.a.config.Hooks.OnFree, tier, size, t)
	}
}

func (l *Lane) tell(hook func(Event), tier Tier, size int, t Tag) {
	if hook != nil {
		hook(l.event(tier, size, t))
	}
}

func (l *Lane) event(tier Tier, size int, t Tag) Event {
	f := &l.frame
	return Event{l.index, f.number, tier, size, t, Phase(f.phases.current), Intent(f.intents.current)}
}
