package core

import (
	"time"

	"github.com/memkit-go/memkit/internal/fieldtext"
)

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

// String names the counts that are not zero.
func (c LaneCounters) String() string { return fieldtext.Of(c, "nothing") }

// String names the settings that are not zero.
func (c SnapshotConfig) String() string { return fieldtext.Of(c, "defaults") }

// String is the time and the statistics.
func (s Snapshot) String() string { return s.Time.Format(time.RFC3339) + ": " + s.Stats.String() }
