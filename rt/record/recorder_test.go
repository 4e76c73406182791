package record

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustNew(t testing.TB, c Config) *Recorder {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// oracle is a slow Recorder that keeps every sample and sorts on demand.
type oracle struct {
	samples []int64
	causes  []Cause
}

func (o *oracle) record(ns int64, cause Cause) {
	o.samples = append(o.samples, ns)
	o.causes = append(o.causes, cause)
}

func (o *oracle) top(k int) []Outlier {
	var all []Outlier
	for i, v := range o.samples {
		if v > minSample {
			all = append(all, Outlier{int64(i), v, o.causes[i]})
		}
	}
	slices.SortStableFunc(all, func(a, b Outlier) int {
		switch {
		case a.Value > b.Value:
			return -1
		case a.Value < b.Value:
			return 1
		}
		return 0
	})
	return all[:min(k, len(all))]
}

// checkInvariants compares a Recorder with everything that was recorded.
func checkInvariants(t *testing.T, r *Recorder, c Config, o *oracle) {
	t.Helper()
	n := len(o.samples)
	if r.Count() != int64(n) {
		t.Fatalf("Count = %d, want %d", r.Count(), n)
	}
	kept := min(n, c.Capacity)
	if !slices.Equal(r.Samples(), o.samples[:kept]) {
		t.Fatalf("Samples = %v, want the first %d of %v", r.Samples(), kept, o.samples)
	}
	if r.Overflowed() != int64(n-kept) {
		t.Fatalf("Overflowed = %d, want %d", r.Overflowed(), n-kept)
	}
	var counted int64
	for _, k := range r.cells {
		counted += k
	}
	if counted+r.Negative() != int64(n) {
		t.Fatalf("histogram holds %d and %d negative, want %d together", counted, r.Negative(), n)
	}
	if n == 0 {
		return
	}
	if got, want := r.Max(), slices.Max(o.samples); got != want {
		t.Fatalf("Max = %d, want %d", got, want)
	}
	checkTop(t, r.Top(), o, c.Top)
	sorted := slices.Sorted(slices.Values(o.samples))
	for _, p := range []float64{0, .001, .25, .5, .9, .99, .999, .9999, 1} {
		checkQuantile(t, p, r.Quantile(p), sorted)
	}
}

// checkTop allows ties at the smallest kept value to be any of the equal ones:
// a heap evicts them in no particular order.
func checkTop(t *testing.T, got []Outlier, o *oracle, k int) {
	t.Helper()
	want := o.top(k)
	if len(got) != len(want) {
		t.Fatalf("Top has %d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Value != want[i].Value {
			t.Fatalf("Top[%d] = %+v, want %+v", i, got[i], want[i])
		}
		if at := got[i].Index; o.samples[at] != got[i].Value || o.causes[at] != got[i].Cause {
			t.Fatalf("Top[%d] = %+v, but sample %d was %d, cause %d", i, got[i], at, o.samples[at], o.causes[at])
		}
		if i > 0 && got[i].Value == got[i-1].Value && got[i].Index <= got[i-1].Index {
			t.Fatalf("Top[%d] and Top[%d] tie out of order: %+v", i-1, i, got)
		}
	}
}

func checkQuantile(t *testing.T, p float64, got int64, sorted []int64) {
	t.Helper()
	exact := sorted[rank(p, int64(len(sorted)))-1]
	if exact < 0 {
		if got != -1 {
			t.Fatalf("Quantile(%v) = %d, want -1 for the negative %d", p, got, exact)
		}
		return
	}
	if got < exact || got-exact > exact/subCount || got > sorted[len(sorted)-1] {
		t.Fatalf("Quantile(%v) = %d, exact %d, largest %d", p, got, exact, sorted[len(sorted)-1])
	}
}

func TestRecorderAgainstOracle(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		c := Config{Capacity: rng.IntN(300), Top: 1 + rng.IntN(40)}
		r, o := mustNew(t, c), &oracle{}
		for range rng.IntN(500) {
			v := int64(rng.Uint64()) >> rng.IntN(64)
			if round%2 == 0 {
				v = int64(rng.IntN(50)) // many ties
			}
			cause := Cause(rng.IntN(4))
			o.record(v, cause)
			r.RecordCause(v, cause)
		}
		checkInvariants(t, r, c, o)
	}
}

func FuzzRecorder(f *testing.F) {
	f.Add(uint8(4), uint8(2), []byte("\x00\x01\xff\x7f\x80 a long series"))
	f.Add(uint8(0), uint8(1), []byte{})
	f.Add(uint8(255), uint8(0), []byte(strings.Repeat("\x01\x3f\xff", 200)))
	f.Fuzz(func(t *testing.T, capacity, top uint8, data []byte) {
		c := Config{Capacity: int(capacity), Top: 1 + int(top)}
		r, o := mustNew(t, c), &oracle{}
		// Two bytes make a sample: a mantissa and a shift, so that all of int64
		// is reached.
		for ; len(data) >= 2; data = data[2:] {
			v := int64(int8(data[0])) << (data[1] & 63)
			r.RecordCause(v, Cause(data[1]>>6))
			o.record(v, Cause(data[1]>>6))
		}
		checkInvariants(t, r, c, o)
	})
}

