package rtlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

var (
	testMessages Messages
	started      = testMessages.Message("started")
	overCurrent  = testMessages.Message("axis over current", "axis", "amps", "late", "state")
	running      = testMessages.Text("running")
)

// logTest is a log with a clock that stands: rt.Now 1000 is one second past the
// epoch.
type logTest struct {
	*Log
	w   *Writer
	out bytes.Buffer
	to  *slog.Logger
}

func newLogTest(t testing.TB, capacity int) *logTest {
	t.Helper()
	l, err := New(Config{Messages: &testMessages, Capacity: capacity})
	if err != nil {
		t.Fatal(err)
	}
	l.clock = func() (time.Time, int64) { return time.Unix(1, 0).UTC(), 1000 }
	w, err := l.Writer()
	if err != nil {
		t.Fatal(err)
	}
	lt := &logTest{Log: l, w: w}
	lt.to = slog.New(slog.NewTextHandler(&lt.out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return lt
}

// drained is what one DrainOnce writes.
func (l *logTest) drained(t testing.TB) string {
	t.Helper()
	l.out.Reset()
	if _, err := l.DrainOnce(l.to); err != nil {
		t.Fatal(err)
	}
	return l.out.String()
}

func TestLog(t *testing.T) {
	l := newLogTest(t, 8)
	l.w.WriteAt(1000, slog.LevelInfo, started)
	l.w.WriteAt(1500, slog.LevelWarn, overCurrent, Int(3), Float(12.5), Nanoseconds(2_000_000), running.Arg())
	l.w.WriteAt(0, slog.LevelDebug, started, Bool(true))
	l.w.WriteAt(1000, math.MaxInt32, overCurrent, Int(1), Int(2), Int(3), Text(0).Arg(), Int(5), Int(6))
	want := `time=1970-01-01T00:00:01.000Z level=INFO msg=started
time=1970-01-01T00:00:01.000Z level=WARN msg="axis over current" axis=3 amps=12.5 late=2ms state=running
time=1970-01-01T00:00:00.999Z level=DEBUG msg=started !BADKEY=true
time=1970-01-01T00:00:01.000Z level=ERROR+32759 msg="axis over current" axis=1 amps=2 late=3 state="" "!ARGS LEFT OUT"=2
`
	if got := l.drained(t); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := l.drained(t); got != "" {
		t.Errorf("drained again: %s", got)
	}
	if got := l.Stats(); got != (Stats{Written: 4}) {
		t.Errorf("%+v", got)
	}
}

// TestLogDrops: a full log says how many records are missing, where and once,
// whether or not a later record says it too.
func TestLogDrops(t *testing.T) {
	l := newLogTest(t, 2)
	write := func(n int) {
		for range n {
			l.w.WriteAt(1000, slog.LevelInfo, started)
		}
	}
	count := func(text, what string) int { return strings.Count(text, what) }
	write(5) // three are lost
	if got := l.drained(t); count(got, "msg=started") != 2 || count(got, "dropped") != 0 {
		t.Errorf("full: %s", got)
	}
	if got := l.drained(t); got != "time=1970-01-01T00:00:01.000Z level=WARN msg=\"log records dropped\" count=3\n" {
		t.Errorf("nothing more came: %s", got)
	}
	write(1) // carries the loss that was told
	if got := l.drained(t); count(got, "dropped") != 0 || count(got, "started") != 1 {
		t.Errorf("told twice: %s", got)
	}
	write(3) // one is lost
	l.drained(t)
	write(1)
	got := l.drained(t)
	if lines := strings.Split(got, "\n"); !strings.Contains(lines[0], "dropped\" count=1") || !strings.Contains(lines[1], "started") {
		t.Errorf("the loss is not told in its place: %s", got)
	}
	if got := l.Stats(); got != (Stats{Written: 6, Dropped: 4}) {
		t.Errorf("%+v", got)
	}
}

// refusing is a handler that refuses the first n records.
type refusing struct {
	slog.Handler
	n *int
}

func (h refusing) Handle(ctx context.Context, r slog.Record) error {
	if *h.n > 0 {
		*h.n--
		return errors.New("disk full")
	}
	return h.Handler.Handle(ctx, r)
}

func TestLogHandlerRefuses(t *testing.T) {
	l := newLogTest(t, 1)
	for range 3 {
		l.w.WriteAt(1000, slog.LevelInfo, started)
	}
	l.drained(t)
	l.w.WriteAt(1000, slog.LevelInfo, overCurrent)
	l.out.Reset()
	refusals := 2
	handler := slog.New(refusing{l.to.Handler(), &refusals})
	for refusals > 0 {
		if n, err := l.DrainOnce(handler); n != 0 || err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if n, err := l.DrainOnce(handler); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if got := l.out.String(); strings.Count(got, "dropped") != 1 || strings.Count(got, "over current") != 1 {
		t.Errorf("something was lost or told twice:\n%s", got)
	}
	if got := l.Stats(); got != (Stats{Written: 2, Dropped: 2}) {
		t.Errorf("%+v", got)
	}
}

// TestLogLevel: what the handler does not want is passed over.
func TestLogLevel(t *testing.T) {
	l := newLogTest(t, 4)
	l.w.WriteAt(1000, slog.LevelDebug, started)
	quiet := slog.New(slog.NewTextHandler(&l.out, nil))
	if n, err := l.DrainOnce(quiet); n != 1 || err != nil || l.out.Len() != 0 {
		t.Errorf("%d, %v, %s", n, err, l.out.String())
	}
}

func TestLogDrainEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLogTest(t, 64)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- l.Drain(ctx, l.to) }()
		for range 5 {
			l.w.WriteAt(1000, slog.LevelInfo, started)
			time.Sleep(drainEvery)
		}
		l.w.WriteAt(1000, slog.LevelInfo, overCurrent)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := l.Stats(); got.Written != 6 || !strings.Contains(l.out.String(), "over current") {
			t.Errorf("%+v\n%s", got, l.out.String())
		}
	})
}

