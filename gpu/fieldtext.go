package gpu

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c DriverConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c PoolConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c BufferConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c ResidentConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the counts that are not zero.
func (s ResidentStats) String() string { return fieldtext.Of(s, "nothing") }

// String names the counts that are not zero.
func (s Stats) String() string { return fieldtext.Of(s, "nothing") }

// String names the counts that are not zero.
func (s PoolStats) String() string { return fieldtext.Of(s, "nothing") }
