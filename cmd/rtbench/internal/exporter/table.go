package exporter

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// writeCSV writes a row for each sample, in measuring order.
func writeCSV(w io.Writer, s Source) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"benchmark", "kind", "process", "ns"}); err != nil {
		return err
	}
	for _, series := range s.Run.Series {
		for _, v := range series.Samples {
			row := []string{series.Name, string(series.Kind), strconv.Itoa(series.Process), strconv.FormatFloat(perOperation(series, v), 'f', -1, 64)}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// writeGoBench writes a line of `go test -bench` for each process, whose value is the
// mean, so that benchstat compares processes. Go's names begin with a capital.
func writeGoBench(w io.Writer, s Source) error {
	out := bufio.NewWriter(w)
	for _, series := range s.Run.Series {
		if len(series.Samples) == 0 {
			continue
		}
		sum := 0.0
		for _, v := range series.Samples {
			sum += perOperation(series, v)
		}
		first, size := utf8.DecodeRuneInString(series.Name)
		fmt.Fprintf(out, "Benchmark%c%s/%s %d %g ns/op\n", unicode.ToUpper(first), series.Name[size:], series.Kind, len(series.Samples)*max(1, series.Ops), sum/float64(len(series.Samples)))
	}
	return out.Flush()
}
