package fir

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c Config) String() string { return fieldtext.Of(c, "defaults") }

// String names the counts that are not zero.
func (s Stats) String() string { return fieldtext.Of(s, "nothing") }
