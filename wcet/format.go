package wcet

import (
	"fmt"
	"math"
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

func number(v float64) string {
	if math.IsNaN(v) {
		return "unknown"
	}
	return fmt.Sprintf("%.4g", v)
}

// grouped writes an integer with commas between thousands.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
