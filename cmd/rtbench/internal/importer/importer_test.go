package importer

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// told is a file in one line: kind, unit, then of each series its name and part, the
// number of samples and of values, their sum, order, censored samples and maximum.
func told(f *File) string {
	text := f.Kind + " " + f.Unit
	for _, s := range f.Series {
		sum := 0.0
		for _, v := range s.Values {
			sum += v
		}
		text += fmt.Sprintf("; %s/%d n=%d/%d sum=%.6g", s.Name, s.Part, s.Count, len(s.Values), sum)
		if !s.Ordered {
			text += " unordered"
		}
		if s.Means {
			text += " means"
		}
		if s.Censored > 0 {
			text += fmt.Sprint(" censored=", s.Censored)
		}
		text += fmt.Sprintf(" max=%g", s.Max)
	}
	return text
}

func read(t *testing.T, text string, o Options) string {
	t.Helper()
	f, err := Read(strings.NewReader(text), o)
	if err != nil {
		return err.Error()
	}
	return told(f)
}

func TestFiles(t *testing.T) {
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"cyclictest-v.txt":  {want: "cyclictest-verbose us; /0 n=739/739 sum=4416 max=7"},
		"criterion-raw.csv": {want: "criterion ns; Fib/Iter/20/0 n=100/100 sum=3000.03 means max=30.005"},
		"decimal-comma.csv": {want: "table ; latency/0 n=999/999 sum=21562.7 max=22.999"},
		"excel-bom.csv":     {want: "table ; x/0 n=999/999 sum=21514.8 max=22.999"},
		"hist.hgrm":         {o: Options{Unit: "us"}, want: "hgrm us; /0 n=10000/10000 sum=57840 unordered max=38"},
		"two-col.csv":       {o: Options{Column: "latency_us"}, want: "table us; latency_us/0 n=999/999 sum=21516.3 max=22.998"},
	} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, string(text), c.o)
		if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

const rtlaHist = `# RTLA timerlat histogram
# Time unit is microseconds (us)
# Duration:   0 00:00:10
Index   IRQ-000   Thr-000   IRQ-001   Thr-001
0             5         0         7         0
1             4         3         2         1
12            0         6         0         8
over:         1         0         0         1
count:       10         9         9        10
min:          0         1         0         1
avg:          0         8         0        11
max:         31        12         1        44
ALL:        IRQ       Thr
count:       19        19
`

const rtlaTop = `                                     Timer Latency
  0 00:00:06   |          IRQ Timer Latency (us)        |         Thread Timer Latency (us)
CPU COUNT      |      cur       min       avg       max |      cur       min       avg       max
  0 #5995      |        1         0         1        15 |        6         4         6        31
  1 #5990      |        1         0         1        17 |        6         4         6        29
`

const cyclictestHist = `# /dev/cpu_dma_latency set to 0us
# Histogram
000004 000003	000001
000005 000002	000004
# Total: 000000005 000000005
# Min Latencies: 00004 00004
# Avg Latencies: 00004 00005
# Max Latencies: 00119 00005
# Histogram Overflows: 00002 00000
# Histogram Overflow at cycle number:
# Thread 0: 00000 00001
`

const cyclictestJSON = `{"file_version": 1, "cmdline:": "cyclictest", "resolution_in_ns": 0,
 "thread": {"0": {"histogram": {"5": 3, "11": 1}, "cycles": 6, "min": 5, "max": 45, "avg": 23.37, "cpu": 0, "node": 0},
  "1": {"histogram": {}, "cycles": 0, "min": 0, "max": 0}}}`

const colonJSON = `{"file_version:": 1, "resolution_in_ns:": 1, "thread:": {"0": {"histogram": {"500": 2}, "cycles": 2, "max": 500}}, "x": {"thread": 0, "histogram": 0}}`