// TestLogCrossesRegions: another process attaches to the same memory; other
// messages and other content are refused.
func TestLogCrossesRegions(t *testing.T) {
	region := make([]byte, Size(64<<10))
	l, err := New(Config{Messages: &testMessages, Region: region})
	if err != nil || l.Cap() != 64<<10 {
		t.Fatalf("%v, capacity %d", err, l.Cap())
	}
	theirs, err := Attach(region, &testMessages)
	if err != nil {
		t.Fatal(err)
	}
	w, err := theirs.Writer()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Writer(); !errors.Is(err, ring.ErrHeld) {
		t.Errorf("second writer: %v", err)
	}
	w.Write(slog.LevelInfo, started)
	var out bytes.Buffer
	to := slog.New(slog.NewTextHandler(&out, nil))
	if n, err := l.DrainOnce(to); n != 1 || err != nil || !strings.Contains(out.String(), "started") {
		t.Errorf("%d, %v, %s", n, err, out.String())
	}
	if _, err := theirs.DrainOnce(to); !errors.Is(err, ring.ErrHeld) {
		t.Errorf("second reader: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	var others Messages
	others.Message("started")
	stranger, err := Attach(region, &others)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Writer(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.DrainOnce(to); !errors.Is(err, ErrMessages) {
		t.Errorf("other messages: %v", err)
	}
	var layout *ring.LayoutError
	if _, err := Attach(make([]byte, Size(1024)), &testMessages); !errors.As(err, &layout) {
		t.Errorf("an empty region: %v", err)
	}
}

// TestLogMalformed: numbers just outside the declared ones, and kinds that do not
// exist, are counted and not shown.
func TestLogMalformed(t *testing.T) {
	n, texts := uint64(len(testMessages.messages)), uint64(len(testMessages.texts))
	one := uint64(1) << countShift
	text := uint64(argText) << kindsShift
	for _, c := range []struct {
		r  record
		ok bool
	}{
		{record{what: n}, true},
		{record{what: n + 1}, false},
		{record{what: 0}, false},
		{record{what: n | one | text, args: [4]uint64{texts}}, true},
		{record{what: n | one | text, args: [4]uint64{texts + 1}}, false},
		{record{what: n | one}, false},
		{record{what: n | one | uint64(argText+1)<<kindsShift}, false},
	} {
		l := newLogTest(t, 1)
		room, _ := l.w.records.Reserve(1)
		room[0] = c.r
		if err := l.w.records.Commit(1); err != nil {
			t.Fatal(err)
		}
		want := Stats{Malformed: 1}
		if c.ok {
			want = Stats{Written: 1}
		}
		if text := l.drained(t); l.Stats() != want || c.ok != (text != "") {
			t.Errorf("%+v: %+v, %q", c.r, l.Stats(), text)
		}
	}
}

func TestLogConfigErrors(t *testing.T) {
	var crowded, many Messages
	crowded.Message("x", "1", "2", "3", "4", "5")
	for i := range maxMessages {
		many.messages = append(many.messages, saying{text: fmt.Sprint(i)})
	}
	many.Message("one more")
	for want, c := range map[string]Config{
		"Config.Messages nil":                              {},
		`Config.Messages "x": has 5 arguments`:             {Messages: &crowded},
		`Config.Messages "one more": is one more than 655`: {Messages: &many},
		"Config.Capacity -1":                               {Messages: &testMessages, Capacity: -1},
		"Config.Capacity 3: is the Region's":               {Messages: &testMessages, Capacity: 3, Region: make([]byte, Size(1))},
		"Config.Region 64 bytes: is too small":             {Messages: &testMessages, Region: make([]byte, 64)},
	} {
		_, err := New(c)
		var config *rt.ConfigError
		if !errors.As(err, &config) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := Attach(make([]byte, 64), &testMessages); err == nil {
		t.Error("attached to 64 bytes")
	}
	if Size(0) != 0 {
		t.Error("size of nothing")
	}
}

func TestMessagesAreOncePerText(t *testing.T) {
	var m Messages
	a, b, again := m.Message("a", "k"), m.Message("a"), m.Message("a", "k")
	x, y, xAgain := m.Text("x"), m.Text("y"), m.Text("x")
	if a == b || a == 0 || b == 0 || again != a || x == y || xAgain != x || m.Text("") != 0 {
		t.Errorf("%v", m)
	}
}

func TestLogDoesNotAllocate(t *testing.T) {
	l := newLogTest(t, 4)
	if n := testing.AllocsPerRun(100, func() {
		l.w.Write(slog.LevelWarn, overCurrent, Int(3), Float(12.5), Nanoseconds(2), running.Arg())
	}); n != 0 {
		t.Errorf("%v allocations a record", n)
	}
}

// FuzzLogRecord: no content of a slot, which another process may have written,
// stops the drain, and each is either written or counted as malformed.
func FuzzLogRecord(f *testing.F) {
	seed := func(r record) { f.Add(r.at, r.what, r.lost, r.args[0], r.args[1], r.args[2], r.args[3]) }
	l := newLogTest(f, 4)
	l.w.WriteAt(1500, slog.LevelWarn, overCurrent, Int(3), Float(math.NaN()), Bool(true), running.Arg())
	l.w.WriteAt(math.MinInt64, slog.LevelError, started)
	if err := l.claim(); err != nil {
		f.Fatal(err)
	}
	first, _ := l.drain.records.Peek(2)
	for _, r := range first {
		seed(r)
	}
	seed(record{what: math.MaxUint64, lost: 7})
	f.Fuzz(func(t *testing.T, at int64, what, lost, a, b, c, d uint64) {
		r := record{at: at, what: what, lost: lost, args: [...]uint64{a, b, c, d}}
		l := newLogTest(t, 1)
		room, _ := l.w.records.Reserve(1)
		room[0] = r
		if err := l.w.records.Commit(1); err != nil {
			t.Fatal(err)
		}
		text := l.drained(t)
		stats := l.Stats()
		if stats.Written+stats.Malformed != 1 {
			t.Errorf("%+v", stats)
		}
		if stats.Malformed == 1 && strings.Count(text, "\n") > 1 {
			t.Errorf("malformed, and yet: %s", text)
		}
	})
}

// FuzzLogRoundTrip: what a writer says arrives as said.
func FuzzLogRoundTrip(f *testing.F) {
	f.Add(int64(1500), 4, int64(3), 12.5, true)
	f.Add(int64(-1), -70000, int64(math.MinInt64), math.Inf(1), false)
	f.Fuzz(func(t *testing.T, at int64, level int, i int64, x float64, b bool) {
		l := newLogTest(t, 1)
		l.w.WriteAt(at, slog.Level(level), overCurrent, Int(i), Float(x), Nanoseconds(i), Bool(b))
		if err := l.claim(); err != nil {
			t.Fatal(err)
		}
		first, _ := l.drain.records.Peek(1)
		r, ok := testMessages.decode(first[0], time.Unix(0, at))
		if !ok || r.Message != "axis over current" || r.Level != clampLevel(slog.Level(level)) {
			t.Fatalf("%+v, %v", r, ok)
		}
		want := []slog.Attr{slog.Int64("axis", i), slog.Float64("amps", x), slog.Duration("late", time.Duration(i)), slog.Bool("state", b)}
		r.Attrs(func(a slog.Attr) bool {
			if fmt.Sprint(a) != fmt.Sprint(want[0]) {
				t.Errorf("%v, want %v", a, want[0])
			}
			want = want[1:]
			return true
		})
		if len(want) != 0 {
			t.Errorf("missing: %v", want)
		}
	})
}

// BenchmarkLog writes records of three arguments, drained while the clock stands.
// One op is one record.
func BenchmarkLog(b *testing.B) {
	for _, c := range []struct {
		name  string
		write func(*Writer)
	}{
		{"rt.Now", func(w *Writer) { w.Write(slog.LevelWarn, overCurrent, Int(3), Float(12.5), Nanoseconds(7)) }},
		{"given", func(w *Writer) { w.WriteAt(1, slog.LevelWarn, overCurrent, Int(3), Float(12.5), Nanoseconds(7)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			const capacity = 1 << 14
			l := newLogTest(b, capacity)
			quiet := slog.New(slog.DiscardHandler)
			for done := 0; done < b.N; {
				n := min(capacity, b.N-done)
				for range n {
					c.write(l.w)
				}
				done += n
				b.StopTimer()
				if _, err := l.DrainOnce(quiet); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			if stats := l.Stats(); stats.Dropped != 0 || stats.Written != int64(b.N) {
				b.Fatalf("%+v: the figure would be that of dropping", stats)
			}
		})
	}
}
