package core

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/tlsf"
)

// Config says how much memory an [Allocator] has and what its policies are. The
// zero Config is one lane of 1 MiB of frame and 1 MiB of heap.
type Config struct {
	// Name appears in errors and snapshots; empty means "core".
	Name string
	// Lanes is how many threads allocate; 0 means 1.
	Lanes int
	// FrameSize is the bytes of one frame, in each lane; 0 means 1 MiB.
	FrameSize int
	// HeapSize is the bytes of each lane's heap, its tables and the pools'
	// memory included; 0 means 1 MiB.
	HeapSize int
	// HeapPolicy is good-fit unless set.
	HeapPolicy tlsf.Policy
	// Boxes is how many heap blocks a lane can have at once; 0 means 4096.
	Boxes int
	// Marks is how many marks and Trys one frame can have; 0 means 32. Each
	// takes 16 bytes for every tag, phase and intent.
	Marks int
	// Tags and Phases are how many can be named, the unnamed one included; 0
	// means 64 and 32.
	Tags, Phases int
	// Promotions is how many promoted values a lane can hold; 0 means 64.
	Promotions int
	// Transfers is how many boxes of a lane can be with other lanes at once; 0
	// means 256.
	Transfers int
	// Huge and NoLock are the arena's; see [arena.Config].
	Huge, NoLock bool
	// Budget bounds the sum of all lanes, LaneBudget each of them.
	Budget, LaneBudget Budget
	// Deferred says when frees that other threads asked for are carried out.
	Deferred Deferred
	// Hooks are called by the owners of the lanes.
	Hooks Hooks
}

// MaxAlign is the largest alignment of an allocation, a page.
const MaxAlign = 4096

// maxSize keeps every sum of sizes far from overflow.
const maxSize = 1 << 40

// Limits of what a transfer's identity and a label can name.
const (
	maxLanes     = 1 << 10
	maxTransfers = 1 << 16
	maxLabels    = 1 << 16
)

// setting is one number of a Config: what it may be, and its value for 0.
type setting struct {
	name     string
	value    *int
	initial  int
	least    int
	most     int
	proposal string
}

func (c *Config) settings() []setting {
	return []setting{
		{"Lanes", &c.Lanes, 1, 1, maxLanes, "the number of threads that allocate"},
		{"FrameSize", &c.FrameSize, 1 << 20, 1, maxSize, "the bytes of one frame, e.g. 1<<20"},
		{"HeapSize", &c.HeapSize, 1 << 20, 16 << 10, maxSize, "the bytes of a lane's heap, e.g. 1<<20"},
		{"Boxes", &c.Boxes, 4096, 1, 1 << 30, "the heap blocks that a lane has at once"},
		{"Marks", &c.Marks, 32, 1, 1 << 20, "the marks of one frame"},
		{"Tags", &c.Tags, 64, 1, maxLabels, "the number of tags"},
		{"Phases", &c.Phases, 32, 1, maxLabels, "the number of phases"},
		{"Promotions", &c.Promotions, 64, 1, 1 << 20, "the promoted values of a lane"},
		{"Transfers", &c.Transfers, 256, 1, maxTransfers, "the boxes that are with other lanes at once"},
		{"Deferred.Capacity", &c.Deferred.Capacity, 1024, 1, 1 << 24, "the frees that wait at once"},
		{"Deferred.Step", &c.Deferred.Step, 16, 1, 1 << 24, "the frees a frame carries out"},
	}
}

// label is the allocator's name for errors.
func (c *Config) label() string { return fmt.Sprintf("allocator %q", c.Name) }

// validate replaces zeros by what they mean.
func (c *Config) validate() error {
	if c.Name == "" {
		c.Name = "core"
	}
	for _, s := range c.settings() {
		if *s.value == 0 {
			*s.value = s.initial
		}
		if v := *s.value; v < s.least || v > s.most {
			return fmt.Errorf("core: Config.%s %d: must be %d to %d; give %s", s.name, v, s.least, s.most, s.proposal)
		}
	}
	if err := c.Budget.validate("Budget"); err != nil {
		return err
	}
	if err := c.LaneBudget.validate("LaneBudget"); err != nil {
		return err
	}
	return c.Deferred.validate()
}
