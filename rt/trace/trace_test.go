package trace

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt/ring"
)

var (
	names Names
	step  = names.Label("step")
	read  = names.Label("read")
	queue = names.Counter("queue", Count)
)

// rig is one buffer with both of its sides and the file.
type rig struct {
	testing.TB
	*Buffer
	*Tracer
	w    *Writer
	file bytes.Buffer
}

func newRig(t testing.TB, events int) *rig {
	t.Helper()
	r := &rig{TB: t}
	var err error
	if r.Buffer, err = create(make([]byte, Size(events)), "loop", &names, events); err != nil {
		t.Fatal(err)
	}
	if r.Tracer, err = r.Buffer.Tracer(); err != nil {
		t.Fatal(err)
	}
	if r.w, err = NewWriter(&r.file, Process{Name: "test", ID: 7}, r.Buffer); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) drain() {
	r.Helper()
	if err := r.w.Drain(); err != nil {
		r.Fatal(err)
	}
}

// finish closes the Writer and decodes the file.
func (r *rig) finish() decoded {
	r.Helper()
	if err := r.w.Close(); err != nil {
		r.Fatal(err)
	}
	return checkTrace(r, r.file.Bytes(), r.w.Stats())
}

func equal(t testing.TB, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestTrace(t *testing.T) {
	r := newRig(t, 16)
	r.Tick(1000, 1021)
	r.Begin(step, 1021)
	r.Begin(read, 1030)
	r.Count(queue, -3, 1031)
	r.End(1040)
	r.Instant(read, 1050)
	r.End(1060)
	d := r.finish()

	equal(t, d.on("loop"), []string{
		"1021 loop ! tick", "1021 loop + step", "1030 loop + read", "1040 loop -", "1050 loop ! read", "1060 loop -",
	})
	equal(t, d.on("loop: wake latency"), []string{"1021 loop: wake latency = 21"})
	equal(t, d.on("loop: queue"), []string{"1031 loop: queue = -3"})
	equal(t, d.on("loop: dropped events"), []string{"1021 loop: dropped events = 0"})
	if d.process != "test 7" {
		t.Errorf("process %q", d.process)
	}
	units := map[string]Unit{}
	for _, track := range d.tracks {
		if track.counter {
			units[track.name] = track.unit
		}
	}
	if units["loop: wake latency"] != Nanoseconds || units["loop: queue"] != Count || len(units) != 3 {
		t.Errorf("counters %v", units)
	}
	if s := r.w.Stats(); s != (Stats{Written: 7}) {
		t.Errorf("%+v", s)
	}
}

// TestLoss drops events at every place of a span's life.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		name    string
		record  func(*rig)
		want    []string
		dropped int64
	}{
		{"the end", func(r *rig) {
			r.Instant(read, 1)
			r.Begin(step, 2)
			r.End(3) // no room
			r.drain()
			r.Begin(step, 4)
			r.End(5)
		}, []string{"1 loop ! read", "2 loop + step", "4 loop -", "4 loop + step", "5 loop -"}, 1},
		{"the beginning", func(r *rig) {
			r.Instant(read, 1)
			r.Instant(read, 1)
			r.Begin(step, 2) // no room
			r.drain()
			r.End(3)
			r.Instant(read, 4)
		}, []string{"1 loop ! read", "1 loop ! read", "4 loop ! read"}, 2},
		{"an inner end", func(r *rig) {
			r.Begin(step, 1)
			r.Begin(read, 2)
			r.End(3) // no room
			r.drain()
			r.End(4)
		}, []string{"1 loop + step", "2 loop + read", "4 loop -", "4 loop -"}, 1},
		{"the outer beginning", func(r *rig) {
			r.Instant(read, 1)
			r.Instant(read, 1)
			r.Begin(step, 2) // no room
			r.drain()
			r.Begin(read, 3)
			r.End(4)
			r.drain()
			r.End(5)
		}, []string{"1 loop ! read", "1 loop ! read", "3 loop + read", "4 loop -"}, 2},
		{"an end and a beginning of equal depth", func(r *rig) {
			r.Begin(step, 1)
			r.Begin(read, 2)
			r.End(3)         // no room
			r.Begin(read, 4) // no room
			r.drain()
			r.Begin(step, 5)
			r.End(6)
			r.drain()
			r.End(7)
			r.End(8)
		}, []string{"1 loop + step", "2 loop + read", "5 loop -", "5 loop + step", "6 loop -", "8 loop -"}, 3},
		{"the last events", func(r *rig) {
			r.Begin(step, 1)
			r.End(2)
			r.Begin(step, 3) // no room
			r.End(4)         // no room
		}, []string{"1 loop + step", "2 loop -"}, 2},
		{"an end too many", func(r *rig) {
			r.End(1)
			r.Begin(step, 2)
			r.End(3)
		}, []string{"2 loop + step", "3 loop -"}, 1},
		{"everything there is", func(r *rig) { r.End(1) }, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, 2)
			c.record(r)
			d := r.finish()
			equal(t, d.on("loop"), c.want)
			if got := r.w.Stats().Dropped; got != c.dropped {
				t.Errorf("dropped %d, want %d", got, c.dropped)
			}
		})
	}
}

