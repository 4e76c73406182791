package recording

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sample is a recording that has kept the last 5 of 8 steps.
func sample() *Recording {
	r := New(Config{Name: "motor", Rate: 1000, Seed: 1<<63 + 5, Keep: 5, Signals: []Signal{{"speed", "rad/s"}, {`a "quoted", name`, "V"}}})
	r.Hash = 0xfedcba9876543210
	for i := range 8 {
		row := r.Row()
		row[0], row[1] = float64(i)*1.1, math.Sqrt(float64(i))
		switch i {
		case 5:
			row[1] = math.NaN()
		case 6:
			row[0], row[1] = math.Inf(1), math.Inf(-1)
		}
		if i == 4 || i == 7 {
			r.Note(int64(i), map[int]string{4: "fault", 7: "undo"}[i], "bias 5 on speed")
		}
	}
	return r
}

func equal(a, b *Recording) error {
	if a.Name() != b.Name() || a.Rate() != b.Rate() || a.Seed() != b.Seed() || a.Hash != b.Hash || a.First() != b.First() || a.Len() != b.Len() || !slices.Equal(a.Signals(), b.Signals()) || !slices.Equal(a.Events(), b.Events()) {
		return fmt.Errorf("%+v, %d rows; %+v, %d rows", a.c, a.rows, b.c, b.rows)
	}
	for i := range a.Len() {
		for j, v := range a.At(i) {
			if w := b.At(i)[j]; math.Float64bits(v) != math.Float64bits(w) && !(math.IsNaN(v) && math.IsNaN(w)) {
				return fmt.Errorf("step %d, column %d: %v and %v", i, j, v, w)
			}
		}
	}
	return nil
}

func TestTheLastStepsAreKept(t *testing.T) {
	r := sample()
	if r.Len() != 5 || r.First() != 3 {
		t.Fatal(r.Len(), r.First())
	}
	speed := r.Signal("speed")
	for i, v := range speed {
		if want := float64(i+3) * 1.1; v != want && i != 3 {
			t.Errorf("step %d: %v, want %v", i+3, v, want)
		}
	}
	if r.Signal("none") != nil {
		t.Error("an unknown signal has values")
	}
	for range mostEvents {
		r.Note(9, "x", "")
	}
	if len(r.Events()) != mostEvents || r.Omitted() != 2 {
		t.Error(len(r.Events()), r.Omitted())
	}
}

