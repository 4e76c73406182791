package importer

import (
	"fmt"
	"math"
	"strconv"
)

// histograms collects the counts of several series.
type histograms struct {
	unit   string
	step   float64
	series []*Series
	total  int64
}

// newSeries adds a series whose samples have no order.
func (h *histograms) newSeries(name string, part int) *Series {
	s := &Series{Name: name, Part: part, Max: math.NaN(), Resolution: h.step}
	h.series = append(h.series, s)
	return s
}

// widen makes n unnamed series where there are none yet.
func (h *histograms) widen(n int) {
	if len(h.series) == 0 {
		for i := range n {
			h.newSeries("", i)
		}
	}
}

// row is a value and its count in each series.
func (h *histograms) row(fields []string) error {
	v, err := strconv.ParseFloat(fields[0], 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("%.40q is not the value of a bin", fields[0])
	}
	h.widen(len(fields) - 1)
	if len(fields)-1 != len(h.series) {
		return fmt.Errorf("%d counts; the rows before have %d", len(fields)-1, len(h.series))
	}
	for i, text := range fields[1:] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%.40q is not a count", text)
		}
		if err := h.add(h.series[i], v, n); err != nil {
			return err
		}
	}
	return nil
}

// add appends n samples of the value v.
func (h *histograms) add(s *Series, v float64, n int64) error {
	if n < 0 {
		return fmt.Errorf("count %d of the value %g is negative", n, v)
	}
	if h.total += n; n > mostSamples || h.total > mostSamples {
		return fmt.Errorf("more than %d samples", mostSamples)
	}
	for range n {
		s.add(v)
	}
	return nil
}

// counted is one thread's or CPU's histogram, with how many samples there were in all.
func (h *histograms) counted(part string, bins map[string]int64, all int64, largest *float64) error {
	n, err := strconv.Atoi(part)
	if err != nil {
		return fmt.Errorf("%.40q is not the number of a thread or a CPU", part)
	}
	s := h.newSeries("", n)
	for _, key := range sortedNumbers(bins) {
		v, err := strconv.ParseFloat(key, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("part %s: %.40q is not the value of a bin", part, key)
		}
		if err := h.add(s, v, bins[key]); err != nil {
			return fmt.Errorf("part %s: %w", part, err)
		}
	}
	if all > s.Count {
		s.Censored, s.Count = all-s.Count, all
	}
	if largest != nil {
		s.Max = *largest
	}
	return nil
}

func (h *histograms) file() (*File, error) { return &File{Unit: h.unit, Series: h.series}, nil }
