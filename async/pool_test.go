package async

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/internal/debug"
)

var background = context.Background()

func dead() context.Context {
	ctx, cancel := context.WithCancel(background)
	cancel()
	return ctx
}

func newPool(t testing.TB, c PoolConfig[int]) *Pool[int] {
	t.Helper()
	p := must(NewPool(c))
	t.Cleanup(func() {
		if s := p.Stats(); s.Held+s.Idle+s.Waiting != 0 {
			t.Errorf("at the end: %v", s)
		}
		if err := p.Close(); err != nil && err != ErrClosed {
			t.Error(err)
		}
	})
	return p
}

func TestPool(t *testing.T) {
	p := newPool(t, PoolConfig[int]{Size: 2, Full: Fail})
	a, b := must(p.Acquire(background)), must(p.Acquire(background))
	*a.Ptr(), *b.Ptr() = 1, 2
	_, err := p.Acquire(background)
	wantErr(t, "acquire of nothing", err, ErrExhausted)
	if err.Error() != `async: pool "pool": all 2 items are in use; release some, or raise PoolConfig.Size` {
		t.Error(err)
	}
	_, err = p.TryAcquire()
	wantErr(t, "try", err, ErrExhausted)
	copied := a
	wantErr(t, "release", a.Release(), nil)
	for what, err := range map[string]error{"twice": a.Release(), "of a copy": copied.Release(), "of nothing": Box[int]{}.Release()} {
		wantErr(t, "release "+what, err, ErrReleased)
		wantErr(t, "release "+what, err, ErrStale)
	}
	if c := must(p.Acquire(background)); c.Ptr() == nil || copied.Ptr() != nil || copied.Release() == nil || *c.Ptr() != 1 {
		t.Error("a stale handle reaches the next holder's item")
	} else {
		wantErr(t, "pool's release", p.Release(c), nil)
	}
	_, err = copied.Get()
	wantErr(t, "get", err, ErrStale)
	other := newPool(t, PoolConfig[int]{Size: 1})
	wantErr(t, "another pool", other.Release(b), ErrForeign)
	wantErr(t, "release", p.Release(b), nil)
	if s := p.Stats(); s.Acquired != 3 || s.Refused != 2 || s.Held != 0 {
		t.Error(s)
	}
	_, err = p.Acquire(noContext)
	wantErr(t, "nil context", err, ErrContext)
	_, err = p.Acquire(dead())
	wantErr(t, "dead context", err, context.Canceled)
}

func TestPoolConfig(t *testing.T) {
	for _, c := range []struct {
		c    PoolConfig[int]
		want string
	}{
		{PoolConfig[int]{}, "PoolConfig.Size 0"},
		{PoolConfig[int]{Size: -1}, "PoolConfig.Size -1"},
		{PoolConfig[int]{Size: 1, Full: 9}, "PoolConfig.Full 9"},
		{PoolConfig[int]{Size: 1, Full: Timeout}, "PoolConfig.Timeout 0s"},
		{PoolConfig[int]{Size: 1, Timeout: 1}, "PoolConfig.Timeout 1ns"},
	} {
		if _, err := NewPool(c.c); err == nil || !strings.HasPrefix(err.Error(), "async: "+c.want) {
			t.Errorf("%+v: %v", c.c, err)
		}
	}
}

func TestPoolTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, PoolConfig[int]{Size: 1, Full: Timeout, Timeout: 50 * time.Millisecond})
		a := must(p.Acquire(background))
		begin := time.Now()
		_, err := p.Acquire(background)
		wantErr(t, "time-out", err, ErrTimeout)
		if d := time.Since(begin); d != 50*time.Millisecond {
			t.Errorf("after %v", d)
		}
		ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
		defer cancel()
		_, err = p.Acquire(ctx)
		wantErr(t, "context's time-out", err, context.DeadlineExceeded)
		go func() {
			time.Sleep(30 * time.Millisecond)
			a.Release()
		}()
		b, err := p.Acquire(background)
		wantErr(t, "in time", err, nil)
		b.Release()
		if s := p.Stats(); s.Waits != 3 || s.Cancelled != 2 || s.LongestWait != 30*time.Millisecond {
			t.Error(s)
		}
	})
}

// TestFairness: of 10 tasks over 2 items none waits longer than Window beyond its
// turn, here its turn exactly: each holds for longer than Window, so every waiter has
// waited for Window when an item is released.
func TestFairness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tasks, rounds, hold = 10, 20, 2 * time.Millisecond
		p := newPool(t, PoolConfig[int]{Size: 2})
		var w sync.WaitGroup
		for range tasks {
			w.Go(func() {
				for range rounds {
					begin := time.Now()
					b := must(p.Acquire(background))
					if d := time.Since(begin); d > tasks/2*hold+Window {
						t.Errorf("waited for %v", d)
					}
					time.Sleep(hold)
					b.Release()
				}
			})
		}
		w.Wait()
	})
}

