package blackbox

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/ring"
	"github.com/memkit-go/memkit/rt/trace"
)

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newRing makes both ends of a ring for n samples.
func newRing(t testing.TB, n int) (*ring.Producer[Sample], *ring.Consumer[Sample]) {
	a := must[*arena.Arena](t)(arena.New(arena.Config{Size: ring.SPSCSize[Sample](n)}))
	t.Cleanup(func() { a.Close() })
	r := must[*ring.SPSC[Sample]](t)(ring.CreateSPSC[Sample](a.Bytes(), n))
	return must[*ring.Producer[Sample]](t)(r.Producer()), must[*ring.Consumer[Sample]](t)(r.Consumer())
}

// recording is an MCAP file as this test reads it, by the format's own description
// (mcap.dev/spec) and without the library that wrote it.
type recording struct {
	topics      map[uint16]string
	messages    []message
	attachments map[string][]byte
	ended       bool // it has its end
	cut         bool // the last record is not whole
}

type message struct {
	topic string
	at    uint64
	data  map[string]any
}

var magic = []byte("\x89MCAP0\r\n")

func readRecording(t *testing.T, path string) recording {
	t.Helper()
	b := must[[]byte](t)(os.ReadFile(path))
	if !strings.HasPrefix(string(b), string(magic)) {
		t.Fatalf("%s does not begin as MCAP does", path)
	}
	r := recording{topics: map[uint16]string{}, attachments: map[string][]byte{}}
	for b = b[len(magic):]; len(b) > 0; {
		if string(b) == string(magic) {
			r.ended = true
			return r
		}
		if len(b) < 9 || uint64(len(b)-9) < binary.LittleEndian.Uint64(b[1:]) {
			r.cut = true
			return r
		}
		op, n := b[0], binary.LittleEndian.Uint64(b[1:])
		body := b[9 : 9+n]
		b = b[9+n:]
		text := func(at int) (string, int) {
			n := int(binary.LittleEndian.Uint32(body[at:]))
			return string(body[at+4 : at+4+n]), at + 4 + n
		}
		switch op {
		case 4: // channel
			topic, _ := text(4)
			r.topics[binary.LittleEndian.Uint16(body)] = topic
		case 5: // message
			m := message{topic: r.topics[binary.LittleEndian.Uint16(body)], at: binary.LittleEndian.Uint64(body[6:])}
			if err := json.Unmarshal(body[22:], &m.data); err != nil {
				t.Fatalf("%s: a message of %s: %v", path, m.topic, err)
			}
			r.messages = append(r.messages, m)
		case 9: // attachment
			name, at := text(16)
			_, at = text(at)
			size := int(binary.LittleEndian.Uint64(body[at:]))
			r.attachments[name] = body[at+8 : at+8+size]
		}
	}
	return r
}

// box is a Box with its recorder on a clock that the test moves.
type box struct {
	*Box
	recorder *Recorder
	time     int64
}

func newBox(t *testing.T, c Config) *box {
	t.Helper()
	out, in := newRing(t, 4096)
	c.Dir = t.TempDir()
	if c.Channels == nil {
		c.Channels = []Channel{{Name: "axis", Fields: []string{"position", "a \"quoted\"\x01 name"}}}
	}
	b := &box{Box: must[*Box](t)(New(c, in)), recorder: NewRecorder(out), time: 1e9}
	b.now = func() int64 { return b.time }
	return b
}

// TestTrip: a file has the samples of the time before and after the trip, whole, in
// order, and no others.
func TestTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Config{Rate: 200, Before: 2 * time.Second, After: time.Second})
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		b.now = func() int64 { return 1e9 + int64(time.Since(start)) }
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		beat := time.NewTicker(10 * time.Millisecond)
		for k := range 1000 { // ten seconds, two samples in each hundredth
			now := b.now()
			b.recorder.Tick(&rt.Tick{Index: int64(k), Intended: now - 20, Now: now})
			b.recorder.Log(1, now, float64(k), math.NaN())
			if k == 500 {
				b.Trip(now, "the guard: silent")
			}
			<-beat.C
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		s := b.Stats()
		if s.Samples != 2000 || s.Trips != 1 || s.Files != 1 || s.Malformed != 0 {
			t.Errorf("%v", s)
		}
		r := readRecording(t, s.Last)
		if !r.ended || r.cut {
			t.Error("the file has no end")
		}
		var positions []float64
		trips, ticks := 0, 0
		for _, m := range r.messages {
			switch m.topic {
			case "/axis":
				positions = append(positions, m.data["position"].(float64))
				if v, ok := m.data["a \"quoted\"\x01 name"]; !ok || v != nil {
					t.Fatalf("NaN is %v", v)
				}
			case "/tick":
				ticks++
				if m.data["wake_latency_ns"] != 20.0 {
					t.Fatalf("%v", m.data)
				}
			case "/trip":
				trips++
				if m.data["text"] != "the guard: silent" || m.at != uint64(start.UnixNano()+5e9) {
					t.Errorf("%v at %d", m.data, m.at)
				}
			}
		}
		n := len(positions)
		if trips != 1 || ticks != n || n < 295 || n > 305 || positions[0] < 299 || positions[0] > 301 || positions[n-1] < 598 || positions[n-1] > 602 {
			t.Errorf("%d trips, %d ticks, %d samples from %v to %v", trips, ticks, n, positions[0], positions[n-1])
		}
		for i := range positions {
			if positions[i] != positions[0]+float64(i) {
				t.Fatalf("sample %d is %v after %v", i, positions[i], positions[0])
			}
		}
	})
}

