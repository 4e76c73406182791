package async

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/core"
)

func newHeap(t testing.TB, c HeapConfig) *Heap {
	t.Helper()
	h := must(NewHeap(c))
	t.Cleanup(func() {
		if err := h.tlsf.Check(); err != nil && !h.q.closed {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func TestHeap(t *testing.T) {
	h := newHeap(t, HeapConfig{Size: 64 << 10, Blocks: 2})
	b := must(h.Alloc(background, 1000))
	copy(b.Bytes(), "hello")
	x := must(NewBox(background, h, points))
	x.Ptr().X = 3
	if !h.WouldBlock(1) || h.Stats().Blocks != 2 || h.Stats().Bytes != 1024 {
		t.Error("all blocks are in use", h.Stats())
	}
	wantErr(t, "release", b.Release(), nil)
	wantErr(t, "release twice", b.Release(), ErrReleased)
	wantErr(t, "box", x.Release(), nil)
	wantErr(t, "box twice", x.Release(), ErrReleased)
	_, err := b.Get()
	wantErr(t, "stale", err, ErrStale)
	wantErr(t, "idle", x.Idle(), ErrForeign)
	if h.WouldBlock(1000) || !h.WouldBlock(1<<20) || !h.WouldBlock(-1) {
		t.Error("WouldBlock")
	}
	for n, want := range map[int]error{-1: ErrSize, 1 << 20: ErrTooLarge} {
		_, err := h.Alloc(background, n)
		wantErr(t, "alloc", err, want)
	}
	_, err = h.Alloc(dead(), 1)
	wantErr(t, "dead context", err, context.Canceled)
	_, err = h.Alloc(noContext, 1)
	wantErr(t, "nil context", err, ErrContext)
	_, err = NewBox(background, h, core.Type[point]{})
	wantErr(t, "token", err, ErrToken)
	if largest := must(h.Alloc(background, h.largest)); largest.Release() != nil {
		t.Error("the largest block")
	}
	if b := must(h.Alloc(background, 5)); string(b.Bytes()) != "\x00\x00\x00\x00\x00" {
		t.Error("memory is not zeroed")
	} else {
		b.Release()
	}
	if s := h.Stats(); s.Blocks != 0 || s.Bytes != 0 || s.Allocated != 4 {
		t.Error(s)
	}
	for _, c := range []HeapConfig{{Size: 1}, {Blocks: -1}} {
		if _, err := NewHeap(c); err == nil || !strings.HasPrefix(err.Error(), "async: HeapConfig.") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// ending is a context whose end is seen at the n-th look.
type ending struct {
	context.Context
	looks int
}

func (e *ending) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

// TestZeroing: zeroing a large block stops between two chunks when its context ends,
// and nothing stays taken.
func TestZeroing(t *testing.T) {
	h := newHeap(t, HeapConfig{Size: 8 << 20})
	ctx := &ending{background, 3}
	_, err := h.Alloc(ctx, 4<<20)
	wantErr(t, "alloc", err, context.Canceled)
	if ctx.looks < -2 {
		t.Errorf("looked %d times more", -2-ctx.looks)
	}
	if s := h.Stats(); s.Blocks != 0 {
		t.Error(s)
	}
}

func TestHeapWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := must(NewHeap(HeapConfig{Size: 64 << 10, Blocks: 1}))
		b := must(h.Alloc(background, h.largest))
		got := make(chan Block)
		go func() { got <- must(h.Alloc(background, 100)) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err := h.Alloc(ctx, 100)
		wantErr(t, "time-out", err, context.DeadlineExceeded)
		b.Release()
		(<-got).Release()

		b = must(h.Alloc(background, 100))
		failed := make(chan error)
		go func() { _, err := h.Alloc(background, h.largest); failed <- err }()
		synctest.Wait()
		var leak *LeakError
		if err := h.Close(); !errors.As(err, &leak) || leak.Bytes != 100 {
			t.Error(err)
		}
		wantErr(t, "waiter", <-failed, ErrClosed)
		if b.Bytes() == nil {
			t.Error("a block that is held ends with Close")
		}
		b.Release()
	})
}

func TestVec(t *testing.T) {
	h := newHeap(t, HeapConfig{Size: 64 << 10})
	v := must(NewVec(background, h, points, 0))
	for i := range int64(500) {
		wantErr(t, "push", v.Push(background, point{X: i}), nil)
	}
	for i, p := range v.Slice() {
		if p.X != int64(i) {
			t.Fatalf("element %d is %v", i, p)
		}
	}
	if p, ok := v.Pop(); !ok || p.X != 499 || v.Len() != 499 || v.Cap() != 512 {
		t.Error("pop", p, v.Len(), v.Cap())
	}
	for err := error(nil); err == nil; err = v.Push(background, point{}) {
	}
	n := v.Len()
	wantErr(t, "too large", v.Push(background, point{}), ErrTooLarge)
	if v.Len() != n {
		t.Error("a failed push changes the list")
	}
	wantErr(t, "release", v.Release(), nil)
	wantErr(t, "release twice", v.Release(), ErrReleased)
	wantErr(t, "push after release", v.Push(background, point{}), ErrStale)
	if _, ok := v.Pop(); ok || v.Slice() != nil {
		t.Error("after release")
	}
	_, err := NewVec(background, h, points, -1)
	wantErr(t, "negative", err, ErrSize)
}

func TestBuffer(t *testing.T) {
	h := newHeap(t, HeapConfig{Size: 64 << 10})
	b := must(NewBuffer(background, h, 100))
	var w sync.WaitGroup
	w.Go(func() {
		for i := range 1000 {
			p := []byte{byte(i), byte(i >> 8), 7, 7, 7, 7, 7}
			if n, err := b.Write(background, p); n != len(p) || err != nil {
				t.Error(n, err)
			}
		}
		b.CloseWrite()
	})
	var got []byte
	p := make([]byte, 33)
	for {
		n, err := b.Read(background, p)
		got = append(got, p[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Wait()
	if len(got) != 7000 || got[7*999] != 999&0xff || got[7*999+1] != 999>>8 || b.Buffered() != 0 {
		t.Errorf("%d bytes", len(got))
	}
	_, err := b.Write(background, p)
	wantErr(t, "write after close", err, ErrClosed)
	wantErr(t, "release", b.Release(), nil)
	wantErr(t, "release twice", b.Release(), ErrReleased)
	_, err = b.Read(background, p)
	wantErr(t, "read after release", err, ErrClosed)
	_, err = NewBuffer(background, h, 0)
	wantErr(t, "size", err, ErrSize)
}

func TestBufferTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHeap(t, HeapConfig{Size: 64 << 10})
		b := must(NewBuffer(background, h, 10))
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		_, err := b.Read(ctx, make([]byte, 1))
		wantErr(t, "read", err, context.DeadlineExceeded)
		ctx, cancel = context.WithTimeout(background, time.Second)
		defer cancel()
		n, err := b.Write(ctx, make([]byte, 15))
		wantErr(t, "write", err, context.DeadlineExceeded)
		if n != 10 {
			t.Errorf("%d bytes written", n)
		}
		ended := make(chan error)
		go func() { _, err := b.Write(background, make([]byte, 1)); ended <- err }()
		synctest.Wait()
		b.Release()
		wantErr(t, "a writer that waits", <-ended, ErrClosed)
	})
}
