package core

import (
	"errors"
	"flag"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/debug"
)

var updateErrors = flag.Bool("update-errors", false, "rewrite testdata/errors.golden")

// errorTexts meets the package's errors and collects their texts.
type errorTexts struct {
	t     *testing.T
	lines []string
	kinds map[error]bool
}

// add records the text of an error, which must be a kind.
func (e *errorTexts) add(what string, err, kind error) {
	e.t.Helper()
	switch {
	case err == nil:
		e.t.Errorf("%s: no error", what)
		return
	case kind != nil && !errors.Is(err, kind):
		e.t.Errorf("%s: %v is not %v", what, err, kind)
	}
	e.kinds[kind] = true
	text := err.Error()
	if err == ErrStale {
		text = "core: ErrStale" // its text is rt/pool's
	}
	e.lines = append(e.lines, what+"\t"+text)
}

// second is the error of a call that returns a value too.
func second[T any](_ T, err error) error { return err }

// TestErrorTexts provokes each error and compares its text with a golden file:
// one prefix, the cause, the remedy, and the tag's name.
func TestErrorTexts(t *testing.T) {
	e := &errorTexts{t: t, kinds: map[error]bool{}}
	e.configs()
	e.budgets()
	e.memory()
	e.lifetimes()
	e.transfers()
	e.promotions()
	if debug.Enabled {
		return // ErrWrongThread and rotated frames make other texts
	}
	for _, kind := range []error{ErrExhausted, ErrBudget, ErrStale, ErrDoubleFree, ErrPointerType, ErrToken, ErrNotInFrame,
		ErrInFrame, ErrTransfer, ErrClosed, ErrFull, ErrDisabled, ErrMarks, ErrAlign, ErrSize, ErrRetention} {
		if !e.kinds[kind] {
			t.Errorf("no path returns %v", kind)
		}
	}
	e.lines = append(e.lines, "debug builds\t"+ErrWrongThread.Error())
	prefix := regexp.MustCompile(`\b(core|tlsf|pool|arena|ring): `)
	for _, line := range e.lines {
		what, text, _ := strings.Cut(line, "\t")
		if n := len(prefix.FindAllString(text, -1)); n != 1 || strings.Index(text, ": ") > len("arena") {
			t.Errorf("%s: %q has %d package prefixes, or does not start with one", what, text, n)
		}
	}
	got := strings.Join(e.lines, "\n") + "\n"
	if *updateErrors {
		must(0, os.WriteFile("testdata/errors.golden", []byte(got), 0o644))
	}
	if want := string(must(os.ReadFile("testdata/errors.golden"))); got != want {
		t.Errorf("error texts changed; if that is intended, run with -update-errors\n--- now\n%s", got)
	}
}

func (e *errorTexts) configs() {
	for _, c := range []struct {
		what string
		c    Config
	}{
		{"Lanes", Config{Lanes: -1}},
		{"FrameSize", Config{FrameSize: -1}},
		{"HeapSize", Config{HeapSize: 1}},
		{"Marks", Config{Marks: math.MaxInt}},
		{"negative budget", Config{Budget: Budget{Soft: -1}}},
		{"soft beyond hard", Config{LaneBudget: Budget{Soft: 2, Hard: 1}}},
		{"budget policy", Config{Budget: Budget{Policy: 99}}},
		{"no custom policy", Config{Budget: Budget{Policy: Custom}}},
		{"deferred mode", Config{Deferred: Deferred{Mode: 99}}},
		{"deferred full", Config{Deferred: Deferred{Full: 99}}},
	} {
		e.add(c.what, second(New(c.c)), nil)
	}
	l := looseLane(e.t, Config{Name: "engine", Tags: 3, Phases: 1})
	a := l.a
	e.add("lanes taken", second(a.Lane()), ErrExhausted)
	must(a.Tag("physics", Budget{}))
	e.add("late budget", second(a.Tag("audio", Budget{Hard: 1})), nil)
	e.add("tags taken", second(a.Tag("one too many", Budget{})), nil)
	e.add("phases taken", second(a.Phase("one too many")), nil)
	e.add("no path", second(NewSnapshots(a, SnapshotConfig{})), nil)
	e.add("interval", second(NewSnapshots(a, SnapshotConfig{Path: "x", Interval: -1})), nil)
	f := must(l.Begin())
	e.add("close in a frame", a.Close(), ErrInFrame)
	e.add("close a lane in a frame", l.Close(), ErrInFrame)
	must(f.End())
	must(points.Box(l.Heap()))
	e.add("leaks", a.Close(), nil)
	e.add("closed twice", a.Close(), ErrClosed)
	e.add("lane after close", second(a.Lane()), ErrClosed)

	b := must(New(Config{NoLock: true}))
	must(b.Tag("audio", Budget{Hard: 1}))
	e.add("two budgets", second(b.Tag("audio", Budget{Hard: 2})), nil)
	must(0, b.Close())
}

func (e *errorTexts) budgets() {
	a := must(New(Config{NoLock: true, LaneBudget: Budget{Hard: 2000}, Budget: Budget{Hard: 2500}, Lanes: 2}))
	tag := must(a.Tag("physics", Budget{Hard: 1000}))
	l, other := must(a.Lane()), must(a.Lane())
	f := must(l.Begin())
	s := f.Push(tag)
	e.add("tag budget", second(bytesType.Make(f, 1001)), ErrBudget)
	s.End()
	e.add("lane budget", second(bytesType.Make(f, 2001)), ErrBudget)
	must(bytesType.Make(f, 1900))
	g := must(other.Begin())
	e.add("allocator budget", second(bytesType.Make(g, 1900)), ErrBudget)
	must(f.End())
	must(g.End())
	must(0, a.Close())
}

