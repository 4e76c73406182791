package importer

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

func isTimerlatHist(head []byte) bool {
	return bytes.Contains(head, []byte("RTLA timerlat histogram")) || bytes.Contains(head, []byte("\nIndex ")) && bytes.Contains(head, []byte("IRQ-"))
}

// timerlatSeries are the columns of rtla by the beginning of their names.
var timerlatSeries = map[string]string{"IRQ": "IRQ", "Thr": "Thread", "Usr": "User"}

// readTimerlatHist reads `rtla timerlat hist`: a column for each CPU's interrupt and
// thread, a row for each latency, and totals.
func readTimerlatHist(in *lines, _ Options) (*File, error) {
	h := &histograms{unit: "us", step: 1}
	for in.next() {
		fields := strings.Fields(string(in.text))
		if len(fields) == 0 || fields[0] == "#" {
			if strings.Contains(string(in.text), "nanoseconds") {
				h.unit = "ns"
			}
			continue
		}
		switch first := fields[0]; {
		case first == "Index":
			if len(h.series) > 0 {
				return nil, in.fail("a second heading")
			}
			for _, column := range fields[1:] {
				kind, cpu, _ := strings.Cut(column, "-")
				n, err := strconv.Atoi(cpu)
				name := timerlatSeries[kind]
				if err != nil || name == "" {
					return nil, in.fail("%.40q is no column of rtla timerlat hist", column)
				}
				h.newSeries(name, n)
			}
		case first == "ALL:":
			return h.file() // sums over the CPUs follow
		case first == "over:" || first == "max:":
			if err := h.timerlatSummary(first, fields[1:]); err != nil {
				return nil, in.fail("%w", err)
			}
		case strings.HasSuffix(first, ":"):
		default:
			if len(h.series) == 0 {
				return nil, in.fail("a row before the heading Index")
			}
			if err := h.row(fields); err != nil {
				return nil, in.fail("%w", err)
			}
		}
	}
	return h.file()
}

func (h *histograms) timerlatSummary(name string, values []string) error {
	if len(values) != len(h.series) {
		return fmt.Errorf("%s %d figures, %d columns", name, len(values), len(h.series))
	}
	for i, text := range values {
		v, err := strconv.ParseInt(text, 10, 64)
		switch {
		case text == "-":
		case err != nil || v < 0:
			return fmt.Errorf("%s %.40q is not a figure", name, text)
		case name == "over:":
			h.series[i].Censored += v
			h.series[i].Count += v
		default:
			h.series[i].Max = float64(v)
		}
	}
	return nil
}

func isTimerlatTop(head []byte) bool {
	return bytes.Contains(head, []byte("IRQ Timer Latency")) && bytes.Contains(head, []byte("Thread Timer Latency"))
}

// readTimerlatTop reads `rtla timerlat top`: of each CPU the number of samples and
// their extremes. Of a screen that was written several times, the last is taken.
func readTimerlatTop(in *lines, _ Options) (*File, error) {
	f := &File{}
	for in.next() {
		text := string(in.text)
		if strings.Contains(text, "Timer Latency (") {
			f.Series, f.Unit = nil, "us"
			if strings.Contains(text, "(ns)") {
				f.Unit = "ns"
			}
			continue
		}
		cells := strings.Split(text, "|")
		fields := strings.Fields(cells[0])
		if len(cells) < 3 || len(fields) < 2 || !strings.HasPrefix(fields[1], "#") {
			continue
		}
		cpu, err1 := strconv.Atoi(fields[0])
		n, err2 := strconv.ParseInt(fields[1][1:], 10, 64)
		if err1 != nil || err2 != nil || n < 0 {
			continue
		}
		for i, cell := range cells[1:] {
			figures := strings.Fields(cell) // cur, min, avg, max
			names := []string{"IRQ", "Thread", "User"}
			if len(figures) != 4 || i >= len(names) {
				continue
			}
			largest, err := strconv.ParseFloat(figures[3], 64)
			if err != nil {
				continue
			}
			f.Series = append(f.Series, &Series{Name: names[i], Part: cpu, Count: n, Max: largest, Resolution: 1})
		}
	}
	return f, nil
}
