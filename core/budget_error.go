package core

import "fmt"

// BudgetError is a crossed limit: the reason of a refusal, or a warning. Each lane
// has one for refusals and one for warnings, which its next one overwrites; copy
// it to keep it.
type BudgetError struct {
	Account Account
	Tag     Tag // of the request
	Limit   int // that was crossed, in bytes
	Used    int // before the request, in bytes
	Size    int // of the request, in bytes

	names *names // of tags
}

// Account says whose budget it is.
type Account uint8

const (
	// AllocatorAccount: Config.Budget, for all lanes together.
	AllocatorAccount Account = iota
	// LaneAccount: Config.LaneBudget, for one lane.
	LaneAccount
	// TagAccount: the budget of a tag in one lane, from [Allocator.Tag].
	TagAccount
)

func (a Account) String() string {
	return nameOf(a, "allocator", "lane", "tag")
}

func (e *BudgetError) Error() string {
	remedy := "raise Config.Budget"
	switch e.Account {
	case LaneAccount:
		remedy = "raise Config.LaneBudget"
	case TagAccount:
		remedy = "raise the tag's Budget"
	}
	return fmt.Sprintf("core: allocation of %d bytes (%s): the budget of the %v is %d bytes, of which %d are in use; free some, or %s",
		e.Size, e.names.quoted(e.Tag), e.Account, e.Limit, e.Used, remedy)
}

func (e *BudgetError) Unwrap() error { return ErrBudget }