// TestLaterTrip: a trip during the time after another lengthens the file.
func TestLaterTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBox(t, Config{Rate: 100, After: time.Second})
		start := time.Now()
		b.now = func() int64 { return 1e9 + int64(time.Since(start)) }
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		beat := time.NewTicker(100 * time.Millisecond)
		for k := range 50 {
			b.recorder.Log(1, b.now(), float64(k), 0)
			if k == 10 || k == 15 || k == 40 {
				b.Trip(b.now(), fmt.Sprint(k))
			}
			<-beat.C
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if s := b.Stats(); s.Files != 2 || s.Trips != 3 {
			t.Errorf("%v", s)
		}
		first := must[[]string](t)(filepath.Glob(filepath.Join(b.c.Dir, "*-000.mcap")))[0]
		last := 0.0
		for _, m := range readRecording(t, first).messages {
			if m.topic == "/axis" {
				last = m.data["position"].(float64)
			}
		}
		if last < 24 || last > 25 {
			t.Errorf("the file of trips 10 and 15 ends with %v", last)
		}
	})
}

// TestMostFiles: a fault that repeats does not fill the disk.
func TestMostFiles(t *testing.T) {
	b := newBox(t, Config{Rate: 100, MostFiles: 2, After: 1})
	for k := range 5 {
		b.Trip(b.time-1, fmt.Sprint(k))
		if err := b.turn(); err != nil {
			t.Fatal(err)
		}
	}
	if s := b.Stats(); s.Files != 2 || s.Refused != 3 {
		t.Errorf("%v", s)
	}
}

// TestHostileSamples: samples of no channel are counted and left out.
func TestHostileSamples(t *testing.T) {
	b := newBox(t, Config{Rate: 100, After: 1})
	for _, s := range []Sample{{Channel: 2, Count: 2}, {Channel: math.MaxUint32}, {Channel: 1, Count: 1}, {Channel: 1, Count: math.MaxUint32}, {Channel: 1, Count: 2, At: b.time}} {
		b.recorder.out.Push(s)
	}
	b.Trip(b.time-1, "x")
	if err := b.turn(); err != nil {
		t.Fatal(err)
	}
	if s := b.Stats(); s.Samples != 1 || s.Malformed != 4 {
		t.Errorf("%v", s)
	}
	if n := len(readRecording(t, b.Stats().Last).messages); n != 2 {
		t.Errorf("%d messages", n)
	}
}

// TestTrace: the loop's trace is attached, in parts that a viewer can open.
func TestTrace(t *testing.T) {
	var names trace.Names
	label := names.Label("step")
	a := must[*arena.Arena](t)(arena.New(arena.Config{Size: trace.Size(64)}))
	defer a.Close()
	buffer := must[*trace.Buffer](t)(trace.Create(a.Bytes(), "loop", &names))
	tracer := must[*trace.Tracer](t)(buffer.Tracer())
	b := newBox(t, Config{Rate: 100, Before: time.Second, After: 1, Trace: []*trace.Buffer{buffer}})
	for k := range 5 {
		tracer.Begin(label, b.time)
		tracer.End(b.time + 100)
		if k == 4 {
			b.Trip(b.time-1, "x")
		}
		if err := b.turn(); err != nil {
			t.Fatal(err)
		}
		b.time += 6e8
	}
	if err := b.endTrace(); err != nil {
		t.Fatal(err)
	}
	r := readRecording(t, b.Stats().Last)
	for _, name := range []string{"trace-1.perfetto-trace", "trace-2.perfetto-trace"} {
		if !strings.Contains(string(r.attachments[name]), "step") {
			t.Errorf("%s: %d bytes without the label", name, len(r.attachments[name]))
		}
	}
}

// TestFull: a ring without room drops the sample and counts it.
func TestFull(t *testing.T) {
	out, in := newRing(t, 4)
	r := NewRecorder(out)
	n := 0
	for range 100 {
		r.Log(1, 1, 2, 3)
	}
	for {
		if _, ok := in.Pop(); !ok {
			break
		}
		n++
	}
	if r.Dropped() != uint64(100-n) || n == 0 {
		t.Errorf("%d dropped, %d received", r.Dropped(), n)
	}
}

func TestAllocates(t *testing.T) {
	out, in := newRing(t, 64)
	r := NewRecorder(out)
	tick := &rt.Tick{}
	if n := testing.AllocsPerRun(100, func() {
		r.Tick(tick)
		r.Log(1, 5, 1, 2, 3, 4, 5, 6)
		in.Pop()
		in.Pop()
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestConfig(t *testing.T) {
	good := Config{Dir: t.TempDir(), Rate: 1000, Channels: []Channel{{Name: "a", Fields: []string{"x"}}}}
	for field, change := range map[string]func(*Config){
		"Dir":         func(c *Config) { c.Dir += "/none" },
		"Rate":        func(c *Config) { c.Rate = 0 },
		"Before":      func(c *Config) { c.Before = -1 },
		"After":       func(c *Config) { c.After = 2 * time.Hour },
		"MostFiles":   func(c *Config) { c.MostFiles = -1 },
		"Channels[0]": func(c *Config) { c.Channels = []Channel{{Name: "tick", Fields: []string{"x"}}} },
		"Channels[1]": func(c *Config) { c.Channels = append(slices.Clone(c.Channels), Channel{Name: "b"}) },
	} {
		c := good
		change(&c)
		_, err := New(c, nil)
		var config *rt.ConfigError
		if !errors.As(err, &config) || config.Field != "Config."+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	c := good
	c.Rate, c.Before = 10_000_000, time.Hour
	if _, err := New(c, nil); err == nil {
		t.Error("a Box of 5 TB")
	}
}
