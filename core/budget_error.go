package core

import "fmt"

// BudgetError is a crossed budget line: the reason of a refusal, or a warning.
// It is overwritten like [Error]; copy it to keep it.
type BudgetError struct {
	Account Account
	Tag     Tag // of the request; Allocator.TagName has its name
	Limit   int // that was crossed
	Used    int // before the request
	Size    int // of the request, in bytes
}

// Account says whose budget it is.
type Account uint8

const (
	AllocatorAccount Account = iota
	LaneAccount
	TagAccount
)

func (a Account) String() string {
	switch a {
	case AllocatorAccount:
		return "allocator"
	case LaneAccount:
		return "lane"
	}
	return "tag"
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("core: budget of the %v: %d bytes of %d used, %d more asked for under tag %d", e.Account, e.Used, e.Limit, e.Size, e.Tag)
}

func (e *BudgetError) Unwrap() error { return ErrBudget }
