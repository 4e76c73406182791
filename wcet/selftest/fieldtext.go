package selftest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/internal/fieldtext"
)

// String names the settings that are not zero.
func (o CoverageOptions) String() string { return fieldtext.Of(o, "defaults") }

// String names the settings that are not zero.
func (o Options) String() string { return fieldtext.Of(o, "defaults") }

// String is how often each fault was caught, and how often there was none.
func (r Result) String() string {
	var b strings.Builder
	for _, fault := range slices.Sorted(maps.Keys(r.Detect)) {
		fmt.Fprintf(&b, "%s caught in %d of %d runs, ", fault, r.Detect[fault].Caught, r.Detect[fault].Runs)
	}
	fmt.Fprintf(&b, "%d false alarms in %d", r.FalseAlarms.Fails, r.FalseAlarms.Runs)
	return b.String()
}
