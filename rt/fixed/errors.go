package fixed

import (
	"errors"
	"fmt"
)

var (
	// ErrFull: the container holds as many items as it has room for.
	ErrFull = errors.New("fixed: the container is full; remove an item, or make it with more capacity")
	// ErrCrowded: the map is not full, but too many of its keys have hashes close to
	// this key's. It is an [ErrFull] to errors.Is.
	ErrCrowded error = crowdedError{}
	// ErrRange: the index lies outside the container.
	ErrRange = errors.New("fixed: the index is out of range")
)

// crowdedError is a type of its own because the text of an error that wraps ErrFull
// would say that the map is full.
type crowdedError struct{}

func (crowdedError) Error() string {
	return "fixed: too many keys have hashes close to this key's; use a better hash function, or make the map with more capacity"
}

func (crowdedError) Is(target error) bool { return target == ErrFull }

// MaxCapacity is the largest capacity of a container.
const MaxCapacity = 1 << 29

func checkCapacity(kind string, capacity int) error {
	if capacity < 1 || capacity > MaxCapacity {
		return fmt.Errorf("fixed: %s capacity %d: must be from 1 to %d", kind, capacity, MaxCapacity)
	}
	return nil
}
