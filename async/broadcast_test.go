package async

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func poll(t testing.TB, r *Receiver[int]) (list []int) {
	t.Helper()
	for {
		v, ok, err := r.Poll()
		if !ok {
			if err != nil && err != ErrClosed && err != ErrDisconnected {
				t.Error(err)
			}
			return list
		}
		list = append(list, v)
	}
}

// TestLag: the three policies differ in what a slow receiver, a fast one and the
// publisher see.
func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, lag := range []Lag{BlockPublisher, DropOldest, Disconnect} {
			b := must(NewBroadcast[int](BroadcastConfig{Capacity: 4, Lag: lag}))
			fast, slow := must(b.Subscribe()), must(b.Subscribe())
			blocked := 0
			var fastGot []int
			for i := range 10 {
				ctx, cancel := context.WithTimeout(background, time.Second)
				if err := b.Publish(ctx, i); err != nil {
					wantErr(t, "publish", err, context.DeadlineExceeded)
					blocked++
				}
				cancel()
				fastGot = append(fastGot, poll(t, fast)...)
			}
			slowGot := poll(t, slow)
			_, _, err := slow.Poll()
			switch lag {
			case BlockPublisher:
				if blocked != 6 || len(fastGot) != 4 || len(slowGot) != 4 || slow.Missed() != 0 || err != nil {
					t.Errorf("%v: blocked %d, fast %v, slow %v, %v", lag, blocked, fastGot, slowGot, err)
				}
			case DropOldest:
				if blocked != 0 || len(fastGot) != 10 || slow.Missed()+uint64(len(slowGot)) != 10 || len(slowGot) < 3 || slowGot[len(slowGot)-1] != 9 || err != nil {
					t.Errorf("%v: blocked %d, fast %v, slow %v, missed %d, %v", lag, blocked, fastGot, slowGot, slow.Missed(), err)
				}
			case Disconnect:
				if blocked != 0 || len(fastGot) != 10 || len(slowGot) != 0 || err != ErrDisconnected {
					t.Errorf("%v: blocked %d, fast %v, slow %v, %v", lag, blocked, fastGot, slowGot, err)
				}
			}
			b.Close()
			_, err = fast.Receive(background)
			wantErr(t, "receive after close", err, ErrClosed)
		}
	})
}

func TestBroadcastWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := must(NewBroadcast[int](BroadcastConfig{Capacity: 1}))
		r := must(b.Subscribe())
		got := make(chan int)
		go func() { got <- must(r.Receive(background)) }()
		synctest.Wait()
		wantErr(t, "publish", b.Publish(background, 7), nil)
		if v := <-got; v != 7 {
			t.Errorf("received %d", v)
		}
		wantErr(t, "publish", b.Publish(background, 8), nil)
		published := make(chan error)
		go func() { published <- b.Publish(background, 9) }()
		synctest.Wait()
		if v := must(r.Receive(background)); v != 8 {
			t.Errorf("received %d", v)
		}
		wantErr(t, "publisher that waited", <-published, nil)
		go func() { published <- b.Publish(background, 10) }()
		synctest.Wait()
		r.Close() // no receiver is slow any more
		wantErr(t, "publisher that waited", <-published, nil)
		_, err := r.Receive(background)
		wantErr(t, "closed receiver", err, ErrClosed)
		wantErr(t, "close twice", r.Close(), ErrClosed)

		r = must(b.Subscribe())
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err = r.Receive(ctx)
		wantErr(t, "time-out", err, context.DeadlineExceeded)
		failed := make(chan error)
		go func() { _, err := r.Receive(background); failed <- err }()
		synctest.Wait()
		b.Close()
		wantErr(t, "receiver that waits", <-failed, ErrClosed)
		wantErr(t, "publish after close", b.Publish(background, 1), ErrClosed)
		_, err = b.Subscribe()
		wantErr(t, "subscribe after close", err, ErrClosed)
		wantErr(t, "close twice", b.Close(), ErrClosed)
		wantErr(t, "dead context", b.Publish(dead(), 1), context.Canceled)
	})
}

// TestBroadcastParallel: receivers of a blocking broadcast get every value in order,
// those of a dropping one get rising values and know how many they missed. Values
// are two words that must agree. Run also with -race.
func TestBroadcastParallel(t *testing.T) {
	values := 20_000
	if testing.Short() {
		values = 2_000
	}
	type pair struct{ a, b int }
	for _, lag := range []Lag{BlockPublisher, DropOldest} {
		b := must(NewBroadcast[pair](BroadcastConfig{Capacity: 8, Lag: lag}))
		var w sync.WaitGroup
		for range 4 {
			r := must(b.Subscribe())
			w.Go(func() {
				n, last := 0, -1
				for v, err := range r.Stream(background) {
					if err != nil || v.a != v.b || v.a <= last || lag == BlockPublisher && v.a != last+1 {
						t.Errorf("%v: %v after %d, %v", lag, v, last, err)
						return
					}
					last = v.a
					n++
				}
				if n+int(r.Missed()) != values {
					t.Errorf("%v: %d received, %d missed", lag, n, r.Missed())
				}
			})
		}
		for i := range values {
			b.Publish(background, pair{i, i})
		}
		b.Close()
		w.Wait()
	}
}

// TestPublishWaitsForReaders: a value is not overwritten while a receiver copies it,
// here by a receiver that was stopped between the beginning and the end of Poll.
func TestPublishWaitsForReaders(t *testing.T) {
	b := must(NewBroadcast[int](BroadcastConfig{Capacity: 2, Lag: DropOldest}))
	must(b.Subscribe())
	wantErr(t, "publish", b.Publish(background, 1), nil)
	wantErr(t, "publish", b.Publish(background, 2), nil)
	cell := &b.ring[0]
	cell.state.Add(1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Publish(background, 3)
	}()
	for range 1000 {
		runtime.Gosched()
		select {
		case <-done:
			t.Fatal("a value was overwritten while it was read")
		default:
		}
	}
	if cell.value != 1 {
		t.Errorf("the receiver reads %d", cell.value)
	}
	cell.state.Add(^uint64(0))
	<-done
	if cell.value != 3 {
		t.Errorf("the value published is %d", cell.value)
	}
	wantErr(t, "close", b.Close(), nil)
}

func TestBroadcastConfig(t *testing.T) {
	for _, c := range []BroadcastConfig{{Capacity: -1}, {Lag: 9}} {
		if _, err := NewBroadcast[int](c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}