func TestRead(t *testing.T) {
	for _, c := range []struct {
		text string
		o    Options
		want string
	}{
		{rtlaHist, Options{}, "rtla-hist us; IRQ/0 n=10/9 sum=4 unordered censored=1 max=31; Thread/0 n=9/9 sum=75 unordered max=12; IRQ/1 n=9/9 sum=2 unordered max=1; Thread/1 n=10/9 sum=97 unordered censored=1 max=44"},
		{rtlaHist, Options{Series: "Thread"}, "rtla-hist us; Thread/0 n=9/9 sum=75 unordered max=12; Thread/1 n=10/9 sum=97 unordered censored=1 max=44"},
		{rtlaHist, Options{Series: "x"}, "the file: --series x: there are IRQ, Thread (read as rtla-hist)"},
		{rtlaTop, Options{Series: "Thread"}, "rtla-top us; Thread/0 n=5995/0 sum=0 unordered max=31; Thread/1 n=5990/0 sum=0 unordered max=29"},
		{cyclictestHist, Options{}, "cyclictest-histogram us; /0 n=7/5 sum=22 unordered censored=2 max=119; /1 n=5/5 sum=24 unordered max=5"},
		{cyclictestJSON, Options{}, "cyclictest-json us; /0 n=6/4 sum=26 unordered censored=2 max=45; /1 n=0/0 sum=0 unordered max=0"},
		{colonJSON, Options{Kind: "cyclictest-json"}, "cyclictest-json ns; /0 n=2/2 sum=1000 unordered max=500"},
		{`{"cpu": {"0": {"histogram": {"3": 2, "9": 1}, "count": 4, "max": 70}}}`, Options{}, "jitterdebugger us; /0 n=4/3 sum=15 unordered censored=1 max=70"},
		{"# /dev\nT: 0 (1) P:80\n       0:       0:       5\n       1:       0:       6\n       0:       1:       7\n", Options{}, "cyclictest-verbose us; /0 n=2/2 sum=12 max=7; /1 n=1/1 sum=6 max=6"},
		{"BenchmarkA-2   100   12.5 ns/op   0 B/op\nBenchmarkB-2 10 3 us/op\nBenchmarkA-2   100   13.5 ns/op\nok\n", Options{Series: "A-2"}, "go-bench ns; A-2/0 n=2/2 sum=26 means max=13.5"},
		{"1\n2\n3\n", Options{}, "table ; /0 n=3/3 sum=6 max=3"},
		{"x\r\n1\r\n2\r\n", Options{}, "table ; x/0 n=2/2 sum=3 max=2"},
		{"\ufeffx\n1.5\n", Options{}, "table ; x/0 n=1/1 sum=1.5 max=1.5"},
		{"20us\n1.5ms\n", Options{}, "table us; /0 n=2/2 sum=1520 max=1500"},
		{"20\n1.5ms\n", Options{}, "line 2: a number with the unit ms follows numbers without one (read as table)"},
		{"latency (ms)\n20\n", Options{}, "table ms; latency (ms)/0 n=1/1 sum=20 max=20"},
		{"latency\n21,5\n22,25\n", Options{}, "table ; latency/0 n=2/2 sum=43.75 max=22.25"},
		{"21,5\n22,25\n", Options{}, "line 1: 2 columns, 1, 2: choose with --column NAME or its number; if the commas are decimal, give --decimal-comma (read as table)"},
		{"21,5\n22,25\n", Options{DecimalComma: true}, "table ; /0 n=2/2 sum=43.75 max=22.25"},
		{"t;lat\n1;1.021,5\n", Options{DecimalComma: true, Column: "lat"}, "table ; lat/0 n=1/1 sum=1021.5 max=1021.5"},
		{"t,lat_us\n1,20\n2,30\n", Options{}, "line 1: 2 columns, t, lat_us: choose with --column NAME or its number; if the commas are decimal, give --decimal-comma (read as table)"},
		{"t,lat_us\n1,20\n2,30\n", Options{Column: "2"}, "table us; lat_us/0 n=2/2 sum=50 max=30"},
		{"t,lat_us\n1,20\n2,30\n", Options{Column: "y"}, "line 1: --column y: the columns are t, lat_us, numbered from 1 to 2 (read as table)"},
		{"\"a, b\",lat\n\"1,5\",20\n", Options{Column: "lat"}, "table ; lat/0 n=1/1 sum=20 max=20"},
		{"t\tlat\n1\t20\n2\n", Options{Column: "lat"}, `line 3: "2" has no column 2; --skip REGEXP leaves lines out (read as table)`},
		{"1\nNaN\n", Options{}, `line 2: "NaN" is not a number; --skip REGEXP leaves lines out (read as table)`},
		{"1\nwarm up\n2\n", Options{Skip: regexp.MustCompile("^warm")}, "table ; /0 n=2/2 sum=3 max=2"},
		{"x latency=20us\nnoise\nx latency=30us\n", Options{Match: regexp.MustCompile(`latency=(\S+)`)}, "lines us; /0 n=2/2 sum=50 max=30"},
		{`{"lat_ns": 5}` + "\n" + `{"lat_ns": 7}`, Options{}, "json-lines ns; lat_ns/0 n=2/2 sum=12 max=7"},
		{`{"t": 1, "m": {"lat": "5us"}}` + "\n", Options{Field: "m.lat"}, "json-lines us; m.lat/0 n=1/1 sum=5 max=5"},
		{`{"t": 1, "m": {"lat": 5}}` + "\n", Options{}, "line 1: 2 numbers, m.lat, t: choose with --field NAME (read as json-lines)"},
		{"", Options{}, "the file: no numbers: the file is empty"},
		{"x\n", Options{}, "the file: no numbers; --kind reads it as another of " + strings.Join(Kinds(), ", ") + " (read as table)"},
		{"1\n", Options{Kind: "pdf"}, "--kind pdf: unknown; there are " + strings.Join(Kinds(), ", ")},
		{"1\n", Options{Unit: "h"}, `unit "h": give ns, us, ms or s`},
		{"1\n", Options{Unit: "ms"}, "table ms; /0 n=1/1 sum=1 max=1"},
	} {
		if got := read(t, c.text, c.o); got != c.want {
			t.Errorf("%.40q %+v:\ngot  %s\nwant %s", c.text, c.o, got, c.want)
		}
	}
}

