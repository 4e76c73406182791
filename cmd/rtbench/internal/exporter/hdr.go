package exporter

import (
	"fmt"
	"io"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/memkit-go/memkit/rt/record"
)

const (
	// digits of a value that the histograms keep.
	digits = 3
	// ticks are the lines of a percentile table for each halving of the distance to
	// 100%, HdrHistogram's usual choice.
	ticks = 5
)

// histogramOf holds the latencies of the series, in nanoseconds.
func histogramOf(all []record.Series) (*hdrhistogram.Histogram, error) {
	most := int64(2)
	for _, s := range all {
		for _, v := range s.Samples {
			if v < 0 {
				return nil, fmt.Errorf("%s: latency %d is negative, which HdrHistogram cannot hold", s.Name, v)
			}
			most = max(most, v)
		}
	}
	h := hdrhistogram.New(1, most, digits)
	for _, s := range all {
		for _, v := range s.Samples {
			if err := h.RecordValue(v); err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
		}
	}
	return h, nil
}

// latencies are the series of single operations.
func latencies(run *record.Run) []record.Series {
	var all []record.Series
	for _, s := range run.Series {
		if s.Kind == record.Latency && len(s.Samples) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// writePercentiles writes HdrHistogram's .hgrm, in nanoseconds.
func writePercentiles(w io.Writer, s Source) error {
	all := latencies(s.Run)
	if len(all) == 0 {
		return fmt.Errorf("the run has no latencies, only batches")
	}
	h, err := histogramOf(all)
	if err != nil {
		return err
	}
	_, err = h.PercentilesPrint(w, ticks, 1)
	return err
}

// writeHistogramLog writes HdrHistogram's .hlog: an interval for each process, tagged
// with the benchmark.
func writeHistogramLog(w io.Writer, s Source) error {
	log := hdrhistogram.NewHistogramLogWriter(w)
	if err := log.OutputLogFormatVersion(); err != nil {
		return err
	}
	if err := log.OutputLegend(); err != nil {
		return err
	}
	for _, series := range latencies(s.Run) {
		h, err := histogramOf([]record.Series{series})
		if err != nil {
			return err
		}
		h.SetTag(series.Name)
		h.SetStartTimeMs(series.Start / 1e6)
		h.SetEndTimeMs(series.Start / 1e6)
		if err := log.OutputIntervalHistogram(h); err != nil {
			return err
		}
	}
	return nil
}
