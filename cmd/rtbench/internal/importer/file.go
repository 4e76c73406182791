package importer

import "math"

// File is the content of a file.
type File struct {
	// Kind is the format's name.
	Kind string
	// Unit of the values: "ns", "us", "ms", "s", or "" where the file does not say.
	Unit string
	// Series in the file's order, at least one.
	Series []*Series
}

// Series is one column, thread or benchmark of a file.
type Series struct {
	// Name is empty where the file has no names.
	Name string
	// Part numbers the series of one name: the CPUs of rtla, the threads of
	// cyclictest.
	Part int
	// Values in the file's unit, in measuring order where Ordered.
	Values []float64
	// Ordered is false for histograms, whose samples have lost their order.
	Ordered bool
	// Means is true where each value is the mean of many operations. Then nothing is
	// known of single ones.
	Means bool
	// Censored counts samples of which only a lower limit is known: those beyond a
	// histogram's end.
	Censored int64
	// Count is how many samples there were, kept or not.
	Count int64
	// Max is the largest sample where it is known, else NaN.
	Max float64
	// Resolution is the step of the values where the format has one, else 0.
	Resolution float64
}

// newSeries is an ordered series without a name.
func newSeries(name string) *Series { return &Series{Name: name, Ordered: true, Max: math.NaN()} }

// add appends a sample.
func (s *Series) add(v float64) {
	s.Values = append(s.Values, v)
	s.Count++
	if !(v <= s.Max) {
		s.Max = v
	}
}

// Lost lists what the format has not kept of the measurement.
func (s *Series) Lost() []string {
	var lost []string
	if s.Means {
		lost = append(lost, "each value is the mean of many operations: nothing is known of single ones")
	}
	if !s.Ordered {
		lost = append(lost, "the order of the samples: whether they are independent cannot be tested")
	}
	if s.Censored > 0 {
		lost = append(lost, "the values of "+count(s.Censored)+" beyond the histogram's end")
	}
	if len(s.Values) == 0 {
		lost = append(lost, "the samples: the file has their number and extremes only")
	}
	return lost
}
