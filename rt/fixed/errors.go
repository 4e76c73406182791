package fixed

import (
	"errors"
	"fmt"
)

var (
	// ErrFull refuses an item that there is no room for.
	ErrFull = errors.New("fixed: container is full")
	// ErrCrowded refuses a key although the map is not full: too many keys with
	// neighbouring hashes. It is an [ErrFull] to errors.Is.
	ErrCrowded = fmt.Errorf("%w around this key's hash", ErrFull)
	// ErrRange refuses an index outside a container.
	ErrRange = errors.New("fixed: index out of range")
)

// MaxCapacity is the largest capacity of a container.
const MaxCapacity = 1 << 29

func checkCapacity(kind string, capacity int) error {
	if capacity < 1 || capacity > MaxCapacity {
		return fmt.Errorf("fixed: %s capacity %d: must be from 1 to %d", kind, capacity, MaxCapacity)
	}
	return nil
}
