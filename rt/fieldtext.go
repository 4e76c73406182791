package rt

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c DisciplinedConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c LoopConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c ProcessConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the counts that are not zero.
func (s SubStepStats) String() string { return fieldtext.Of(s, "no ticks") }