// TestOrder: waiters that have waited for Window get items in the order in which
// they came, and a goroutine that asks at the moment of a release does not.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, PoolConfig[int]{Size: 1})
		holder := must(p.Acquire(background))
		var mu sync.Mutex
		var order []int
		for i := range 50 {
			go func() {
				b := must(p.Acquire(background))
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				b.Release()
			}()
			synctest.Wait()
		}
		time.Sleep(Window)
		holder.Release()
		if _, err := p.TryAcquire(); !errors.Is(err, ErrExhausted) {
			t.Error("a newcomer overtakes waiters that have waited for Window")
		}
		synctest.Wait()
		if len(order) != 50 || !slices.IsSorted(order) {
			t.Errorf("order %v", order)
		}
	})
}

// TestStarvedWhileCalled: a waiter that was woken and has not run yet is starved after
// Window, when an item is released.
func TestStarvedWhileCalled(t *testing.T) {
	var p items
	p.init(1)
	now := time.Duration(0)
	p.clock = func() time.Duration { return now }
	release := func(s *slot, state uint64) {
		s.end(state)
		p.put(s)
	}
	s, state := p.take()
	w, _, _, err := p.join()
	wantErr(t, "join", err, nil)
	for ; now < 3*Window; now += Window / 4 {
		release(s, state)
		s, state = p.take()
		if (s != nil) != (now < Window) {
			t.Fatalf("at %v a newcomer gets %v", now, s)
		}
		if s == nil {
			break
		}
	}
	if s, _, err := p.retry(w); s == nil || err != nil {
		t.Errorf("the waiter gets %v, %v", s, err)
	}
}

// TestOvertaking: within Window an item that is released can be had by whoever runs,
// and the waiter gets it otherwise.
func TestOvertaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, PoolConfig[int]{Size: 1})
		holder := must(p.Acquire(background))
		got := make(chan Box[int], 1)
		go func() { got <- must(p.Acquire(background)) }()
		synctest.Wait()
		time.Sleep(Window / 2)
		holder.Release()
		holder, err := p.TryAcquire() // before the waiter has run
		wantErr(t, "overtaking", err, nil)
		synctest.Wait()
		if len(got) != 0 {
			t.Fatal("two holders of one item")
		}
		holder.Release()
		synctest.Wait()
		(<-got).Release()
	})
}

// TestCancelledWaiter: an item that was meant for a waiter whose context ended goes
// to the next.
func TestCancelledWaiter(t *testing.T) {
	for _, age := range []time.Duration{0, 2 * Window} {
		synctest.Test(t, func(t *testing.T) {
			p := newPool(t, PoolConfig[int]{Size: 1})
			holder := must(p.Acquire(background))
			ctx, cancel := context.WithCancel(background)
			results := make(chan string, 2)
			wait := func(name string, ctx context.Context) {
				b, err := p.Acquire(ctx)
				if err == nil {
					b.Release()
				}
				results <- fmt.Sprint(name, " ", err)
			}
			go wait("first", ctx)
			synctest.Wait()
			go wait("second", background)
			synctest.Wait()
			time.Sleep(age)
			cancel()         // both at once: the first may be
			holder.Release() // told of either
			synctest.Wait()
			all := []string{<-results, <-results}
			slices.Sort(all)
			if all[1] != "second <nil>" {
				t.Errorf("%v", all)
			}
		})
	}
}

// TestSums acquires and releases from 64 goroutines, some of which give up at random,
// and counts: no item is lost, none is in two hands, and every waiter wakes.
func TestSums(t *testing.T) {
	operations := 1_000_000
	if testing.Short() {
		operations = 50_000
	}
	const tasks = 64
	p := newPool(t, PoolConfig[int]{Size: 3})
	counts := make([]int, tasks)
	var w sync.WaitGroup
	for i := range tasks {
		w.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for range operations / tasks {
				ctx, cancel := background, context.CancelFunc(func() {})
				if random.IntN(4) == 0 {
					ctx, cancel = context.WithTimeout(background, time.Duration(random.IntN(50))*time.Microsecond)
				}
				b, err := p.Acquire(ctx)
				cancel()
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					}
					continue
				}
				*b.Ptr()++ // a race if another has it
				counts[i]++
				if err := b.Release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	w.Wait()
	want := 0
	for _, n := range counts {
		want += n
	}
	got := 0
	var all []Box[int]
	for range 3 {
		b := must(p.Acquire(background))
		got += *b.Ptr()
		all = append(all, b)
	}
	for _, b := range all {
		b.Release()
	}
	if s := p.Stats(); got != want || s.Acquired != uint64(want+3) {
		t.Errorf("%d acquired, items count %d: %v", want, got, s)
	}
}

