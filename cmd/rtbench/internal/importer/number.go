package importer

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
)

// number reads a decimal number with or without a unit: 21500, 20.5, "20us", 1e-6s.
// unit is empty where there is none.
func number(text []byte, decimalComma bool) (v float64, unit string, err error) {
	text = bytes.TrimSpace(text)
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		text = bytes.TrimSpace(text[1 : len(text)-1])
	}
	if v, ok := plain(text); ok {
		return v, "", nil
	}
	digits := text
	end := len(text)
	for end > 0 && !isDigit(text[end-1]) && text[end-1] != '.' {
		end--
	}
	if end < len(text) {
		if unit = canonical(string(bytes.TrimSpace(text[end:]))); unit != "" {
			digits = bytes.TrimSpace(text[:end])
		}
	}
	if decimalComma {
		digits = bytes.ReplaceAll(bytes.ReplaceAll(digits, []byte("."), nil), []byte(","), []byte("."))
	}
	v, err = strconv.ParseFloat(string(digits), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || bytes.ContainsAny(digits, "xXpP_") {
		return 0, "", fmt.Errorf("%.60q is not a number", text)
	}
	return v, unit, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// tens are the powers of ten that a float64 holds exactly, as far as plain needs them.
var tens = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// plain reads up to 15 digits with a point: both the digits and the power of ten are
// exact, so that one division rounds correctly (Clinger 1990, How to Read Floating
// Point Numbers Accurately, §3). Most lines of most files are such numbers.
func plain(text []byte) (v float64, ok bool) {
	const most = 15
	var n uint64
	digits, behind, point := 0, 0, false
	for _, c := range text {
		switch {
		case isDigit(c):
			n = n*10 + uint64(c-'0')
			digits++
			if point {
				behind++
			}
		case c == '.' && !point:
			point = true
		default:
			return 0, false
		}
		if digits > most {
			return 0, false
		}
	}
	if digits == 0 {
		return 0, false
	}
	return float64(n) / tens[behind], true
}
