package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// writeGrowing writes a run in pieces of size samples, series by turns, without an end.
func writeGrowing(t testing.TB, run *Run, size int) (*Writer, *bytes.Buffer) {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, run)
	if err != nil {
		t.Fatal(err)
	}
	for from, more := 0, true; more; from += size {
		more = false
		for i := range run.Series {
			s := &run.Series[i]
			if from == 0 || from < len(s.Samples) {
				if err := w.Append(s, s.Samples[min(from, len(s.Samples)):min(from+size, len(s.Samples))]); err != nil {
					t.Fatal(err)
				}
				more = more || from+size < len(s.Samples)
			}
		}
	}
	return w, &b
}

func TestWriterRoundTrip(t *testing.T) {
	for _, size := range []int{1000, blockSamples, 3 * blockSamples} {
		want := sampleRun()
		w, b := writeGrowing(t, want, size)
		if n := w.Count(&want.Series[1]); n != blockSamples+3 {
			t.Errorf("counted %d", n)
		}
		if err := w.Finish(want); err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]io.Reader{
			"whole":    bytes.NewReader(b.Bytes()),
			"data-err": iotest.DataErrReader(bytes.NewReader(b.Bytes())),
			"half":     iotest.HalfReader(bytes.NewReader(b.Bytes())),
		} {
			got, err := Read(r)
			if err != nil {
				t.Fatalf("%d, %s: %v", size, name, err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%d, %s: read back\n%+v\nwant\n%+v", size, name, got, want)
			}
		}
	}
}

// smallRun is sampleRun in a few hundred bytes.
func smallRun() *Run {
	run := sampleRun()
	run.Series[1].Samples = run.Series[1].Samples[:300]
	return run
}

// TestGrowingFileIsStable fails when the bytes of version 2 change.
func TestGrowingFileIsStable(t *testing.T) {
	run := smallRun()
	w, b := writeGrowing(t, run, 100)
	if err := w.Finish(run); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(b.Bytes())
	const want = "c23579405fde62029a845eb0633a11e7a4b2fbe54fb68778cf45c421ace0f122"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Fatalf("version 2 of the format changed: digest %s, want %s", got, want)
	}
}

// TestCutGrowingFile: wherever a growing file ends, every complete block is read, and the
// run is incomplete; cut after nothing but its beginning it is refused.
func TestCutGrowingFile(t *testing.T) {
	run := smallRun()
	w, b := writeGrowing(t, run, 100)
	if err := w.Finish(run); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	most, read := 0, 0
	for n := range file {
		for _, zeros := range []int{0, 9000} {
			if zeros > 0 && n%11 != 0 {
				continue
			}
			got, err := Read(bytes.NewReader(append(bytes.Clone(file[:n]), make([]byte, zeros)...)))
			if err != nil {
				var format *FormatError
				if !errors.As(err, &format) {
					t.Fatalf("cut at %d: %v", n, err)
				}
				// Zeros in place of a half-written block's end may look damaged.
				if zeros == 0 && (read > 0 || !errors.Is(err, io.ErrUnexpectedEOF)) {
					t.Fatalf("cut at %d: %v, but less of it was read", n, err)
				}
				continue
			}
			if got.Incomplete == "" {
				t.Fatalf("cut at %d, read as a whole run", n)
			}
			samples := 0
			for i, s := range got.Series {
				samples += len(s.Samples)
				if want := run.Series[i].Samples; len(s.Samples) > len(want) || len(s.Samples) > 0 && !reflect.DeepEqual(s.Samples, want[:len(s.Samples)]) {
					t.Fatalf("cut at %d: other samples of %s", n, s.Name)
				}
			}
			if zeros == 0 {
				read++
				if samples < most {
					t.Fatalf("cut at %d: %d samples, cut before %d", n, samples, most)
				}
				most = samples
			}
		}
	}
	if most != 5+300+2+1 {
		t.Errorf("%d samples of the file without its last note", most)
	}
}

// TestFlippedByteInGrowingFile: a damaged file is refused, or read up to the damage and
// marked as incomplete.
func TestFlippedByteInGrowingFile(t *testing.T) {
	run := smallRun()
	w, b := writeGrowing(t, run, 100)
	if err := w.Finish(run); err != nil {
		t.Fatal(err)
	}
	file := b.Bytes()
	for i := range file {
		file[i] ^= 0x10
		if got, err := Read(bytes.NewReader(file)); err == nil && got.Incomplete == "" {
			t.Fatalf("byte %d of %d flipped, and the file was accepted", i, len(file))
		}
		file[i] ^= 0x10
	}
}

// TestReservedRest: what a writer of a mapped file had not filled in is no damage, what
// lies far behind is.
func TestReservedRest(t *testing.T) {
	run := smallRun()
	_, b := writeGrowing(t, run, 100)
	file := append(b.Bytes(), make([]byte, 2*maxTorn)...)
	torn := bytes.Clone(file)
	copy(torn[b.Len()+blockFields:], "half of a payload")
	for _, f := range [][]byte{file, torn} {
		if got, err := Read(bytes.NewReader(f)); err != nil || got.Incomplete != unfinished || len(got.Series[1].Samples) != 300 {
			t.Errorf("%v", err)
		}
	}
	file[len(file)-1] = 1
	if _, err := Read(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "bytes follow a block without samples") {
		t.Errorf("%v", err)
	}
}