func TestAcquireAllocatesNothing(t *testing.T) {
	p := newPool(t, PoolConfig[int]{Size: 1, Full: Timeout, Timeout: time.Microsecond})
	if n := testing.AllocsPerRun(1000, func() { must(p.Acquire(background)).Release() }); n != 0 {
		t.Errorf("acquire and release: %v allocations", n)
	}
	b := must(p.Acquire(background))
	if n := testing.AllocsPerRun(100, func() { p.Acquire(background) }); n != 0 {
		t.Errorf("a wait that times out: %v allocations", n)
	}
	b.Release()
	q := newPool(t, PoolConfig[int]{Size: 1})
	b = must(q.Acquire(background))
	ctx := &endingContext{Context: background, done: make(chan struct{})}
	go func() {
		for {
			select {
			case ctx.done <- struct{}{}: // a value ends a wait as closing would
			case <-t.Context().Done():
				return
			}
		}
	}()
	if n := testing.AllocsPerRun(1000, func() { q.Acquire(ctx) }); n != 0 {
		t.Errorf("a wait that is cancelled: %v allocations", n)
	}
	if s := q.Stats(); s.Cancelled < 1000 {
		t.Error(s)
	}
	b.Release()
}

// endingContext ends each wait for it without an allocation of its own.
type endingContext struct {
	context.Context
	done chan struct{}
}

func (c *endingContext) Done() <-chan struct{} { return c.done }

func TestEvict(t *testing.T) {
	var events []string
	p := newPool(t, PoolConfig[int]{
		Size: 3, Full: Evict,
		Reset:   func(v *int) { *v = 0 },
		OnEvict: func(v *int) { events = append(events, fmt.Sprint(*v)) },
	})
	var boxes []Box[int]
	for i := range 3 {
		b := must(p.Acquire(background))
		*b.Ptr() = 10 + i
		boxes = append(boxes, b)
	}
	for _, i := range []int{1, 0, 2} {
		wantErr(t, "idle", boxes[i].Idle(), nil)
	}
	_, err := boxes[0].Get()
	wantErr(t, "use of an idle item", err, ErrIdle)
	wantErr(t, "pin", boxes[1].Pin(), nil) // and idle again: the most recent use
	wantErr(t, "pin of a pinned item", boxes[1].Pin(), ErrStale)
	wantErr(t, "idle", boxes[1].Idle(), nil)
	a := must(p.Acquire(background))
	if *a.Ptr() != 0 || fmt.Sprint(events) != "[10]" {
		t.Errorf("evicted %v; the item holds %d", events, *a.Ptr())
	}
	wantErr(t, "pin of an evicted item", boxes[0].Pin(), ErrStale)
	_, err = boxes[0].Get()
	wantErr(t, "use of an evicted item", err, ErrStale)
	wantErr(t, "release of an evicted item", boxes[0].Release(), ErrReleased)
	wantErr(t, "release of an idle item", boxes[2].Release(), nil)
	wantErr(t, "pin", boxes[1].Pin(), nil)
	b := must(p.Acquire(background))
	wantErr(t, "zero box", Box[int]{}.Idle(), ErrStale)

	got := make(chan Box[int])
	go func() { got <- must(p.Acquire(background)) }() // all three are in use: it waits
	for p.Stats().Waiting == 0 {
		runtime.Gosched()
	}
	wantErr(t, "idle for a waiter", boxes[1].Idle(), nil)
	c := <-got
	wantErr(t, "pin after that", boxes[1].Pin(), ErrStale)
	for _, b := range []Box[int]{a, b, c} {
		wantErr(t, "release", b.Release(), nil)
	}
	if s := p.Stats(); s.Evicted != 2 {
		t.Error(s)
	}
}

func TestPoolClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := must(NewPool(PoolConfig[int]{Name: "jobs", Size: 2}))
		a, b := must(p.Acquire(background)), must(p.Acquire(background))
		failed := make(chan error, 1)
		go func() { _, err := p.Acquire(background); failed <- err }()
		synctest.Wait()
		err := p.Close()
		var leak *LeakError
		if !errors.As(err, &leak) || leak.Count != 2 || !strings.HasPrefix(err.Error(), `async: "jobs": 2 not released at Close`) {
			t.Error(err)
		}
		if debug.Enabled && (len(leak.Sites) != 2 || !strings.Contains(leak.Sites[0], "pool_test.go:")) {
			t.Errorf("made at %v", leak.Sites)
		}
		wantErr(t, "waiter", <-failed, ErrClosed)
		wantErr(t, "close twice", p.Close(), ErrClosed)
		if a.Ptr() == nil {
			t.Error("an item that is held ends with Close")
		}
		wantErr(t, "release after close", a.Release(), nil)
		wantErr(t, "release after close", b.Release(), nil)
		_, err = p.Acquire(background)
		wantErr(t, "acquire after close", err, ErrClosed)
		_, err = p.TryAcquire()
		wantErr(t, "try after close", err, ErrClosed)
	})
}

func TestCollect(t *testing.T) {
	p := newPool(t, PoolConfig[int]{Size: 2})
	b := must(p.Acquire(background))
	got := map[string]float64{}
	p.Collect(func(name string, value float64) { got[name] = value })
	if got["size"] != 2 || got["held"] != 1 || got["acquired_total"] != 1 {
		t.Errorf("%v", got)
	}
	if got := p.Stats().String(); got != `pool "pool": 1 of 2 items held, 0 idle; 1 acquired, 0 waits (longest 0s, 0 cancelled), 0 refused, 0 evicted` {
		t.Error(got)
	}
	b.Release()
}