// TestGapHasAPlace: the counter changes at the first event behind the gap.
func TestGapHasAPlace(t *testing.T) {
	r := newRig(t, 1)
	r.Instant(read, 1)
	r.Instant(read, 2) // no room
	r.Instant(read, 3) // no room
	r.drain()
	r.Instant(read, 4)
	r.drain()
	r.Instant(read, 5)
	r.Instant(read, 6) // no room
	equal(t, r.finish().on("loop: dropped events"), []string{
		"1 loop: dropped events = 0", "4 loop: dropped events = 2", "5 loop: dropped events = 3",
	})
}

// TestEndless begins spans and never ends them, as a bug would.
func TestEndless(t *testing.T) {
	r := newRig(t, 1024)
	for i := range int64(maxOpen + 100) {
		r.Begin(step, i)
	}
	for i := range int64(maxOpen + 100) {
		r.End(1000 + i)
	}
	r.finish()
	if s := r.w.Stats(); s != (Stats{Written: 2 * maxOpen, Dropped: 200}) {
		t.Errorf("%+v", s)
	}
}

func TestTwoThreads(t *testing.T) {
	var file bytes.Buffer
	var tracers []*Tracer
	var buffers []*Buffer
	for _, track := range []string{"audio", "control"} {
		b, err := Create(make([]byte, Size(4)), track, &names)
		if err != nil {
			t.Fatal(err)
		}
		tracer, err := b.Tracer()
		if err != nil {
			t.Fatal(err)
		}
		buffers, tracers = append(buffers, b), append(tracers, tracer)
	}
	w, err := NewWriter(&file, Process{Name: "test", ID: 7}, buffers...)
	if err != nil {
		t.Fatal(err)
	}
	tracers[0].Begin(step, 1)
	tracers[1].Begin(read, 2)
	tracers[1].End(3)
	tracers[0].End(4)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d := checkTrace(t, file.Bytes(), w.Stats())
	equal(t, d.on("audio"), []string{"1 audio + step", "4 audio -"})
	equal(t, d.on("control"), []string{"2 control + read", "3 control -"})
}

