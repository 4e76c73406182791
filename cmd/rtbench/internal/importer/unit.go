package importer

import (
	"fmt"
	"strings"
)

// units are nanoseconds by name.
var units = map[string]float64{
	"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9,
	"nsec": 1, "usec": 1e3, "msec": 1e6, "sec": 1e9,
	"nanoseconds": 1, "microseconds": 1e3, "milliseconds": 1e6, "seconds": 1e9,
}

// Nanoseconds is a unit's length. An empty unit is unknown.
func Nanoseconds(unit string) (float64, error) {
	if ns, ok := units[strings.ToLower(unit)]; ok {
		return ns, nil
	}
	if unit == "" {
		return 0, fmt.Errorf("the unit of the numbers is unknown; give --unit ns, us, ms or s")
	}
	return 0, fmt.Errorf("unit %q: give ns, us, ms or s", unit)
}

// canonical is a unit's short name, empty for none.
func canonical(unit string) string {
	switch units[strings.ToLower(unit)] {
	case 1:
		return "ns"
	case 1e3:
		return "us"
	case 1e6:
		return "ms"
	case 1e9:
		return "s"
	}
	return ""
}

// unitOfHeading finds a unit at the end of a column's name: "latency_us",
// "latency (ms)", "wake [ns]".
func unitOfHeading(name string) string {
	fields := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" _-/()[].", r) })
	if len(fields) < 2 {
		return ""
	}
	last := fields[len(fields)-1]
	if last == "s" {
		return "" // a plural more often than a second
	}
	return canonical(last)
}

func count(n int64) string {
	if n == 1 {
		return "1 sample"
	}
	return fmt.Sprintf("%d samples", n)
}
