package async

import "fmt"

// Backpressure says what an Acquire does when a pool has no free item.
type Backpressure uint8

const (
	// Wait waits until an item is released or the context ends.
	Wait Backpressure = iota
	// Fail returns [ErrExhausted] at once.
	Fail
	// Timeout waits for PoolConfig.Timeout at most, and then returns [ErrTimeout].
	Timeout
	// Evict takes the item that was declared idle the longest time ago (see
	// [Box.Idle]), and waits when there is none. Items in use are never evicted.
	Evict
)

func (b Backpressure) String() string {
	switch b {
	case Wait:
		return "Wait"
	case Fail:
		return "Fail"
	case Timeout:
		return "Timeout"
	case Evict:
		return "Evict"
	}
	return fmt.Sprintf("Backpressure(%d)", uint8(b))
}
