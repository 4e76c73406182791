package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// sampleRun has every field in use: two processes, a batch series, a series that
// could not be measured, and one that needs two blocks.
func sampleRun() *Run {
	long := make([]int64, blockSamples+3)
	for i := range long {
		long[i] = 20_000 + int64(i%97)
	}
	return &Run{
		Created: "2026-01-02T03:04:05Z",
		Command: []string{"rtbench", "run"},
		Env:     map[string]string{"cpu": "test", "kernel": "6.1"},
		Series: []Series{
			{Name: "loop/a", Kind: Latency, Unit: "ns", Ops: 1, Period: 1_000_000, Samples: []int64{5, -3, math.MaxInt64, math.MinInt64, 0},
				Counters: map[string]float64{"skipped": 0, "periods": 5}, Outliers: []Outlier{{2, math.MaxInt64, Steal | Switch}}},
			{Name: "pool/b", Kind: Latency, Unit: "ns", Ops: 1, Samples: long},
			{Name: "pool/b", Kind: Batch, Unit: "ns", Ops: 1000, Samples: []int64{21_000, 22_000}},
			{Name: "loop/a", Kind: Latency, Unit: "ns", Process: 1, Ops: 1, Samples: []int64{7}},
			{Name: "today/c", Kind: Batch, Unit: "ns", Ops: 1, Unavailable: "built without cgo"},
		},
		Interference: []Interference{{At: 0, Steal: 0}, {At: 100_000_000, Steal: 0.25}},
	}
}