// memory is a file in memory.
type memory []byte

func (m memory) WriteAt(b []byte, at int64) (int, error) { return copy(m[at:], b), nil }

// TestAbort: a run that ended early tells why, in place and without another byte.
func TestAbort(t *testing.T) {
	run := smallRun()
	for why, want := range map[string]string{
		"no space left on device":             "no space left on device",
		"line 1\n\xff\x01":                    "line 1\n?\x01",
		strings.Repeat("a long reason ", 200): strings.Repeat("a long reason ", 200)[:350],
	} {
		w, b := writeGrowing(t, run, 100)
		file := memory(bytes.Clone(b.Bytes()[:b.Len()-3])) // with a torn end
		if err := w.Abort(file, why); err != nil {
			t.Fatal(err)
		}
		got, err := Read(bytes.NewReader(file))
		if err != nil || got.Incomplete != want || len(got.Series[1].Samples) != 200 {
			t.Errorf("%.30q: %v, %.50q", why, err, got.Incomplete)
		}
	}
}

// block2 appends a block of version 2 with a checksum that fits.
func block2(b []byte, series, number, samples uint32, payload string) []byte {
	from := len(b)
	for _, v := range []uint32{series, number, samples, uint32(len(payload))} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return appendChecked(append(b, payload...), from)
}

func TestGrowingDefectsAreNamed(t *testing.T) {
	const one = `{"series":[{"name":"a","kind":"latency","unit":"ns","ops":1,"samples":0}]}`
	start := binary.LittleEndian.AppendUint32([]byte(magic), growing)
	noted := block2(bytes.Clone(start), noteSeries, 0, 0, one)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"nothing":          {start, "ends before its first note"},
		"no note":          {block2(bytes.Clone(start), 0, 0, 1, "\x02"), "not with a note"},
		"no JSON":          {block2(bytes.Clone(start), noteSeries, 0, 0, "{"), "a note is not the JSON"},
		"note again":       {block2(bytes.Clone(noted), noteSeries, 0, 0, one), "expected note 1"},
		"series unknown":   {block2(bytes.Clone(noted), 1, 0, 1, "\x02"), "of which no note tells"},
		"block missing":    {block2(bytes.Clone(noted), 0, 1, 1, "\x02"), "expected block 0 of series 0, found block 1"},
		"too short":        {block2(bytes.Clone(noted), 0, 0, 2, "\x02"), "1 bytes cannot hold 2 samples"},
		"left over":        {block2(bytes.Clone(noted), 0, 0, 1, "\x02\x02"), "1 bytes after its last sample"},
		"series lost":      {block2(bytes.Clone(noted), noteSeries, 1, 0, `{"series":[]}`), "has 0 series, the one before it had 1"},
		"series renamed":   {block2(bytes.Clone(noted), noteSeries, 1, 0, strings.Replace(one, `"a"`, `"b"`, 1)), "another name"},
		"samples missing":  {block2(bytes.Clone(noted), noteSeries, 1, 1, strings.Replace(one, `:0}`, `:7}`, 1)), "has 0 samples, the last note says 7"},
		"after the end":    {append(block2(bytes.Clone(noted), noteSeries, 1, 1, one), 0), "bytes follow the last note"},
		"invalid series":   {block2(bytes.Clone(noted), noteSeries, 1, 1, strings.Replace(one, "latency", "x", 1)), "another name"},
		"hostile note":     {append(bytes.Clone(start), 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255), "of 4294967295 bytes"},
		"damaged checksum": {append(noted[:len(noted)-1:len(noted)-1], 0), "a block is damaged"},
	} {
		_, err := Read(bytes.NewReader(c.file))
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, err, c.want)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	run := smallRun()
	if _, err := NewWriter(io.Discard, &Run{Look: -1}); err == nil {
		t.Error("a run that none can have made")
	}
	w, _ := writeGrowing(t, run, 100)
	if err := w.Append(&Series{Name: "x"}, nil); err == nil || !strings.Contains(err.Error(), `series "x": kind`) {
		t.Errorf("%v", err)
	}
	run.Series[0].Samples = run.Series[0].Samples[:2]
	if err := w.Finish(run); err == nil || !strings.Contains(err.Error(), "has 2 samples, of which 5 were appended") {
		t.Errorf("%v", err)
	}
	full := errors.New("disk full")
	for room := range 12 {
		run := smallRun()
		out := &failingWriter{room * 150, full}
		w, err := NewWriter(out, run)
		for i := range run.Series {
			if err == nil {
				err = w.Append(&run.Series[i], run.Series[i].Samples)
			}
		}
		if err == nil {
			err = w.Finish(run)
		}
		if room < 10 && !errors.Is(err, full) {
			t.Errorf("%d bytes: %v", room*150, err)
		}
	}
}
