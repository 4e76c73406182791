package core

// admit decides about n more bytes under a tag: Allow, Promote or Fail. For Fail,
// a.refusal has the reason.
func (a *accounts) admit(t Tag, n int) BudgetPolicy {
	if !a.budgeted {
		return Allow
	}
	if p := a.apply(&a.tagBudgets[t], TagAccount, t, a.tagUsed(t), n); p != Allow {
		return p
	}
	if p := a.apply(a.laneBudget, LaneAccount, t, a.used(), n); p != Allow {
		return p
	}
	if a.shared.bounds() {
		return a.draw(t, n)
	}
	return Allow
}

// apply applies one budget to a request of n bytes.
func (a *accounts) apply(b *Budget, account Account, t Tag, used, n int) BudgetPolicy {
	e := BudgetError{Account: account, Tag: t, Used: used, Size: n, names: a.refusal.names}
	if b.Soft > 0 && used+n > b.Soft {
		e.Limit = b.Soft
		a.warn(e)
	}
	if b.Hard == 0 || used+n <= b.Hard {
		return Allow
	}
	e.Limit = b.Hard
	a.refusal = e
	p := b.Policy
	if p == Custom {
		//rt:allow ML610 reason="the policy is the user's"
		p = b.Custom(&a.refusal)
	}
	switch p {
	case Warn:
		a.warn(a.refusal)
	case Allow:
	case Promote:
		return Promote
	default:
		return Fail
	}
	a.frame.events().Over++
	return Allow
}

// warn reports the first limit that the frame crosses.
func (a *accounts) warn(e BudgetError) {
	f := a.frame
	if f.warned {
		return
	}
	f.warned = true
	f.events().Warned = true
	a.stats.Add(&a.stats.Current().Warnings, 1)
	a.warning = e
	if a.hooks.OnWarn != nil {
		//rt:allow ML610 reason="the hook is the user's"
		a.hooks.OnWarn(f.lane.index, &a.warning)
	}
}

// draw takes from the shared budget what n more bytes need, and ahead of need
// what does not cross its next limit.
func (a *accounts) draw(t Tag, n int) BudgetPolicy {
	need := a.used() + n - a.drawn
	if need <= 0 {
		return Allow
	}
	//rt:bound one turn for each concurrent draw that succeeds
	for s := a.shared; ; {
		total := int(s.drawn.Load())
		if p := a.apply(&s.Budget, AllocatorAccount, t, total, need); p != Allow {
			return p
		}
		if got := s.tryDraw(total, need); got > 0 {
			a.drawn += got
			return Allow
		}
	}
}

// returnSurplus returns half a step to the shared budget once the lane has drawn
// more than a step too much.
func (a *accounts) returnSurplus() {
	if step := a.shared.step; a.drawn-a.used() > step {
		a.returnAllBut(step / 2)
	}
}

// returnAllBut returns what the lane has drawn beyond its use, except for keep
// bytes.
func (a *accounts) returnAllBut(keep int) {
	if surplus := a.drawn - a.used() - keep; surplus > 0 {
		a.drawn -= surplus
		a.shared.drawn.Add(int64(-surplus))
	}
}
