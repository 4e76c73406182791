package link

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c ControllerConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c FunctionConfig) String() string { return fieldtext.Of(c, "defaults") }