func TestHistogramLog(t *testing.T) {
	h := hdrhistogram.New(1, 1_000_000, 3)
	for i := range 1000 {
		if err := h.RecordValue(int64(1000 + i%10)); err != nil {
			t.Fatal(err)
		}
	}
	var text bytes.Buffer
	w := hdrhistogram.NewHistogramLogWriter(&text)
	if err := w.OutputLogFormatVersion(); err != nil {
		t.Fatal(err)
	}
	if err := w.OutputIntervalHistogram(h); err != nil {
		t.Fatal(err)
	}
	if got := read(t, text.String(), Options{}); got != "hlog ns; /0 n=1000/1000 sum=1.0045e+06 unordered max=1009" {
		t.Error(got)
	}
}

func TestRunOfAFile(t *testing.T) {
	f, err := Read(strings.NewReader(cyclictestHist), Options{})
	if err != nil {
		t.Fatal(err)
	}
	run, err := f.Run("wake")
	if err != nil || len(run.Series) != 2 {
		t.Fatalf("%+v, %v", run, err)
	}
	s := run.Series[0]
	if s.Name != "wake" || s.Samples[0] != 4000 || s.Facts[Censored] != 2 || s.Facts[OrderLost] != 1 || s.Facts[Resolution] != 1000 || run.Series[1].Process != 1 {
		t.Errorf("%+v", s)
	}
	f, err = Read(strings.NewReader("1.5\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Run("x"); err == nil || !strings.Contains(err.Error(), "give --unit") {
		t.Errorf("a run without a unit: %v", err)
	}
}

func TestLatency(t *testing.T) {
	for text, want := range map[string]string{
		"21500": "21500", "21.5us": "21500", "12.5": "13", "-3": "latency -3 is negative; take the stamps from one monotonic clock",
		"1e30": "latency 1e+30 does not fit into 63 bits of nanoseconds", "prose": `"prose" is not a number`,
	} {
		ns, err := Latency([]byte(text), Options{})
		got := fmt.Sprint(ns)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// FuzzRead: whatever a file holds, the result is consistent, and nothing panics.
func FuzzRead(f *testing.F) {
	for _, text := range []string{rtlaHist, rtlaTop, cyclictestHist, cyclictestJSON, colonJSON, "1\n2\n", "a,b\n1,2\n", `{"x":1}`, "BenchmarkA 1 2 ns/op\n",
		"       Value     Percentile TotalCount 1/(1-Percentile)\n 3.0 0.0 1 1\n", "group,function,value,throughput_num,throughput_type,sample_measured_value,unit,iteration_count\na,b,1,,,3,ns,1\n",
		"#[Histogram log format version 1.3]\n\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n0,1,1,HISTFAAAABx4nA==\n"} {
		for kind := range len(formats) {
			f.Add(text, kind, "")
		}
		f.Add(text, -1, "2")
	}
	f.Fuzz(func(t *testing.T, text string, kind int, column string) {
		if len(text) > 1<<16 || !utf8.ValidString(column) {
			return
		}
		o := Options{Column: column}
		if kind >= 0 {
			o.Kind = formats[kind%len(formats)].name
		}
		// A histogram of a few bytes may ask for any number of samples.
		defer func(n int64) { mostSamples = n }(mostSamples)
		mostSamples = 1 << 16
		file, err := Read(strings.NewReader(text), o)
		if err != nil {
			return
		}
		for _, s := range file.Series {
			if s.Count < int64(len(s.Values)) || s.Censored < 0 {
				t.Fatalf("%d samples, %d values, %d censored", s.Count, len(s.Values), s.Censored)
			}
			for _, v := range s.Values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("value %g", v)
				}
			}
		}
	})
}
