package number

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Short prints v with four digits; NaN is unknown.
func Short(v float64) string {
	if math.IsNaN(v) {
		return "unknown"
	}
	return fmt.Sprintf("%.4g", v)
}

// readable are the digits of a printed latency.
const readable = 3

// Quantity prints v for a reader: nanoseconds with the prefix that fits
// ("24.4 µs"), other units as they are.
func Quantity(v float64, unit string) string { return inUnit(v, unit, readable) }

// Apart prints two different values with as many digits as tell them apart.
func Apart(a, b float64, unit string) (string, string) {
	digits := readable
	for a != b && digits < 9 && inUnit(a, unit, digits) == inUnit(b, unit, digits) {
		digits++
	}
	return inUnit(a, unit, digits), inUnit(b, unit, digits)
}

func inUnit(v float64, unit string, digits int) string {
	switch {
	case math.IsNaN(v):
		return "unknown"
	case unit == Times:
		return significant(v, digits) + unit
	case unit == "":
		return fmt.Sprintf("%.*g", digits+1, v)
	case unit != "ns":
		return fmt.Sprintf("%.*g %s", digits+1, v, unit)
	}
	prefixes := [...]string{"ns", "µs", "ms", "s"}
	i := 0
	// Half a unit in the last digit decides: 999.6 ns reads 1.00 µs.
	for i < len(prefixes)-1 && math.Abs(v) >= 1000*(1-0.5*math.Pow10(-digits)) {
		v, i = v/1000, i+1
	}
	return significant(v, digits) + " " + prefixes[i]
}

// significant prints v with that many significant digits and no exponent, as
// far as that can be read; no digits of an integer are lost or made up.
func significant(v float64, digits int) string {
	a := math.Abs(v)
	if a != 0 && (a < 1e-4 || a >= 1e9) || math.IsInf(v, 0) {
		return fmt.Sprintf("%.*g", digits, v)
	}
	if a == math.Trunc(a) && a < 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	// Rounding may bring another digit before the point: 9.999 reads 10.0.
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	e, _ := strconv.Atoi(exponent)
	return strconv.FormatFloat(v, 'f', max(0, digits-1-e), 64)
}

// Times follows a ratio without a space.
const Times = "×"

// Whole prints a count: integers as such, whatever their size.
func Whole(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return Grouped(int(v))
	}
	return fmt.Sprint(v)
}

// Grouped writes an integer with commas between thousands.
func Grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
