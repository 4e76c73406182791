package report

import (
	"math"
	"strconv"
	"strings"
)

// dash stands where the evidence gives no number.
const dash = "–"

// rounding says which way a printed figure may err.
type rounding int

const (
	nearest rounding = iota
	// upward rounds limits that must hold: a printed upper limit is never
	// below the computed one. Largest samples round likewise, for a limit is
	// often the largest sample and the two should read alike.
	upward
	downward
)

// quantity prints v, which is in unit, with three significant digits and a
// scale of its own: "950 ns", "22.4 µs". Not finite is a dash.
func quantity(v float64, unit string, r rounding) string {
	number, scaled := scale(v, unit, r)
	if number == dash || scaled == "" {
		return number
	}
	return number + " " + scaled
}

const (
	// none stands where a limit lies so far out that it limits nothing.
	none = "none"
	// farthest is how many times the largest sample a limit may be and still say
	// something. The limit of a tail without a usable bound, of hours for latencies
	// of milliseconds, says that there is none.
	farthest = 1000
)

// possible is [quantity] of an estimate or limit of a tail; one that is no possible
// value, given the largest sample, is none.
func possible(v, largest float64, unit string, r rounding) string {
	if math.IsInf(v, 1) || v > farthest*largest && largest > 0 {
		return none
	}
	return quantity(v, unit, r)
}

// scale is [quantity] in its two parts, for tables that align them.
func scale(v float64, unit string, r rounding) (number, scaled string) {
	if !finite(v) {
		return dash, ""
	}
	if unit != "ns" {
		return significant(v, r), unit
	}
	units := [...]string{"ns", "µs", "ms", "s"}
	i := 0
	// Half a unit in the third digit decides: 999.6 ns reads 1.00 µs.
	for i < len(units)-1 && math.Abs(round(v, 3, r)) >= 1000 {
		v, i = v/1000, i+1
	}
	if i == 0 && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64), "ns"
	}
	return significant(v, r), units[i]
}

// significant prints v with three significant digits.
func significant(v float64, r rounding) string {
	v = round(v, 3, r)
	if a := math.Abs(v); a != 0 && (a >= 1e6 || a < 1e-3) {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', decimals(v), 64)
}

func decimals(v float64) int {
	switch a := math.Abs(v); {
	case a >= 100 || a == 0:
		return 0
	case a >= 10:
		return 1
	case a >= 1:
		return 2
	default:
		return 2 - int(math.Floor(math.Log10(a)))
	}
}

// round keeps so many significant digits.
func round(v float64, digits int, r rounding) float64 {
	if v == 0 || !finite(v) {
		return v
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-float64(digits-1))
	q := v / unit
	near := math.Round(q)
	switch {
	case math.Abs(q-near) < 1e-9: // no more digits than that
		q = near
	case r == upward:
		q = math.Ceil(q)
	case r == downward:
		q = math.Floor(q)
	default:
		q = near
	}
	return q * unit
}

// times prints a ratio with two significant digits: "0.35×".
func times(v float64, r rounding) string {
	if !finite(v) {
		return dash
	}
	v = round(v, 2, r)
	return strconv.FormatFloat(v, 'f', max(0, decimals(v)-1), 64) + "×"
}

// count prints an integer with commas between thousands: "120,000".
func count(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return sign + b.String()
}

// plain prints a counter or a statistic that has no unit.
func plain(v float64) string {
	switch {
	case !finite(v):
		return dash
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return count(int(v))
	default:
		return significant(v, nearest)
	}
}

// chance prints a probability: "0.01", "3.1×10⁻⁷".
func chance(p float64) string {
	if !finite(p) {
		return dash
	}
	if p == 0 || p >= 1e-3 {
		return strconv.FormatFloat(p, 'g', 2, 64)
	}
	exp := int(math.Floor(math.Log10(p) + 1e-9))
	mantissa := strconv.FormatFloat(p/math.Pow(10, float64(exp)), 'g', 2, 64)
	if mantissa == "1" {
		return power(exp)
	}
	return mantissa + "×" + power(exp)
}

var superscript = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³",
	"4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// power prints a power of ten: "10⁻⁴", and 1 for the zeroth.
func power(exp int) string {
	if exp == 0 {
		return "1"
	}
	return "10" + superscript.Replace(strconv.Itoa(exp))
}

// quantileName prints the usual name of a quantile: 0.9999 is "p99.99".
func quantileName(p float64) string {
	return "p" + strconv.FormatFloat(math.Round(p*1e10)/1e8, 'f', -1, 64)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
