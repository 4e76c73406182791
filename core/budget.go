package core

import (
	"fmt"
	"slices"
)

// Budget bounds the bytes of an allocator, a lane or a tag: those of the current
// frame and those of boxes, groups and scratch together. The zero Budget bounds
// nothing.
//
// A tag's budget holds in each lane by itself, so that no thread's allocation
// fails for what another thread did. The allocator's is shared: a lane draws
// from it ahead of need, so with several lanes it can refuse up to 4% of it too early,
// and never too late.
type Budget struct {
	// Soft is where the lane warns, once a frame; 0 means nowhere.
	Soft int
	// Hard is where Policy decides; 0 means nowhere.
	Hard int
	// Policy is Fail unless set.
	Policy BudgetPolicy
	// Custom decides for the policy Custom. It runs in the allocating thread
	// and must not use the lane. Returning Custom means Fail.
	Custom func(*BudgetError) BudgetPolicy
}

// BudgetPolicy says what happens to a request beyond a hard limit.
type BudgetPolicy uint8

const (
	// Fail refuses it with ErrBudget.
	Fail BudgetPolicy = iota
	// Warn grants it and warns.
	Warn
	// Allow grants it and counts it.
	Allow
	// Promote serves a frame's request from the lane's heap instead of the
	// frame, until the frame's end. Other requests fail.
	Promote
	// Custom asks Budget.Custom.
	Custom
)

func (p BudgetPolicy) String() string {
	return nameOf(p, "Fail", "Warn", "Allow", "Promote", "Custom")
}

func (b Budget) String() string {
	if !b.bounds() {
		return "no limit"
	}
	return fmt.Sprintf("soft %d, hard %d bytes, then %v", b.Soft, b.Hard, b.Policy)
}

func (b *Budget) validate(name string) error {
	switch {
	case b.Soft < 0 || b.Hard < 0:
		return fmt.Errorf("core: %s: Soft %d, Hard %d: must not be negative; 0 means no limit", name, b.Soft, b.Hard)
	case b.Hard > 0 && b.Soft > b.Hard:
		return fmt.Errorf("core: %s: Soft %d: is beyond Hard %d; warn before you refuse", name, b.Soft, b.Hard)
	case b.Policy > Custom:
		return fmt.Errorf("core: %s: Policy %d: unknown; use Fail, Warn, Allow, Promote or Custom", name, b.Policy)
	case b.Policy == Custom && b.Custom == nil:
		return fmt.Errorf("core: %s: Policy Custom: Custom is nil; give the function that decides", name)
	}
	return nil
}

func (b *Budget) bounds() bool { return b.Soft > 0 || b.Hard > 0 }

func anyBounds(budgets []Budget) bool {
	return slices.ContainsFunc(budgets, func(b Budget) bool { return b.bounds() })
}

// line is the next number of bytes at which the budget has something to say.
func (b *Budget) line(warned bool) int {
	switch {
	case b.Soft > 0 && !warned:
		return b.Soft
	case b.Hard > 0:
		return b.Hard
	}
	return maxSize
}
