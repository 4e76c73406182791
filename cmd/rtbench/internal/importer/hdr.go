package importer

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func isPercentiles(head []byte) bool {
	first, _, _ := bytes.Cut(bytes.TrimSpace(head), []byte("\n"))
	return bytes.Contains(first, []byte("Percentile")) && bytes.Contains(first, []byte("TotalCount"))
}

// readPercentiles reads the text that HdrHistogram prints for plotting, .hgrm: values
// with how many samples lie at or below. Samples between two lines are taken for the
// larger value.
func readPercentiles(in *lines, _ Options) (*File, error) {
	h := &histograms{}
	s := h.newSeries("", 0)
	before := int64(0)
	for in.next() {
		text := strings.TrimSpace(string(in.text))
		if strings.HasPrefix(text, "#") || text == "" || strings.Contains(text, "Percentile") {
			continue
		}
		fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
		if len(fields) < 3 {
			return nil, in.fail("want a value, a percentile and a count")
		}
		v, err1 := strconv.ParseFloat(fields[0], 64)
		total, err2 := strconv.ParseInt(fields[2], 10, 64)
		switch {
		case err1 != nil || err2 != nil || math.IsNaN(v) || math.IsInf(v, 0):
			return nil, in.fail("want a value, a percentile and a count")
		case total < before:
			return nil, in.fail("TotalCount %d follows %d", total, before)
		}
		if err := h.add(s, v, total-before); err != nil {
			return nil, in.fail("%w", err)
		}
		before = total
	}
	return h.file()
}

func isHistogramLog(head []byte) bool {
	return bytes.Contains(head, []byte("Histogram log format version")) || bytes.HasPrefix(head, []byte(`"StartTimestamp","Interval_Length"`))
}

// readHistogramLog reads HdrHistogram's .hlog: a compressed histogram for each interval
// and tag. By the format's convention the values are nanoseconds.
func readHistogramLog(in *lines, _ Options) (f *File, err error) {
	defer func() { // the decoder trusts the lengths in its input
		if r := recover(); r != nil {
			f, err = nil, fmt.Errorf("a histogram is damaged: %v", r)
		}
	}()
	text, err := io.ReadAll(io.LimitReader(in.in, maxJSON+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxJSON {
		return nil, fmt.Errorf("longer than %d bytes", maxJSON)
	}
	h := &histograms{unit: "ns"}
	byTag := map[string]*Series{}
	log := hdrhistogram.NewHistogramLogReader(bytes.NewReader(text))
	for {
		interval, err := log.NextIntervalHistogram()
		if err != nil {
			return nil, err
		}
		if interval == nil {
			break
		}
		s := byTag[interval.Tag()]
		if s == nil {
			s = h.newSeries(interval.Tag(), 0)
			byTag[interval.Tag()] = s
		}
		for _, bar := range interval.Distribution() {
			if err := h.add(s, float64(bar.To), bar.Count); err != nil {
				return nil, err
			}
			s.Resolution = max(s.Resolution, float64(bar.To-bar.From+1))
		}
	}
	return h.file()
}
