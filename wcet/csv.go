package wcet

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// ReadCSV reads one number a line, after an optional header line "x". name is
// what errors call the input. NaN, infinities, several columns, a gap and an
// input without numbers are errors that name the line.
func ReadCSV(r io.Reader, name string) ([]float64, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), 64<<10)
	var x []float64
	blank := 0
	line := 0
	for lines.Scan() {
		line++
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			if blank == 0 {
				blank = line
			}
			continue
		}
		if blank > 0 {
			return nil, fmt.Errorf("%s:%d: empty line; remove it, or repair the file if a value is missing", name, blank)
		}
		if line == 1 && isHeader(text) {
			continue
		}
		v, err := parseValue(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		x = append(x, v)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = errors.New("line longer than 64 KiB; one number a line is expected")
		}
		return nil, fmt.Errorf("%s:%d: %w", name, line+1, err)
	}
	if len(x) == 0 {
		return nil, fmt.Errorf("%s: no numbers; one a line is expected, after an optional header \"x\"", name)
	}
	return x, nil
}

func isHeader(text string) bool {
	return strings.EqualFold(strings.Trim(text, `"`), "x")
}

func parseValue(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%s is out of range", clip(text))
	case err != nil && strings.ContainsAny(text, ",;\t"):
		return 0, fmt.Errorf("%s has several columns; one number a line is expected", clip(text))
	case err != nil:
		return 0, fmt.Errorf("%s is not a number", clip(text))
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Errorf("%s is not finite; drop nothing: find out why it was recorded", clip(text))
	}
	return v, nil
}

// clip quotes at most 40 bytes of the input for an error message.
func clip(text string) string {
	if len(text) > 40 {
		return strconv.Quote(text[:40]) + "…"
	}
	return strconv.Quote(text)
}
