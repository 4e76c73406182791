package wcet

import (
	"fmt"
	"strings"
)

// quantileName writes p as users do: p50, p99, p999, p9999.
func quantileName(p float64) string {
	digits := strings.TrimPrefix(fmt.Sprintf("%.10g", p), "0.")
	if len(digits) == 1 {
		digits += "0"
	}
	return "p" + digits
}

func exceedanceName(p float64) string { return fmt.Sprintf("exceedance@%g", p) }
