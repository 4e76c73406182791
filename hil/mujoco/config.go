package mujoco

import (
	"fmt"
	"time"

	"github.com/memkit-go/memkit/internal/fieldtext"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/cthread"
)

// Config describes an engine.
type Config struct {
	// Memory is the size of the heap of all plants, in bytes. 0 means 64 MiB. A model
	// with MuJoCo's own sizes takes 14; nstack, njmax and nconmax in its <size> make
	// it less.
	Memory int
}

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

const (
	defaultMemory = 64 << 20
	leastMemory   = 64 << 10
)

func (c Config) validate() (Config, error) {
	if c.Memory == 0 {
		c.Memory = defaultMemory
	}
	if c.Memory < leastMemory {
		return c, wrong("Config.Memory", c.Memory, "is too small for any model", "give 65536 or more, or 0 for 64 MiB")
	}
	return c, nil
}

// PlantConfig describes a plant. XML or Path must be set.
type PlantConfig struct {
	// XML is the model in MuJoCo's format, MJCF. One with meshes or includes is a file:
	// Path.
	XML []byte
	// Path is the model's file.
	Path string
	// Keyframe is the name of the model's keyframe from which the plant starts; empty
	// means its default pose.
	Keyframe string
	// Thread, when not nil, runs the steps: for a rig on a pinned loop. It serves no
	// other calls, and is closed after the plant.
	Thread *cthread.Thread
	// Limit is how long a step on Thread may take. 0 means 100 ms.
	Limit time.Duration
}

// String names the settings that are not zero.
func (c PlantConfig) String() string { return fieldtext.Of(c, "defaults") }

const defaultStep = 100 * time.Millisecond

func (c PlantConfig) validate() (PlantConfig, error) {
	switch {
	case len(c.XML) == 0 && c.Path == "":
		return c, wrong("PlantConfig.XML", "empty", "and Path is too: there is no model", "give one of them")
	case len(c.XML) > 0 && c.Path != "":
		return c, wrong("PlantConfig.Path", c.Path, "is given together with XML", "give one of them")
	case c.Limit < 0:
		return c, wrong("PlantConfig.Limit", c.Limit, "is negative", "give the time that a step may take, or 0 for 100ms")
	}
	if c.Limit == 0 {
		c.Limit = defaultStep
	}
	return c, nil
}

func wrong(field string, value any, reason, remedy string) error {
	return &rt.ConfigError{Package: "mujoco", Field: field, Value: fmt.Sprint(value), Reason: reason, Remedy: remedy}
}