func TestRowAllocatesNothing(t *testing.T) {
	r := sample()
	if n := testing.AllocsPerRun(100, func() { r.Row()[0] = 1; r.Note(1, "a", "b") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestReadIsWhatWasWritten(t *testing.T) {
	for _, r := range []*Recording{sample(), New(Config{Name: "empty", Rate: 1, Keep: 1, Signals: []Signal{{"x", ""}}})} {
		var b bytes.Buffer
		if err := r.WriteMCAP(&b); err != nil {
			t.Fatal(err)
		}
		read, err := ReadMCAP(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := equal(r, read); err != nil {
			t.Error(err)
		}
	}
}

// The file is read here by the format's description (mcap.dev/spec), without the library
// that wrote it.
func TestMCAPIsReadIndependently(t *testing.T) {
	var b bytes.Buffer
	if err := sample().WriteMCAP(&b); err != nil {
		t.Fatal(err)
	}
	magic := "\x89MCAP0\r\n"
	in := b.Bytes()
	if !bytes.HasPrefix(in, []byte(magic)) || !bytes.HasSuffix(in, []byte(magic)) {
		t.Fatal("the file does not begin and end as MCAP does")
	}
	text := func(b []byte) (string, []byte) {
		n := binary.LittleEndian.Uint32(b)
		return string(b[4 : 4+n]), b[4+n:]
	}
	schemas, topics := map[uint16]map[string]any{}, map[uint16]string{}
	var steps, events []map[string]any
	var times []uint64
	for in = in[len(magic) : len(in)-len(magic)]; len(in) > 0; {
		op, n := in[0], binary.LittleEndian.Uint64(in[1:])
		body := in[9 : 9+n]
		in = in[9+n:]
		switch op {
		case 3: // schema
			id := binary.LittleEndian.Uint16(body)
			_, rest := text(body[2:])
			encoding, rest := text(rest)
			data, _ := text(rest)
			var s map[string]any
			if err := json.Unmarshal([]byte(data), &s); err != nil || encoding != "jsonschema" {
				t.Fatal(encoding, err)
			}
			schemas[id] = s
		case 4: // channel
			id := binary.LittleEndian.Uint16(body)
			topics[id], _ = text(body[4:])
			if schemas[binary.LittleEndian.Uint16(body[2:])] == nil {
				t.Errorf("the channel %s has no schema", topics[id])
			}
		case 5: // message
			id := binary.LittleEndian.Uint16(body)
			var m map[string]any
			if err := json.Unmarshal(body[22:], &m); err != nil {
				t.Fatal(err)
			}
			for key := range m {
				if schemas[id]["properties"].(map[string]any)[key] == nil {
					t.Errorf("the schema of %s has no %s", topics[id], key)
				}
			}
			if topics[id] == "/events" {
				events = append(events, m)
				continue
			}
			steps = append(steps, m)
			times = append(times, binary.LittleEndian.Uint64(body[6:]))
		}
	}
	if len(steps) != 5 || len(events) != 2 || steps[0]["step"] != 3.0 || steps[2][`a "quoted", name`] != "NaN" || steps[3]["speed"] != "Infinity" {
		t.Errorf("steps %v, events %v", steps, events)
	}
	if steps[4]["speed"] != sample().At(4)[0] || times[4] != 7e6 || events[0]["text"] != "bias 5 on speed" {
		t.Errorf("step 7 at %d ns: %v", times[4], steps[4])
	}
}

// Whatever was written before the disk was full is read.
func TestFileThatIsCutOff(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	if err := r.WriteMCAP(&b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	last := 0
	for n := range len(whole) {
		read, err := ReadMCAP(bytes.NewReader(whole[:n]))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("%d bytes: %v", n, err)
			}
			if last > 0 {
				t.Fatalf("%d bytes are refused, fewer were not: %v", n, err)
			}
			continue
		}
		if read.Len() < last || read.Len() > 5 {
			t.Fatalf("%d bytes have %d steps, fewer had %d", n, read.Len(), last)
		}
		last = read.Len()
	}
	if last != 5 {
		t.Errorf("the whole file has %d steps", last)
	}
}

// full is a disk with room for n bytes.
type full struct{ n int }

var errFull = errors.New("no space left on device")

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.n {
		n := f.n
		f.n = 0
		return n, errFull
	}
	f.n -= len(b)
	return len(b), nil
}

func TestFullDisk(t *testing.T) {
	r := sample()
	for name, write := range map[string]func(io.Writer) error{
		"MCAP": r.WriteMCAP, "CSV": r.WriteCSV, "SVG": func(w io.Writer) error { return r.WriteSVG(w, "speed") },
	} {
		for _, room := range []int{0, 1, 50, 100} {
			if err := write(&full{room}); !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "recording: "+name) {
				t.Errorf("%s with room for %d bytes: %v", name, room, err)
			}
		}
	}
	if f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0); err == nil {
		if err := r.WriteMCAP(f); err == nil {
			t.Error("a full disk takes a file")
		}
		_ = f.Close()
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := sample().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(lines) != 6 {
		t.Fatal(err, lines)
	}
	if !slices.Equal(lines[0], []string{"step", "time [s]", "speed [rad/s]", `a "quoted", name [V]`}) || !slices.Equal(lines[1][:2], []string{"3", "0.003"}) {
		t.Error(lines[:2])
	}
	if v, err := strconv.ParseFloat(lines[5][2], 64); err != nil || v != sample().At(4)[0] || lines[3][3] != "NaN" {
		t.Error(lines)
	}
}

// A drawing is well-formed, has the lines that were asked for, and shades the faults.
func TestSVG(t *testing.T) {
	r := sample()
	var b bytes.Buffer
	if err := r.WriteSVG(&b, "speed", `a "quoted", name`); err != nil {
		t.Fatal(err)
	}
	classes := map[string]int{}
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if a.Name.Local == "class" {
					classes[a.Value]++
				}
			}
		}
	}
	// A single value between two that are not finite makes no line.
	if classes["line0"] != 1 || classes["line1"] != 1 || classes["fault"] != 1 || classes["name1"] != 1 || classes["grid"] == 0 {
		t.Errorf("classes: %v", classes)
	}
	if err := r.WriteSVG(&b, "none"); err == nil {
		t.Error("an unknown signal is drawn")
	}
	if err := New(Config{Keep: 1, Rate: 1, Signals: []Signal{{"x", "V"}}}).WriteSVG(&b, "x"); err != nil {
		t.Error(err)
	}
}

// A million steps make a drawing of a few thousand points, with every peak.
func TestSVGOfManySteps(t *testing.T) {
	r := New(Config{Rate: 1000, Keep: 100_000, Signals: []Signal{{"x", "V"}}})
	for i := range 100_000 {
		v := math.Sin(float64(i) / 1000)
		if i == 77_777 {
			v = 5
		}
		r.Row()[0] = v
	}
	points := r.points(0)
	peak := false
	for _, p := range points {
		peak = peak || p.Y == 5
	}
	if len(points) > mostPoints || !peak {
		t.Errorf("%d points, the peak is there: %t", len(points), peak)
	}
}

func FuzzReadMCAP(f *testing.F) {
	var b bytes.Buffer
	if err := sample().WriteMCAP(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:200])
	f.Add([]byte("\x89MCAP0\r\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := ReadMCAP(bytes.NewReader(in))
		if err != nil {
			if !errors.Is(err, ErrFormat) {
				t.Fatal(err)
			}
			return
		}
		var out bytes.Buffer
		if err := r.WriteMCAP(&out); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadMCAP(&out); err != nil || equal(r, again) != nil {
			t.Fatal(err, equal(r, again))
		}
	})
}

func Example() {
	r := New(Config{Name: "tank", Rate: 10, Keep: 100, Signals: []Signal{{Name: "level", Unit: "m"}}})
	for i := range 3 {
		r.Row()[0] = float64(i) / 4
	}
	_ = r.WriteCSV(os.Stdout)
	// Output:
	// step,time [s],level [m]
	// 0,0,0
	// 1,0.1,0.25
	// 2,0.2,0.5
}
