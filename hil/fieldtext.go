package hil

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }
