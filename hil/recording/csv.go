package recording

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
)

// WriteCSV writes the recording as comma-separated values: a line of names with units, and
// a line a step with its number, its time in seconds and the values.
func (r *Recording) WriteCSV(w io.Writer) error {
	buffer := bufio.NewWriter(w)
	out := csv.NewWriter(buffer)
	line := []string{"step", "time [s]"}
	for _, s := range r.c.Signals {
		line = append(line, fmt.Sprintf("%s [%s]", s.Name, s.Unit))
	}
	if err := out.Write(line); err != nil {
		return fmt.Errorf("recording: CSV: %w", err)
	}
	for i := range r.Len() {
		step := r.First() + int64(i)
		line = append(line[:0], strconv.FormatInt(step, 10), strconv.FormatFloat(r.seconds(step), 'g', -1, 64))
		for _, v := range r.At(i) {
			line = append(line, strconv.FormatFloat(v, 'g', -1, 64))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("recording: CSV: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("recording: CSV: %w", err)
	}
	if err := buffer.Flush(); err != nil {
		return fmt.Errorf("recording: CSV: %w", err)
	}
	return nil
}

// seconds is the time at which a step begins.
func (r *Recording) seconds(step int64) float64 { return float64(step) / float64(max(1, r.c.Rate)) }
