package importer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

func isCriterion(head []byte) bool {
	return bytes.HasPrefix(head, []byte("group,function,value,throughput_num"))
}

// readCriterion reads criterion's raw.csv: the time of many iterations at once and
// their number. A value is their quotient.
func readCriterion(in *lines, _ Options) (*File, error) {
	f := &File{Unit: "ns"}
	byName := map[string]*Series{}
	r := csv.NewReader(in.in)
	heading, err := r.Read()
	if err != nil {
		return nil, err
	}
	column := map[string]int{}
	for i, name := range heading {
		column[name] = i
	}
	for _, name := range []string{"sample_measured_value", "unit", "iteration_count"} {
		if _, ok := column[name]; !ok {
			return nil, fmt.Errorf("line 1: no column %s", name)
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		at, _ := r.FieldPos(0)
		total, err1 := strconv.ParseFloat(row[column["sample_measured_value"]], 64)
		n, err2 := strconv.ParseFloat(row[column["iteration_count"]], 64)
		unit, err3 := Nanoseconds(row[column["unit"]])
		v := total * unit / n
		if err1 != nil || err2 != nil || err3 != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("line %d: want a time, its unit and a number of iterations", at)
		}
		name := strings.Trim(strings.Join(row[:3], "/"), "/")
		s := byName[name]
		if s == nil {
			s = newSeries(name)
			s.Means = true
			byName[name] = s
			f.Series = append(f.Series, s)
		}
		s.add(v)
	}
}

var goBenchLine = regexp.MustCompile(`(?m)^Benchmark\S*\s+\d+\s+[0-9.e+]+ \S+/op`)

func isGoBench(head []byte) bool { return goBenchLine.Match(head) }

// readGoBench reads the output of `go test -bench`: of each line the time of an
// operation, a mean over its iterations.
func readGoBench(in *lines, _ Options) (*File, error) {
	f := &File{Unit: "ns"}
	byName := map[string]*Series{}
	r := benchfmt.NewReader(in.in, "the file")
	for r.Scan() {
		line, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue // units, and lines of other programs
		}
		v, ok := line.Value("sec/op")
		if !ok {
			continue
		}
		name := string(line.Name.Full())
		s := byName[name]
		if s == nil {
			s = newSeries(name)
			s.Means = true
			byName[name] = s
			f.Series = append(f.Series, s)
		}
		s.add(v * 1e9)
	}
	return f, r.Err()
}