var bytesType = MustType[byte]()

func (e *errorTexts) memory() {
	l := looseLane(e.t, Config{FrameSize: 4096, HeapSize: 64 << 10, Boxes: 3, Marks: 1, Deferred: Deferred{Mode: Disabled}})
	tag := must(l.a.Tag("physics", Budget{}))
	f := must(l.Begin())
	f.Push(tag)
	e.add("frame full", second(bytesType.Make(f, 5000)), ErrExhausted)
	e.add("heap full", second(l.Heap().Allocate(1<<20, 1)), ErrExhausted)
	e.add("slot alignment", second(NewPool(l, must(points.Align(64)), 1)), ErrAlign)
	e.add("pool too large", second(NewPool(l, points, 1<<16)), ErrExhausted)
	e.add("pool of 0", second(NewPool(l, points, 0)), nil)
	e.add("scratch of 0", second(l.Scratch("s", 0)), nil)
	e.add("scratch too large", second(l.Scratch("s", 1<<20)), ErrExhausted)
	p := must(NewPool(l, points, 1)) // one of 3 boxes
	must(p.New())
	e.add("pool full", second(p.New()), ErrExhausted)
	scratch := must(l.Scratch("s", 64))
	e.add("scratch full", second(bytesType.MakeOn(scratch, 65)), ErrExhausted)
	box := must(points.Box(l.Heap()))
	e.add("boxes full", second(points.Box(l.Heap())), ErrExhausted)
	e.add("deferred disabled", box.Defer(), ErrDisabled)
	e.add("alignment", second(points.Align(3)), ErrAlign)
	e.add("size", second(points.Make(f, -1)), ErrSize)
	e.add("token", second(Type[point]{}.New(f)), ErrToken)
	e.add("pointers", second(TypeOf[struct{ Name struct{ Text string } }]()), ErrPointerType)
	v := must(NewVec(f, points, 0))
	e.add("vec full", v.Push(point{}), ErrFull)
	m := must(NewMap(f, bytesType, points, 0))
	e.add("map full", m.Put(1, point{}), ErrFull)
	mark := f.Mark()
	e.add("marks", f.Rewind(f.Mark()), ErrMarks)
	must(0, f.Rewind(mark))
	e.add("mark used", f.Rewind(mark), ErrStale)
	must(0, scratch.Close())
	e.add("scratch closed", second(bytesType.MakeOn(scratch, 1)), ErrClosed)
	must(0, box.Close())
	e.add("box closed twice", box.Close(), ErrDoubleFree)
	e.add("box after close", second(box.Get()), ErrStale)
	must(f.End())

	q := looseLane(e.t, Config{Deferred: Deferred{Capacity: 1, Mode: Explicit}})
	for err := error(nil); err == nil; {
		if err = must(points.Box(q.Heap())).Defer(); err != nil {
			e.add("deferred full", err, ErrFull)
		}
	}
	o := looseLane(e.t, Config{HeapSize: 64 << 10, LaneBudget: Budget{Hard: 10, Policy: Promote}})
	g := must(o.Begin())
	e.add("promoted to a full heap", second(bytesType.Make(g, 100<<10)), ErrExhausted)
	must(g.End())
}

func (e *errorTexts) lifetimes() {
	l := looseLane(e.t, Config{})
	f := must(l.Begin())
	e.add("begin twice", second(l.Begin()), ErrInFrame)
	r := must(points.New(f))
	must(f.End())
	e.add("end twice", second(f.End()), ErrNotInFrame)
	e.add("after the frame", second(r.Get()), ErrStale)
	e.add("allocate after the frame", second(points.New(f)), ErrNotInFrame)
	must(0, l.Close())
	e.add("lane closed", second(l.Begin()), ErrClosed)
}

func (e *errorTexts) transfers() {
	l := looseLane(e.t, Config{Transfers: 1})
	tr := must(must(points.Box(l.Heap())).Send())
	e.add("transfers full", second(must(points.Box(l.Heap())).Send()), ErrExhausted)
	b := must(tr.Accept(l))
	e.add("accept twice", second(tr.Accept(l)), ErrTransfer)
	must(b.Send())
	e.add("send twice", second(b.Send()), ErrStale)
}

func (e *errorTexts) promotions() {
	l := looseLane(e.t, Config{Promotions: 1, HeapSize: 64 << 10})
	large := MustType[[100 << 10]byte]()
	f := must(l.Begin())
	r := must(points.New(f))
	e.add("retention", second(points.Keep(f, r, Retention[point]{To: ToPool})), ErrRetention)
	kept := must(points.Keep(f, r, Retention[point]{To: ToHeap}))
	e.add("claims full", second(points.Keep(f, r, Retention[point]{To: ToHeap})), ErrExhausted)
	e.add("claim in the frame", second(kept.Take()), ErrInFrame)
	must(f.End())
	e.add("claim as a Ref", second(kept.TakeRef()), ErrRetention)
	must(kept.Take())
	e.add("claim twice", second(kept.Take()), ErrStale)
	f = must(l.Begin())
	lost := must(large.Keep(f, must(large.New(f)), Retention[[100 << 10]byte]{To: ToHeap}))
	must(f.End())
	e.add("promotion without memory", second(lost.Take()), ErrExhausted)
}
