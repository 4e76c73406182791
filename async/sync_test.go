package async

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := must(NewBytes(100))
		wantErr(t, "acquire", b.Acquire(background, 60), nil)
		if b.TryAcquire(41) || !b.TryAcquire(40) || b.Used() != 100 || !b.WouldBlock(1) {
			t.Error("try")
		}
		for n, want := range map[int64]error{-1: ErrSize, 101: ErrTooLarge} {
			wantErr(t, "acquire", b.Acquire(background, n), want)
		}
		wantErr(t, "dead context", b.Acquire(dead(), 1), context.Canceled)
		wantErr(t, "nil context", b.Acquire(noContext, 1), ErrContext)
		wantErr(t, "release too much", b.Release(101), ErrReleased)
		wantErr(t, "release a negative", b.Release(-1), ErrSize)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		wantErr(t, "time-out", b.Acquire(ctx, 1), context.DeadlineExceeded)
		wantErr(t, "release", b.Release(100), nil)
		wantErr(t, "release twice", b.Release(100), ErrReleased)
		wantErr(t, "close", b.Close(), nil)
		wantErr(t, "acquire after close", b.Acquire(background, 1), ErrClosed)
		if _, err := NewBytes(0); err == nil {
			t.Error("no bytes are accepted")
		}
	})
}

// TestLargeRequest: a large request is served although small ones keep coming, and
// small ones are served although a large one waits for a holder that never ends.
func TestLargeRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := must(NewBytes(100))
		ctx, cancel := context.WithCancel(background)
		var w sync.WaitGroup
		for i := range 20 { // more than fill it
			w.Go(func() {
				random := rand.New(rand.NewPCG(uint64(i), 2))
				for b.Acquire(ctx, 10) == nil {
					time.Sleep(time.Duration(random.IntN(int(3 * time.Millisecond))))
					b.Release(10)
				}
			})
		}
		time.Sleep(time.Second)
		begin := time.Now()
		wantErr(t, "large", b.Acquire(background, 100), nil)
		if d := time.Since(begin); d > 100*time.Millisecond {
			t.Errorf("the large request waited for %v", d)
		}
		b.Release(100)
		cancel()
		w.Wait()

		b.Acquire(background, 20) // and never released
		ctx, cancel = context.WithCancel(background)
		large := make(chan error)
		go func() { large <- b.Acquire(ctx, 100) }()
		synctest.Wait()
		time.Sleep(overtakeTime)
		for range 20 {
			begin := time.Now()
			wantErr(t, "small", b.Acquire(background, 30), nil)
			if d := time.Since(begin); d > patienceMax {
				t.Errorf("a small request waited for %v", d)
			}
			b.Release(30)
			time.Sleep(2 * overtakeTime)
		}
		cancel()
		wantErr(t, "large", <-large, context.Canceled)
		b.Release(20)
		wantErr(t, "all", b.Acquire(background, 100), nil)
	})
}

// TestBytesSums: nothing is lost when waits are cancelled at random.
func TestBytesSums(t *testing.T) {
	b := must(NewBytes(100))
	var w sync.WaitGroup
	for i := range 16 {
		w.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 3))
			for range 2000 {
				ctx, cancel := context.WithTimeout(background, time.Duration(random.IntN(100))*time.Microsecond)
				if n := random.Int64N(60); b.Acquire(ctx, n) == nil {
					if b.Used() > 100 {
						t.Error("more is used than there is")
					}
					b.Release(n)
				}
				cancel()
			}
		})
	}
	w.Wait()
	wantErr(t, "all", b.Acquire(background, 100), nil)
}

func TestNotify(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n Notify
		n.One()
		n.One()
		wantErr(t, "kept", n.Wait(background), nil)
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		wantErr(t, "kept once", n.Wait(ctx), context.DeadlineExceeded)
		woken := make(chan int, 10)
		for i := range 4 {
			go func() { wantErr(t, "wait", n.Wait(background), nil); woken <- i }()
			synctest.Wait()
		}
		n.One()
		synctest.Wait()
		if len(woken) != 1 || <-woken != 0 || n.Waiting() != 3 {
			t.Error("One does not wake the first")
		}
		n.All()
		synctest.Wait()
		if len(woken) != 3 || n.Waiting() != 0 {
			t.Error("All does not wake all")
		}
		wantErr(t, "nil context", n.Wait(noContext), ErrContext)
	})
}

// TestNotifyCancelled: a wake-up for a waiter that gives up at the same time goes to
// the next.
func TestNotifyCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n Notify
		for range 100 {
			ctx, cancel := context.WithCancel(background)
			done := make(chan error, 2)
			for _, ctx := range []context.Context{ctx, background} {
				go func() { done <- n.Wait(ctx) }()
				synctest.Wait()
			}
			n.One()
			cancel()
			synctest.Wait()
			if len(done) == 1 {
				wantErr(t, "the one that was woken", <-done, nil)
				n.One()
				synctest.Wait()
			}
			<-done
			if len(done) == 1 {
				<-done
			}
		}
		if n.Waiting() != 0 {
			t.Error("a waiter is left")
		}
	})
}

func TestBarrier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const parties, rounds = 4, 50
		b := must(NewBarrier(parties))
		var w sync.WaitGroup
		var mu sync.Mutex
		arrived := 0
		for range parties {
			w.Go(func() {
				for round := range rounds {
					mu.Lock()
					arrived++
					mu.Unlock()
					if err := b.Wait(background); err != nil {
						t.Error(err)
					}
					mu.Lock()
					if arrived < (round+1)*parties {
						t.Errorf("round %d opens after %d arrivals", round, arrived)
					}
					mu.Unlock()
				}
			})
		}
		w.Wait()
		if b.Generation() != rounds {
			t.Errorf("opened %d times", b.Generation())
		}
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		wantErr(t, "time-out", b.Wait(ctx), context.DeadlineExceeded)
		for range parties - 1 {
			b.Arrive()
		}
		if b.Generation() != rounds {
			t.Error("a party that gave up counts")
		}
		wantErr(t, "the last party", b.Wait(background), nil)
		wantErr(t, "dead context", b.Wait(dead()), context.Canceled)
		if _, err := NewBarrier(0); err == nil {
			t.Error("no parties are accepted")
		}
	})
}

type queue struct {
	n   int
	end atomic.Int64
}

func (q *queue) Pop() (int, bool) {
	if q.n == int(q.end.Load()) {
		return 0, false
	}
	q.n++
	return q.n, true
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		q := &queue{}
		q.end.Store(3)
		var got []int
		begin := time.Now()
		for v, err := range Drain(ctx, q, 10*time.Millisecond) {
			if err != nil {
				wantErr(t, "drain", err, context.Canceled)
				break
			}
			got = append(got, v)
			if v == 3 {
				q.end.Store(5)
				go func() { time.Sleep(time.Millisecond); q.end.Store(8) }()
			}
			if v == 8 {
				q.end.Store(10)
				cancel()
			}
		}
		if len(got) != 10 || time.Since(begin) != 10*time.Millisecond {
			t.Errorf("%v after %v", got, time.Since(begin))
		}
		for _, d := range []Stream[int]{Drain[int](noContext, q, 1), Drain[int](background, nil, 1), Drain(background, q, 0)} {
			n := 0
			for _, err := range d {
				if n++; err == nil {
					t.Error("bad arguments are accepted")
				}
			}
			if n != 1 {
				t.Errorf("%d turns", n)
			}
		}
	})
}
