package evt

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadCSV(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []float64
		err  string
	}{
		{in: "x\n1\n-2.5\n3e2\n", want: []float64{1, -2.5, 300}},
		{in: "1\r\n2\r\n", want: []float64{1, 2}},
		{in: "\"x\"\n1\n\n\n", want: []float64{1}},
		{in: "x\n1", want: []float64{1}},
		{in: "007\n123456789012345\n1234567890123456\n12345678901234567890\n", want: []float64{7, 123456789012345, 1234567890123456, 12345678901234567890}},
		{in: "", err: "f: no numbers"},
		{in: "x\n", err: "f: no numbers"},
		{in: "x\n1\nNaN\n", err: "f:3: \"NaN\" is not finite"},
		{in: "x\n1\n-Inf\n", err: "f:3: \"-Inf\" is not finite"},
		{in: "x\n1e999\n", err: "f:2: \"1e999\" is out of range"},
		{in: "x\n1\n\n2\n", err: "f:3: empty line"},
		{in: "1,2\n", err: "f:1: \"1,2\" has several columns"},
		{in: "1\nx\n", err: "f:2: \"x\" is not a number"},
		{in: "1\n12:30\n", err: "f:2: \"12:30\" is not a number"},
		{in: "1\n1/2\n", err: "f:2: \"1/2\" is not a number"},
		{in: "y\n1\n", err: "f:1: \"y\" is not a number"},
		{in: "1\n" + strings.Repeat("9", 1<<17), err: "f:2: line longer"},
		{in: strings.Repeat("z", 100), err: "…"},
	} {
		got, err := ReadCSV(strings.NewReader(c.in), "f")
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%.20q: %v, want %q", c.in, err, c.err)
			}
			continue
		}
		if err != nil || len(got) != len(c.want) {
			t.Errorf("%q: %v, %v", c.in, got, err)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q: %v, want %v", c.in, got, c.want)
			}
		}
	}
}

// Many numbers take their own room and no more.
func TestReadCSVTakesTheNumbersOnce(t *testing.T) {
	const n = 300_000
	text := strings.Repeat("20123\n20123.4567890123\n", n/2)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	x, err := ReadCSV(strings.NewReader(text), "f")
	runtime.ReadMemStats(&after)
	if err != nil || len(x) != n {
		t.Fatalf("%d numbers, %v", len(x), err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 8*n+2<<20 {
		t.Errorf("%d bytes for %d numbers", taken, n)
	}
}

// FuzzReadCSV: whatever comes in, only finite numbers come out, and an error
// names the input.
func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"x\n1\n2\n", "", "NaN", "1,2", "x\r\n-0\r\n", "\n\n1", "0x1p-3\n1_0\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		x, err := ReadCSV(strings.NewReader(in), "input")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "input:") {
				t.Fatalf("error without the input's name: %v", err)
			}
			return
		}
		if len(x) == 0 {
			t.Fatal("no numbers and no error")
		}
		once, err := ReadCSV(iotest.HalfReader(strings.NewReader(in)), "input")
		if err != nil || !slices.Equal(once, x) {
			t.Fatalf("a reader that cannot seek gives %v, %v; want %v", once, err, x)
		}
		for _, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Fatalf("%v came through", v)
			}
		}
	})
}
