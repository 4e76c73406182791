package wcet

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (o Options) String() string { return fieldtext.Of(o, "defaults") }