func encode(t testing.TB, run *Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRunFileRoundTrip(t *testing.T) {
	want := sampleRun()
	file := encode(t, want)
	for name, r := range map[string]io.Reader{
		"whole":       bytes.NewReader(file),
		"one-byte":    iotest.OneByteReader(bytes.NewReader(file)),
		"data-err":    iotest.DataErrReader(bytes.NewReader(file)),
		"half-buffer": iotest.HalfReader(bytes.NewReader(file)),
	} {
		got, err := Read(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: read back\n%+v\nwant\n%+v", name, got, want)
		}
	}
}

// TestRunFileIsStable fails when the bytes of version 1 change: files that users
// keep must stay readable, so a change of format is a new version.
func TestRunFileIsStable(t *testing.T) {
	sum := sha256.Sum256(encode(t, sampleRun()))
	const want = "857f5b41a60f5f9d46b2a182eb544f4eb671ba477a2415a8e4a71c74a9373ddc"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Fatalf("version 1 of the format changed: digest %s, want %s", got, want)
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	run := sampleRun()
	run.Series[1].Samples = run.Series[1].Samples[:300]
	file := encode(t, run)
	for n := range file {
		_, err := Read(bytes.NewReader(file[:n]))
		var format *FormatError
		if !errors.As(err, &format) || !errors.Is(err, io.ErrUnexpectedEOF) || format.Offset != int64(n) {
			t.Fatalf("cut at %d of %d: %v", n, len(file), err)
		}
	}
}

func TestEveryFlippedByteIsRefused(t *testing.T) {
	run := sampleRun()
	run.Series[1].Samples = run.Series[1].Samples[:300]
	file := encode(t, run)
	for i := range file {
		file[i] ^= 0x10
		if _, err := Read(bytes.NewReader(file)); err == nil {
			t.Fatalf("byte %d of %d flipped, and the file was accepted", i, len(file))
		}
		file[i] ^= 0x10
	}
}

// reseal gives tampered bytes a digest that fits, so that only the tampering
// itself is left to find.
func reseal(body []byte) []byte {
	sum := sha256.Sum256(body)
	return append(body, sum[:]...)
}

// withHeader is a file that has nothing but a header of the given JSON.
func withHeader(text string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(magic), version)
	from := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	b = append(b, text...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

func TestDefectsAreNamed(t *testing.T) {
	file := encode(t, sampleRun())
	body := file[:len(file)-digestSize]
	one := `{"series":[{"name":"a","kind":"latency","unit":"ns","ops":1,"samples":2}]}`
	swapped := appendBlock(appendBlock(withHeader(strings.Replace(one, `2}`, `65537}`, 1)), 0, 1, []int64{1}), 0, 0, make([]int64, blockSamples))

	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":            {nil, "byte 0: ends in the magic"},
		"text":             {[]byte("x\n1\n2\n3\n4\n5\n"), "byte 0: starts with \"x\\n1\\n2\\n3\\n\", not"},
		"other version":    {append(append([]byte(magic), 9, 0, 0, 0), body[12:]...), "byte 8: version 9"},
		"hostile header":   {append([]byte(magic), 1, 0, 0, 0, 255, 255, 255, 255), "byte 12: header of 4294967295 bytes"},
		"no JSON":          {reseal(withHeader(`{"series":[}`)), "byte 28: header is not the JSON"},
		"NaN counter":      {reseal(withHeader(`{"series":[{"counters":{"skipped":NaN}}]}`)), "header is not the JSON"},
		"negative count":   {reseal(withHeader(strings.Replace(one, "2}", "-2}", 1))), "claims -2 samples"},
		"huge count":       {reseal(withHeader(strings.Replace(one, "2}", "9e17}", 1))), "byte"},
		"reordered":        {reseal(swapped), "blocks are reordered, missing or damaged"},
		"short block":      {reseal(appendBlock(withHeader(one), 0, 0, []int64{1})), "holds 1 samples, the header says 2"},
		"digest":           {append(bytes.Clone(body), make([]byte, digestSize)...), "digest does not match"},
		"trailing":         {append(bytes.Clone(file), 0), "bytes follow the digest"},
		"unnamed series":   {reseal(withHeader(`{"series":[{"kind":"latency","unit":"ns","ops":1}]}`)), "it has no name"},
		"unknown kind":     {reseal(withHeader(`{"series":[{"name":"a","kind":"x","unit":"ns","ops":1}]}`)), `kind "x" is neither`},
		"fractional value": {reseal(withHeader(strings.Replace(one, "2}", "2.5}", 1))), "header is not the JSON"},
	} {
		_, err := Read(bytes.NewReader(c.file))
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

func TestDamagedPayloadIsNamed(t *testing.T) {
	head := withHeader(`{"series":[{"name":"a","kind":"latency","unit":"ns","ops":1,"samples":2}]}`)
	for name, c := range map[string]struct {
		payload []byte
		want    string
	}{
		"too short": {[]byte{2}, "1 bytes cannot hold 2 samples"},
		"too long":  {make([]byte, 21), "21 bytes cannot hold 2 samples"},
		"overlong":  {[]byte{2, 2, 2}, "has 1 bytes after its last sample"},
		"unended":   {[]byte{2, 0x80}, "ends inside a sample"},
	} {
		block := make([]byte, 8, 64)
		block = binary.LittleEndian.AppendUint32(block, 2)
		block = binary.LittleEndian.AppendUint32(block, uint32(len(c.payload)))
		file := reseal(append(bytes.Clone(head), appendChecked(block, 0, c.payload)...))
		if _, err := Read(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

func TestReadPassesReaderErrorsOn(t *testing.T) {
	broken := errors.New("disk on fire")
	r := io.MultiReader(bytes.NewReader(encode(t, sampleRun())[:40]), iotest.ErrReader(broken))
	if _, err := Read(r); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
}

// TestHostileCountsTakeNoMemory reads a 150-byte file that claims 2^60 samples.
func TestHostileCountsTakeNoMemory(t *testing.T) {
	file := withHeader(`{"series":[{"name":"a","kind":"latency","unit":"ns","ops":1,"samples":1152921504606846976}]}`)
	file = append(file, make([]byte, 20)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(file)); err == nil {
		t.Fatal("accepted")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Fatalf("took %d bytes", grown)
	}
}

func TestWriteRefusals(t *testing.T) {
	ok := Series{Name: "a", Kind: Latency, Unit: "ns", Ops: 1}
	for want, spoil := range map[string]func(*Run){
		`series 0 (""): it has no name`: func(r *Run) { r.Series[0].Name = "" },
		`kind "" is neither`:            func(r *Run) { r.Series[0].Kind = "" },
		"its name is not UTF-8":         func(r *Run) { r.Series[0].Name = "a\xff" },
		"it has no unit":                func(r *Run) { r.Series[0].Unit = "" },
		"process -1":                    func(r *Run) { r.Series[0].Process = -1 },
		"covers at least 1 operation":   func(r *Run) { r.Series[0].Ops = 0 },
		"covers exactly 1 operation":    func(r *Run) { r.Series[0].Ops = 2 },
		"start -1":                      func(r *Run) { r.Series[0].Start = -1 },
		"interference 0: at -1":         func(r *Run) { r.Interference = []Interference{{At: -1}} },
		"interference 0: quota -1":      func(r *Run) { r.Interference = []Interference{{Quota: -1}} },
		"interference 1: at 4 after 5":  func(r *Run) { r.Interference = []Interference{{At: 5}, {At: 4}} },
		"period -1":                     func(r *Run) { r.Series[0].Period = -1 },
		`counter "skipped" is NaN`:      func(r *Run) { r.Series[0].Counters = map[string]float64{"skipped": math.NaN()} },
		`counter "x" is +Inf`:           func(r *Run) { r.Series[0].Counters = map[string]float64{"x": math.Inf(1)} },
		`look -1`:                       func(r *Run) { r.Look = -1 },
		`fact "x" is NaN`:               func(r *Run) { r.Series[0].Facts = map[string]float64{"x": math.NaN()} },
		`"x" is both a counter and a fact`: func(r *Run) {
			r.Series[0].Counters, r.Series[0].Facts = map[string]float64{"x": 1}, map[string]float64{"x": 1}
		},
		"is unavailable (why) and has samples":  func(r *Run) { r.Series[0].Unavailable, r.Series[0].Samples = "why", []int64{1} },
		"a second latency series of process 0":  func(r *Run) { r.Series = append(r.Series, ok) },
		"interference 0: steal NaN is no share": func(r *Run) { r.Interference = []Interference{{Steal: math.NaN()}} },
		"interference 0: steal 1.5":             func(r *Run) { r.Interference = []Interference{{Steal: 1.5}} },
	} {
		run := &Run{Series: []Series{ok}}
		spoil(run)
		var b bytes.Buffer
		if err := Write(&b, run); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
		if b.Len() != 0 {
			t.Errorf("%s: %d bytes written before the refusal", want, b.Len())
		}
	}
}

func TestWritePassesWriterErrorsOn(t *testing.T) {
	full := errors.New("disk full")
	for room := range 6 {
		if err := Write(&failingWriter{room * 20_000, full}, sampleRun()); room < 4 && !errors.Is(err, full) {
			t.Fatalf("after %d bytes: %v", room*20_000, err)
		}
	}
}

type failingWriter struct {
	room int
	err  error
}

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, w.err
	}
	return len(b), nil
}

// FuzzRead: whatever the bytes, Read either refuses them with an error or gives
// a run that is written and read back unchanged.
func FuzzRead(f *testing.F) {
	run := sampleRun()
	run.Series[1].Samples = run.Series[1].Samples[:300]
	file := encode(f, run)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(encode(f, &Run{}))
	f.Add(reseal(withHeader(`{"series":[{"name":"a","kind":"latency","unit":"ns","ops":1,"samples":2}]}`)))
	f.Add([]byte("x\n1\n"))
	w, growing := writeGrowing(f, run, 100)
	f.Add(bytes.Clone(growing.Bytes()))
	if err := w.Finish(run); err != nil {
		f.Fatal(err)
	}
	f.Add(growing.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(encode(t, run)))
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if !bytes.Equal(encode(t, run), encode(t, again)) {
			t.Fatalf("changed on the way:\n%+v\n%+v", run, again)
		}
	})
}

// FuzzRoundTrip: every sample comes back.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte{}, "a")
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x80\xff\xff\xff\xff\xff\xff\xff\x7f"), "loop/x")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		s := Series{Name: name, Kind: Latency, Unit: "ns", Ops: 1}
		for ; len(data) >= 8; data = data[8:] {
			s.Samples = append(s.Samples, int64(binary.LittleEndian.Uint64(data)))
		}
		var b bytes.Buffer
		if err := Write(&b, &Run{Series: []Series{s}}); err != nil {
			return
		}
		run, err := Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(run.Series[0].Samples, s.Samples) {
			t.Fatalf("%v came back as %v", s.Samples, run.Series[0].Samples)
		}
	})
}

func BenchmarkWriteRead(b *testing.B) {
	run := &Run{Series: []Series{{Name: "a", Kind: Latency, Unit: "ns", Ops: 1, Samples: series(1_000_000)}}}
	file := encode(b, run)
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if err := Write(io.Discard, run); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(file))/1e6, "B/sample")
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := Read(bytes.NewReader(file)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
