//go:build !linux

package arena

import (
	"fmt"
	"runtime"
)

func newMapped(c *Config) (*Arena, error) {
	if c.Shared {
		return nil, fmt.Errorf("arena: Config.Shared needs memfd of Linux, this is %s: %w", runtime.GOOS, ErrUnsupported)
	}
	return newOnHeap(*c), nil
}

func attachMapped(int, *Config) (*Arena, error) {
	return nil, fmt.Errorf("arena: Attach needs memfd of Linux, this is %s: %w", runtime.GOOS, ErrUnsupported)
}