// TestJoined: traces of two processes, one file behind the other, are a trace.
func TestJoined(t *testing.T) {
	var file bytes.Buffer
	for _, p := range []Process{{"a", 7}, {"b", 8}} {
		b, err := Create(make([]byte, Size(4)), p.Name, &names)
		if err != nil {
			t.Fatal(err)
		}
		tracer, err := b.Tracer()
		if err != nil {
			t.Fatal(err)
		}
		w, err := NewWriter(&file, p, b)
		if err != nil {
			t.Fatal(err)
		}
		tracer.Instant(step, 1)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	d, err := decode(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, d.on("a"), []string{"1 a ! step"})
	equal(t, d.on("b"), []string{"1 b ! step"})
}

// TestTwoProcesses has each side attach to the region on its own; the tracing
// one dies in the middle of a span and another takes over.
func TestTwoProcesses(t *testing.T) {
	region := make([]byte, Size(16))
	if _, err := Create(region, "loop", &names); err != nil {
		t.Fatal(err)
	}
	attach := func(n *Names) *Buffer {
		b, err := Attach(region, "loop", n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	claim := func(n *Names) *Tracer {
		tracer, err := attach(n).Tracer()
		if err != nil {
			t.Fatal(err)
		}
		return tracer
	}
	var file bytes.Buffer
	w, err := NewWriter(&file, Process{Name: "test", ID: 7}, attach(&names))
	if err != nil {
		t.Fatal(err)
	}
	first := claim(&names)
	if _, err := attach(&names).Tracer(); !errors.Is(err, ring.ErrHeld) {
		t.Errorf("second tracer: %v, want ErrHeld", err)
	}
	first.Begin(step, 1)
	first.Begin(read, 2)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := claim(&names)
	second.Begin(step, 10)
	second.End(11)
	if err := w.Drain(); err != nil {
		t.Fatal(err)
	}
	equal(t, checkTrace(t, file.Bytes(), w.Stats()).on("loop"), []string{
		"1 loop + step", "2 loop + read", "10 loop -", "10 loop -", "10 loop + step", "11 loop -",
	})
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}

	var other Names
	other.Label("read")
	claim(&other)
	if err := w.Drain(); !errors.Is(err, ErrNames) {
		t.Errorf("tracer with other names: %v, want ErrNames", err)
	}
	if err := w.Close(); !errors.Is(err, ErrNames) {
		t.Errorf("Close: %v, want ErrNames", err)
	}
}

func TestRefused(t *testing.T) {
	var many Names
	many.labels = make([]string, maxNames+1)
	good := make([]byte, Size(64))
	var layout *ring.LayoutError
	_, err := Attach(good, "loop", &names)
	if !errors.As(err, &layout) {
		t.Errorf("Attach to an empty region: %v, want a LayoutError", err)
	}
	for _, c := range []struct {
		name   string
		region []byte
		track  string
		names  *Names
		want   string
	}{
		{"no region", nil, "loop", &names, "region of 0 bytes"},
		{"short region", good[:Size(1)-1], "loop", &names, "give e.g. trace.Size(1<<14)"},
		{"odd region", good[1 : 1+Size(1)], "loop", &names, "aligned"},
		{"no track", good, "", &names, "must not be empty"},
		{"too many names", good, "loop", &many, "65537 labels"},
	} {
		if _, err := Create(c.region, c.track, c.names); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if _, err := Attach(c.region, c.track, c.names); err == nil {
			t.Errorf("%s: Attach succeeded", c.name)
		}
	}
	b, err := Create(good, "loop", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewWriter(io.Discard, Process{}, b, b); !errors.Is(err, ring.ErrHeld) {
		t.Errorf("one buffer twice: %v, want ErrHeld", err)
	}
	if _, err := NewWriter(io.Discard, Process{}, b); err != nil {
		t.Errorf("the refusal kept the buffer: %v", err)
	}
	if _, err := NewWriter(io.Discard, Process{}, make([]*Buffer, maxThreads+1)...); err == nil {
		t.Error("too many buffers: no error")
	}
	if Size(0) != 0 || Size(-1) != 0 || Size(ring.MaxCapacity+1) != 0 {
		t.Error("Size of what cannot be is not 0")
	}
}

func TestCapacity(t *testing.T) {
	for _, c := range []struct{ bytes, want int }{
		// The ring takes whole pairs of cache lines, of four events each.
		{Size(1), 4}, {Size(8) - 1, 4}, {Size(8), 8}, {Size(100), 128}, {Size(128) + 4000, 128},
	} {
		b, err := Create(make([]byte, c.bytes), "loop", nil)
		if err != nil {
			t.Fatal(err)
		}
		if b.Cap() != c.want {
			t.Errorf("%d bytes hold %d events, want %d", c.bytes, b.Cap(), c.want)
		}
	}
}

func TestNames(t *testing.T) {
	var n Names
	a, b := n.Label("a"), n.Label("b")
	if a == b || n.Label("a") != a {
		t.Error("labels are not interned")
	}
	if c := n.Counter("a", Bytes); n.Counter("a", Bytes) != c || n.Counter("a", Count) == c {
		t.Error("counters are not interned")
	}
	digests := map[uint64]string{}
	for name, declare := range map[string]func(*Names){
		"none":         func(*Names) {},
		"a b":          func(n *Names) { n.Label("a"); n.Label("b") },
		"b a":          func(n *Names) { n.Label("b"); n.Label("a") },
		"ab":           func(n *Names) { n.Label("ab") },
		"counter":      func(n *Names) { n.Counter("a", Count) },
		"label":        func(n *Names) { n.Label("a") },
		"other unit":   func(n *Names) { n.Counter("a", Bytes) },
		"both":         func(n *Names) { n.Label("a"); n.Counter("b", Count) },
		"both swapped": func(n *Names) { n.Label("b"); n.Counter("a", Count) },
	} {
		var n Names
		declare(&n)
		if same, ok := digests[n.digest()]; ok {
			t.Errorf("%q and %q have one digest", name, same)
		}
		digests[n.digest()] = name
	}
}

// TestForeignText: names need not be UTF-8, the file must be.
func TestForeignText(t *testing.T) {
	var n Names
	bad := n.Label("a\xff")
	b, err := Create(make([]byte, Size(4)), "\xfe", &n)
	if err != nil {
		t.Fatal(err)
	}
	tracer, err := b.Tracer()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := NewWriter(&file, Process{Name: "\xfd", ID: 7}, b)
	if err != nil {
		t.Fatal(err)
	}
	tracer.Instant(bad, 1)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	equal(t, checkTrace(t, file.Bytes(), w.Stats()).on("\uFFFD"), []string{"1 \uFFFD ! a\uFFFD"})
}

// TestLateName: a name declared behind Create's back is no name.
func TestLateName(t *testing.T) {
	late := Names{labels: slices.Clone(names.labels)}
	b, err := Create(make([]byte, Size(4)), "loop", &late)
	if err != nil {
		t.Fatal(err)
	}
	tracer, err := b.Tracer()
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWriter(io.Discard, Process{}, b)
	if err != nil {
		t.Fatal(err)
	}
	tracer.Instant(late.Label("late"), 1)
	tracer.Count(late.Counter("late", Count), 1, 2)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if s := w.Stats(); s != (Stats{Dropped: 2}) {
		t.Errorf("%+v", s)
	}
}

// failing fails on the nth write.
type failing struct {
	n   int
	err error
}

func (f *failing) Write(b []byte) (int, error) {
	if f.n--; f.n <= 0 {
		return 0, f.err
	}
	return len(b), nil
}

func TestWriteError(t *testing.T) {
	b, err := Create(make([]byte, Size(4)), "loop", &names)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	w, err := NewWriter(&failing{2, full}, Process{}, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Drain(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Drain(); !errors.Is(err, full) {
			t.Fatalf("Drain: %v", err)
		}
	}
	if err := w.Run(context.Background(), time.Second); !errors.Is(err, full) {
		t.Fatalf("Run: %v", err)
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Fatalf("Close: %v", err)
	}
	if _, err := NewWriter(io.Discard, Process{}, b); err != nil {
		t.Fatalf("Close kept the buffer: %v", err)
	}
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 4)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- r.w.Run(ctx, 10*time.Millisecond) }()
		for i := range int64(50) {
			r.Begin(step, i)
			r.End(i)
			time.Sleep(11 * time.Millisecond)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		r.finish()
		if s := r.w.Stats(); s != (Stats{Written: 100}) {
			t.Errorf("%+v", s)
		}
		if err := r.w.Run(ctx, 0); err == nil {
			t.Error("Run every 0: no error")
		}
	})
}

func TestNoAllocation(t *testing.T) {
	r := newRig(t, 1<<12)
	record := func() {
		r.Tick(1, 2)
		r.Begin(step, 2)
		r.Count(queue, 3, 2)
		r.Instant(read, 2)
		r.End(3)
	}
	if n := testing.AllocsPerRun(500, record); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
	r.drain()
	if s := r.w.Stats(); s.Dropped != 0 {
		t.Fatalf("%+v", s)
	}
	if n := testing.AllocsPerRun(5000, record); n != 0 {
		t.Errorf("%v allocations a tick into a full buffer", n)
	}
	r.drain()
	r.Instant(read, 4)
	r.drain()
	if s := r.w.Stats(); s.Dropped == 0 {
		t.Fatalf("%+v", s)
	}
	r.file.Grow(1 << 20)
	if n := testing.AllocsPerRun(100, func() { record(); r.drain() }); n != 0 {
		t.Errorf("%v allocations a drain", n)
	}
}

// TestBothSides runs the two sides at once: no event is lost uncounted, and the
// others are in order.
func TestBothSides(t *testing.T) {
	ticks := int64(200_000)
	if testing.Short() {
		ticks = 5_000
	}
	r := newRig(t, 64)
	go func() {
		for i := range ticks {
			r.Begin(step, 2*i)
			r.End(2*i + 1)
		}
		r.Tracer.Close()
	}()
	for r.w.threads[0].events.Err() == nil {
		r.drain()
	}
	d := r.finish()
	if s := r.w.Stats(); s.Written+s.Dropped != 2*ticks {
		t.Errorf("%+v of %d events", s, 2*ticks)
	}
	last := int64(-1)
	for _, e := range d.events {
		if e.at < last {
			t.Fatalf("%v behind %d", e, last)
		}
		last = e.at
	}
}
