package tlsf

import (
	"fmt"
	"math/bits"
)

// Config says how a [Heap] works. The zero value is a good-fit heap.
type Config struct {
	// Policy is GoodFit unless set.
	Policy Policy
	// MaxPool is the length in bytes of the largest region that AddPool will
	// add; 0 means none larger than New's. Each doubling costs 256 bytes
	// of the first region with good-fit, 8 with half-fit.
	MaxPool int
	// RemoteQueue is how many blocks FreeRemote can hold until the owner drains
	// them, rounded up to a power of two; 0 means 1024. A slot takes 8 bytes of Go
	// memory, and marks for all blocks take 1/128 of the region's size.
	RemoteQueue int
}

const defaultRemoteQueue = 1024

func (c *Config) validate() error {
	if c.Policy > HalfFit {
		return fmt.Errorf("tlsf: Config.Policy %d: must be GoodFit or HalfFit", c.Policy)
	}
	if c.MaxPool < 0 || uint64(c.MaxPool) > maxRegion {
		return fmt.Errorf("tlsf: Config.MaxPool %d: must be 0 to %d; give the largest region you will add", c.MaxPool, uint64(maxRegion))
	}
	if c.RemoteQueue < 0 || c.RemoteQueue > maxRemoteQueue {
		return fmt.Errorf("tlsf: Config.RemoteQueue %d: must be 0 to %d; give the blocks that other threads free between two drains", c.RemoteQueue, maxRemoteQueue)
	}
	return nil
}

// maxRemoteQueue keeps the laps of the queue within 32 bits for 2⁵⁶ blocks.
const maxRemoteQueue = 1 << 24

func (c *Config) remoteSlots() int {
	if c.RemoteQueue == 0 {
		return defaultRemoteQueue
	}
	return 1 << bits.Len(uint(c.RemoteQueue-1))
}
