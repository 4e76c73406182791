package core

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/memkit-go/memkit/internal/debug"
)

func TestDeferModes(t *testing.T) {
	for name, test := range map[string]struct {
		d    Deferred
		want [4]int // live after: nothing, Begin, End, Drain(100); of 10 deferred
	}{
		"at begin":    {Deferred{Mode: AtBegin}, [4]int{10, 0, 0, 0}},
		"at end":      {Deferred{Mode: AtEnd}, [4]int{10, 10, 0, 0}},
		"incremental": {Deferred{Mode: Incremental, Step: 3}, [4]int{10, 7, 7, 0}},
		"explicit":    {Deferred{Mode: Explicit}, [4]int{10, 10, 10, 0}},
	} {
		l := newLane(t, Config{Deferred: test.d})
		pool := must(NewPool(l, points, 10))
		var boxes []Box[point]
		for range 10 {
			boxes = append(boxes, must(pool.New()))
		}
		var other sync.WaitGroup
		other.Go(func() {
			for _, b := range boxes {
				must(0, b.Defer())
			}
		})
		other.Wait()
		got := [4]int{pool.Live()}
		f := must(l.Begin())
		got[1] = pool.Live()
		s := must(f.End())
		got[2] = pool.Live()
		if freed := got[0] - got[2]; int(s.Deferred) != freed {
			t.Errorf("%s: the summary tells of %d, freed %d", name, s.Deferred, freed)
		}
		l.Drain(100)
		got[3] = pool.Live()
		if got != test.want {
			t.Errorf("%s: live %v, want %v", name, got, test.want)
		}
		if s := l.Stats(); s.Deferred != 10 || s.DeferredErrors != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	l := newLane(t, Config{Deferred: Deferred{Mode: Disabled}})
	b := must(points.Box(l.Heap()))
	wantErr(t, "disabled", b.Defer(), ErrDisabled)
	must(0, b.Close())
}

func TestFullPolicies(t *testing.T) {
	fill := func(l *Lane) (rest Box[point]) {
		for range 4 {
			must(0, must(points.Box(l.Heap())).Defer())
		}
		return must(points.Box(l.Heap()))
	}
	l := newLane(t, Config{Deferred: Deferred{Mode: Explicit, Capacity: 4}})
	b := fill(l)
	wantErr(t, "refuse", b.Defer(), ErrFull)
	if l.Stats().DeferredFull != 1 || b.Ptr() == nil {
		t.Error("a refused box is gone")
	}
	must(0, b.Close())

	a := must(New(Config{Lanes: 2, NoLock: true, Deferred: Deferred{Mode: Explicit, Capacity: 4}}))
	from, to := must(a.Lane()), must(a.Lane())
	b = must(must(fill(from).Send()).Accept(to))
	wantErr(t, "refuse a box of another lane", b.Defer(), ErrFull)
	if b.Ptr() == nil {
		t.Error("a refused box of another lane is gone")
	}
	from.Drain(4)
	must(0, b.Defer())
	wantErr(t, "a box of another lane deferred twice", b.Defer(), ErrDoubleFree)
	from.Drain(4)
	must(0, a.Close())

	l = newLane(t, Config{Deferred: Deferred{Mode: Explicit, Capacity: 4, Full: Wait}})
	b = fill(l)
	done := make(chan error)
	go func() { done <- b.Defer() }()
	for l.Stats().Deferred < 5 {
		l.Drain(5)
		runtime.Gosched()
	}
	must(0, <-done)
	if b.Ptr() != nil {
		t.Error("a box that waited was not freed")
	}

	l = looseLane(t, Config{Deferred: Deferred{Mode: Explicit, Capacity: 4, Full: Drop}})
	b = fill(l)
	must(0, b.Defer())
	if l.Drain(100) != 4 || l.Stats().Dropped != 1 || b.Ptr() == nil {
		t.Error("a dropped box was freed, or not counted")
	}
	var leak *LeakError
	if err := l.a.Close(); !errors.As(err, &leak) || leak.Dropped != 1 || leak.Leaks[0].Count != 1 {
		t.Error(err)
	}
}

func TestDeferredTwiceIsCounted(t *testing.T) {
	l := newLane(t, Config{})
	b := must(points.Box(l.Heap()))
	must(0, b.Defer())
	must(0, b.Defer())
	must(must(l.Begin()).End())
	if s := l.Stats(); s.Deferred != 2 || s.DeferredErrors != 1 {
		t.Errorf("%+v", s)
	}
}

// TestCrossThreadFrees: boxes of one lane are freed by four threads, and all of
// the memory comes back to it.
func TestCrossThreadFrees(t *testing.T) {
	l := newLane(t, Config{Deferred: Deferred{Capacity: 64, Full: Wait}})
	pool := must(NewPool(l, points, 100))
	work := make(chan Box[point])
	var others sync.WaitGroup
	for range 4 {
		others.Go(func() {
			for b := range work {
				must(0, b.Defer())
			}
		})
	}
	i := 0
	for i < 20_000 {
		f := must(l.Begin())
		for range 50 {
			open := pool.New
			if i%2 == 0 {
				open = func() (Box[point], error) { return points.Box(l.Heap()) }
			}
			b, err := open()
			if err != nil {
				break
			}
			select {
			case work <- b:
				i++
			default:
				must(0, b.Close())
				runtime.Gosched()
			}
		}
		must(f.End())
	}
	close(work)
	for pool.Live() > 0 || l.books.held.used() > 0 {
		l.Drain(64)
		runtime.Gosched()
	}
	others.Wait()
	if s := l.Stats(); s.DeferredErrors != 0 || s.Deferred != uint64(i) {
		t.Errorf("%+v", s)
	}
}

func TestTransfer(t *testing.T) {
	a := must(New(Config{Lanes: 3, NoLock: true, Transfers: 2}))
	from, to, third := must(a.Lane()), must(a.Lane()), must(a.Lane())
	pool := must(NewPool(from, points, 4))
	slab := must(NewSlab[point](from, 4))
	for name, open := range map[string]func() (Box[point], error){
		"pool": pool.New, "slab": slab.New,
		"heap": func() (Box[point], error) { return points.Box(from.Heap()) },
	} {
		b := must(open())
		b.Ptr().X = 5
		address := b.Ptr()
		sent := must(b.Send())
		_, err := b.Get()
		wantErr(t, name+": the sender's box", err, ErrStale)
		_, err = b.Send()
		wantErr(t, name+": sent twice", err, ErrStale)
		wantErr(t, name+": Close after Send", b.Close(), ErrDoubleFree)
		_, err = Transfer[int](sent).Accept(to)
		wantErr(t, name+": accepted as another type", err, ErrTransfer)
		got := must(sent.Accept(to))
		// Debug builds keep freed slots back, so that the value moves.
		if p := must(got.Get()); p.X != 5 || p != address && !debug.Enabled {
			t.Errorf("%s: the value was copied or lost", name)
		}
		_, err = sent.Accept(to)
		wantErr(t, name+": accepted twice", err, ErrTransfer)

		on := must(got.Send()) // from one receiver to the next
		_, err = got.Get()
		wantErr(t, name+": the first receiver's box", err, ErrStale)
		_, err = sent.Accept(third)
		wantErr(t, name+": an old transfer of the same box", err, ErrTransfer)
		last := must(on.Accept(third))
		wantErr(t, name+": Close by the first receiver", got.Close(), ErrDoubleFree)
		must(0, last.Close())
		wantErr(t, name+": closed twice", last.Close(), ErrDoubleFree)
		must(must(from.Begin()).End())
		if from.books.held.used() != 0 {
			t.Errorf("%s: %d bytes did not come back", name, from.books.held.used())
		}

		back := must(must(must(must(open()).Send()).Accept(to)).Send())
		returned := must(back.Accept(from))
		must(0, returned.Close())
	}
	var away []Box[point]
	for range 2 {
		away = append(away, must(must(must(pool.New()).Send()).Accept(to)))
	}
	extra := must(pool.New())
	_, err := extra.Send()
	wantErr(t, "a third box away", err, ErrExhausted)
	must(0, extra.Close())
	for _, b := range away {
		must(0, b.Defer())
	}
	_, err = Transfer[point](1<<63 | 1).Accept(to)
	wantErr(t, "nonsense", err, ErrTransfer)
	_, err = Transfer[point](0).Accept(to)
	wantErr(t, "zero", err, ErrTransfer)
	if s := from.Stats(); s.Sent != 8 || s.DeferredErrors != 0 {
		t.Errorf("%+v", s)
	}
	must(0, a.Close())
}

// TestTransferCellRetires: serials do not wrap.
func TestTransferCellRetires(t *testing.T) {
	from, to := twoLanes(t)
	for i := range from.cells {
		from.cells[i].state = lastSerial << 2
	}
	from.cells[7].state = (lastSerial - 1) << 2
	b := must(must(must(points.Box(from.Heap())).Send()).Accept(to))
	_, err := b.Send()
	wantErr(t, "one serial too many", err, ErrExhausted)
	must(0, b.Close())
	c := must(points.Box(from.Heap()))
	_, err = c.Send()
	wantErr(t, "no cell with serials left", err, ErrExhausted)
	must(0, c.Close())
}

// TestAcceptRace: of many that try to accept one transfer one succeeds.
func TestAcceptRace(t *testing.T) {
	a := must(New(Config{Lanes: 5, NoLock: true}))
	from := must(a.Lane())
	lanes := []*Lane{must(a.Lane()), must(a.Lane()), must(a.Lane()), must(a.Lane())}
	for i := range 500 {
		b := must(points.Box(from.Heap()))
		b.Ptr().X = int64(i)
		sent := must(b.Send())
		wins := make(chan struct{}, len(lanes))
		var all sync.WaitGroup
		for _, l := range lanes {
			all.Go(func() {
				l.Adopt()
				if got, err := sent.Accept(l); err == nil {
					if got.Ptr().X != int64(i) {
						t.Error("wrong value")
					}
					must(0, got.Close())
					wins <- struct{}{}
				}
			})
		}
		all.Wait()
		if len(wins) != 1 {
			t.Fatalf("transfer %d was accepted %d times", i, len(wins))
		}
		from.Drain(10)
	}
	must(0, a.Close())
}
