package pool

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the counts that are not zero.
func (s ClassStats) String() string { return fieldtext.Of(s, "nothing") }