func TestCellsCoverInt64(t *testing.T) {
	edges := []int64{0, 1, 127, 128, 255, 256, 257, 511, 512, math.MaxInt64 - 1, math.MaxInt64}
	for shift := range 63 {
		edges = append(edges, 1<<shift, 1<<shift+1, 1<<shift-1)
	}
	for _, v := range edges {
		i := cell(v)
		if i < 0 || i >= cellCount {
			t.Fatalf("cell(%d) = %d, outside the histogram", v, i)
		}
		if top := cellTop(i); top < v {
			t.Fatalf("cellTop(cell(%d)) = %d", v, top)
		}
		if i > 0 && cellTop(i-1) >= v {
			t.Fatalf("%d is in cell %d, but cell %d reaches up to %d", v, i, i-1, cellTop(i-1))
		}
	}
	for i := range cellCount {
		if got := cell(cellTop(i)); got != i {
			t.Fatalf("cell(cellTop(%d)) = %d", i, got)
		}
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	r := mustNew(t, Config{Capacity: 100, Top: 8})
	next := int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		next++
		r.Record(22_000)
		r.Record(next * 1_000_000) // a new maximum every time
		r.Record(math.MaxInt64)
		r.Record(-next)
		if r.Outlier(next) {
			r.RecordCause(next, Steal)
		}
		_, _ = r.Count(), r.Max()
	}); n != 0 {
		t.Fatalf("%v allocations per round, want 0", n)
	}
	if n := testing.AllocsPerRun(10, r.Reset); n != 0 {
		t.Fatalf("%v allocations per Reset, want 0", n)
	}
}

func TestEmptyAndReset(t *testing.T) {
	c := Config{Capacity: 4, Top: 2}
	r := mustNew(t, c)
	empty := func() {
		t.Helper()
		if r.Max() != 0 || r.Quantile(.5) != 0 || len(r.Top()) != 0 || r.Negative() != 0 {
			t.Fatalf("empty recorder: max %d, median %d, top %v, negative %d",
				r.Max(), r.Quantile(.5), r.Top(), r.Negative())
		}
		checkInvariants(t, r, c, &oracle{})
	}
	empty()
	for _, v := range []int64{-5, 7, 9, 11, 13, 15} {
		r.Record(v)
	}
	if got := r.Top(); len(got) != 2 || got[0].Value != 15 || got[1].Value != 13 {
		t.Fatalf("Top = %v", got)
	}
	r.Reset()
	empty()
	r.Record(3)
	if got := r.Top(); len(got) != 1 || got[0] != (Outlier{Index: 0, Value: 3}) {
		t.Fatalf("Top after Reset = %v", got)
	}
}

func TestConfigRefusals(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{Config{Capacity: -1}, "Config.Capacity -1: must be 0 to"},
		{Config{Capacity: maxCapacity + 1}, fmt.Sprintf("Config.Capacity %d", maxCapacity+1)},
		{Config{Top: -1}, "Config.Top -1: must be 0 to 4095"},
		{Config{Top: 5000}, "Config.Top 5000"},
	} {
		_, err := New(c.config)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%+v): %v, want %q in it", c.config, err, c.want)
		}
	}
}

func TestSeriesIsACopyAndTellsOverflow(t *testing.T) {
	r := mustNew(t, Config{Capacity: 2, Top: 1})
	for _, v := range []int64{10, 20, 30} {
		r.Record(v)
	}
	s := r.Series("loop/x", time.Millisecond)
	r.Reset()
	r.Record(99)
	if !slices.Equal(s.Samples, []int64{10, 20}) || s.Counters["overflowed"] != 1 {
		t.Fatalf("series %+v", s)
	}
	if s.Name != "loop/x" || s.Kind != Latency || s.Unit != "ns" || s.Ops != 1 || s.Period != 1_000_000 {
		t.Fatalf("series %+v", s)
	}
	if len(s.Outliers) != 1 || s.Outliers[0] != (Outlier{Index: 2, Value: 30}) {
		t.Fatalf("outliers %+v", s.Outliers)
	}
}

func TestAddCause(t *testing.T) {
	r, err := New(Config{Top: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, ns := range []int64{50, 10, 40, 30, 20} {
		r.RecordCause(ns, Fault)
	}
	for _, index := range []int64{0, 1, 4, 4, 99, -1} {
		r.AddCause(index, Steal)
	}
	want := []Outlier{{0, 50, Fault | Steal}, {2, 40, Fault}, {3, 30, Fault}, {4, 20, Fault | Steal}}
	if got := r.Top(); !slices.Equal(got, want) {
		t.Errorf("outliers %v, want %v", got, want)
	}
	r.Reset()
	r.AddCause(-1, Steal) // the empty places
	r.Record(1)
	if got := r.Top(); !slices.Equal(got, []Outlier{{0, 1, Unattributed}}) {
		t.Errorf("outliers after Reset %v", got)
	}
}
