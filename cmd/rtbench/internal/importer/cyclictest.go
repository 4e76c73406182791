package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

var (
	verboseLine      = regexp.MustCompile(`(?m)^ *\d+: +\d+: +-?\d+\r?$`)
	histogramHeading = []byte("# Histogram")
)

func isCyclictestVerbose(head []byte) bool { return verboseLine.Match(head) }

// readCyclictestVerbose reads `cyclictest --verbose`: a line "thread:cycle:latency"
// for each wake-up, in µs unless --nsecs was given, among remarks.
func readCyclictestVerbose(in *lines, _ Options) (*File, error) {
	threads := map[int]*Series{}
	f := &File{Unit: "us"}
	for in.next() {
		fields := strings.Split(string(in.text), ":")
		if len(fields) != 3 {
			continue
		}
		thread, err1 := strconv.Atoi(strings.TrimSpace(fields[0]))
		_, err2 := strconv.ParseInt(strings.TrimSpace(fields[1]), 10, 64)
		v, err3 := strconv.ParseFloat(strings.TrimSpace(fields[2]), 64)
		if err1 != nil || err2 != nil || err3 != nil {
			continue
		}
		s := threads[thread]
		if s == nil {
			s = newSeries("")
			s.Part, s.Resolution = thread, 1
			threads[thread] = s
			f.Series = append(f.Series, s)
		}
		s.add(v)
	}
	return f, nil
}

func isCyclictestHistogram(head []byte) bool {
	return bytes.Contains(head, histogramHeading) && !isTimerlatHist(head)
}

// readCyclictestHistogram reads `cyclictest --histogram`: a line of a latency in µs and
// its count in each thread, then totals, extremes and how many samples were beyond the
// end.
func readCyclictestHistogram(in *lines, _ Options) (*File, error) {
	h := &histograms{unit: "us", step: 1}
	begun := false
	for in.next() {
		text := string(in.text)
		if rest, ok := strings.CutPrefix(text, "# "); ok {
			begun = begun || strings.HasPrefix(rest, "Histogram")
			name, values, _ := strings.Cut(rest, ":")
			if err := h.summary(name, strings.Fields(values)); err != nil {
				return nil, in.fail("%w", err)
			}
			continue
		}
		if fields := strings.Fields(text); begun && len(fields) > 1 {
			if err := h.row(fields); err != nil {
				return nil, in.fail("%w", err)
			}
		}
	}
	return h.file()
}

// summary takes the lines below a histogram.
func (h *histograms) summary(name string, values []string) error {
	var set func(s *Series, v int64)
	switch name {
	case "Max Latencies":
		set = func(s *Series, v int64) { s.Max = float64(v) }
	case "Histogram Overflows":
		set = func(s *Series, v int64) { s.Censored, s.Count = v, s.Count+v }
	default:
		return nil
	}
	h.widen(len(values))
	for i, text := range values {
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil || v < 0 || i >= len(h.series) {
			return fmt.Errorf("%s: %.40q is not the figure of one of %d threads", name, text, len(h.series))
		}
		set(h.series[i], v)
	}
	return nil
}

func isCyclictestJSON(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(`"thread"`)) && bytes.Contains(head, []byte(`"histogram"`))
}

// maxJSON bounds a JSON file that is read as one document.
const maxJSON = 256 << 20

// cyclictestThread is one thread in the JSON.
type cyclictestThread struct {
	Histogram map[string]int64 `json:"histogram"`
	Cycles    int64            `json:"cycles"`
	Max       *float64         `json:"max"`
}

// readCyclictestJSON reads `cyclictest --json`. Versions up to 2.8 write some keys with
// a colon at their end. Samples beyond the histogram are missing in it: the cycles tell
// how many.
func readCyclictestJSON(in *lines, _ Options) (*File, error) {
	var doc map[string]json.RawMessage
	if err := readDocument(in, &doc); err != nil {
		return nil, err
	}
	for key, value := range doc {
		doc[strings.TrimSuffix(key, ":")] = value
	}
	var threads map[string]cyclictestThread
	if err := json.Unmarshal(doc["thread"], &threads); err != nil {
		return nil, fmt.Errorf("member thread: %w", err)
	}
	var nanoseconds int
	_ = json.Unmarshal(doc["resolution_in_ns"], &nanoseconds) // absent in old versions
	h := &histograms{unit: "us", step: 1}
	if nanoseconds != 0 {
		h.unit = "ns"
	}
	for _, key := range sortedNumbers(threads) {
		t := threads[key]
		if err := h.counted(key, t.Histogram, t.Cycles, t.Max); err != nil {
			return nil, err
		}
	}
	return h.file()
}

func isJitterdebugger(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) && bytes.Contains(head, []byte(`"cpu"`)) && bytes.Contains(head, []byte(`"histogram"`))
}

// readJitterdebugger reads the JSON of jitterdebugger: a histogram in µs for each CPU.
func readJitterdebugger(in *lines, _ Options) (*File, error) {
	var doc struct {
		CPU map[string]struct {
			Histogram map[string]int64 `json:"histogram"`
			Count     int64            `json:"count"`
			Max       *float64         `json:"max"`
		} `json:"cpu"`
	}
	if err := readDocument(in, &doc); err != nil {
		return nil, err
	}
	h := &histograms{unit: "us", step: 1}
	for _, key := range sortedNumbers(doc.CPU) {
		c := doc.CPU[key]
		if err := h.counted(key, c.Histogram, c.Count, c.Max); err != nil {
			return nil, err
		}
	}
	return h.file()
}

// readDocument decodes the whole file and refuses what follows the document.
func readDocument(in *lines, into any) error {
	text, err := io.ReadAll(io.LimitReader(in.in, maxJSON+1))
	if err != nil {
		return err
	}
	if len(text) > maxJSON {
		return fmt.Errorf("longer than %d bytes", maxJSON)
	}
	return json.Unmarshal(text, into)
}

// sortedNumbers are the keys of a map in the order of the numbers they are.
func sortedNumbers[T any](m map[string]T) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, _ := strconv.Atoi(keys[i])
		b, _ := strconv.Atoi(keys[j])
		return a < b || a == b && keys[i] < keys[j]
	})
	return keys
}
