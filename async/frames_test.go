package async

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/core"
)

type point struct{ X, Y, Z int64 }

var points = core.MustType[point]()

func newFrames(t testing.TB, c FramesConfig) *Frames {
	t.Helper()
	f := must(NewFrames(c))
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestFrame(t *testing.T) {
	f := newFrames(t, FramesConfig{Size: 4096, Holders: 3})
	frame := must(f.Begin(background))
	r := must(New(frame, points))
	s := must(Make(background, frame, points, 5))
	r.Ptr().X = 7
	for i := range s.Slice() {
		s.Slice()[i].Y = 1
	}
	clone := must(r.Clone())
	_, err := r.Clone()
	wantErr(t, "too many holders", err, ErrExhausted)
	if clone.Ptr() != r.Ptr() || frame.Used() != 6*24 || s.Len() != 5 {
		t.Error("clone, used or len")
	}
	wantErr(t, "release", r.Release(), nil)
	wantErr(t, "release twice", r.Release(), ErrReleased)
	_, err = r.Get()
	wantErr(t, "get after release", err, ErrStale)
	_, err = r.Clone()
	wantErr(t, "clone after release", err, ErrStale)
	if clone.Ptr().X != 7 {
		t.Error("a clone ends with the original")
	}
	_, err = Make(background, frame, points, 1000)
	wantErr(t, "too large", err, ErrExhausted)
	_, err = Make(background, frame, points, -1)
	wantErr(t, "negative", err, ErrSize)
	_, err = Make(dead(), frame, points, 1)
	wantErr(t, "dead context", err, context.Canceled)
	_, err = New(frame, core.Type[point]{})
	wantErr(t, "token", err, ErrToken)
	_, err = New(Frame{}, points)
	wantErr(t, "zero frame", err, ErrEnded)
	wantErr(t, "zero ref", Ref[point]{}.Release(), ErrReleased)
	wantErr(t, "release", clone.Release(), nil)
	wantErr(t, "release", s.Release(), nil)
	wantErr(t, "end", frame.End(background), nil)
	wantErr(t, "end twice", frame.End(background), ErrEnded)
	_, err = New(frame, points)
	wantErr(t, "after the end", err, ErrEnded)
	wantErr(t, "nil context", frame.End(noContext), ErrContext)

	next := must(f.Begin(background))
	if p := must(New(next, points)); *p.Ptr() != (point{}) {
		t.Error("memory of an ended frame is not zeroed")
	} else {
		p.Release()
	}
	wantErr(t, "old handle", frame.End(background), ErrEnded)
	wantErr(t, "end", next.End(background), nil)
}

// TestEndWaitsThenNames: End waits for holders, and names them by tag and site when
// its context ends.
func TestEndWaitsThenNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFrames(t, FramesConfig{Name: "requests"})
		frame := must(f.Begin(background))
		_, _, line, _ := runtime.Caller(0)
		r := must(New(frame.Tagged("parser"), points)) // line+1
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		begin := time.Now()
		err := frame.End(ctx)
		var held *HeldError
		if !errors.As(err, &held) || !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Second {
			t.Fatalf("after %v: %v", time.Since(begin), err)
		}
		site := held.Holders[0].Site
		if len(held.Holders) != 1 || held.Holders[0].Tag != "parser" || held.Holders[0].Bytes != 24 ||
			!strings.HasSuffix(site, "frames_test.go:"+itoa(line+1)) {
			t.Errorf("%+v", held.Holders)
		}
		if !strings.HasPrefix(err.Error(), `async: "requests": the frame is held (context deadline exceeded): 24 bytes with tag "parser", made at `) {
			t.Error(err)
		}
		if r.Ptr() == nil {
			t.Error("a holder's reference is stale before its release")
		}
		_, err = New(frame, points)
		wantErr(t, "allocation in an ending frame", err, ErrEnded)
		_, err = r.Clone()
		wantErr(t, "clone in an ending frame", err, ErrEnded)
		go func() {
			time.Sleep(time.Minute)
			r.Release()
		}()
		begin = time.Now()
		wantErr(t, "end", frame.End(background), nil)
		if time.Since(begin) != time.Minute {
			t.Errorf("End waited for %v", time.Since(begin))
		}
	})
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// TestUseAfterEnd: another goroutine that kept a reference against the rules gets an
// error, and never reads what a later frame wrote there. Run also with -race.
func TestUseAfterEnd(t *testing.T) {
	f := newFrames(t, FramesConfig{Count: 1, Size: 4096})
	kept := make(chan Ref[point])
	var w sync.WaitGroup
	for range 4 {
		w.Go(func() {
			for r := range kept {
				if p, err := r.Get(); err == nil || p != nil {
					t.Error("a reference is good after its frame")
				}
				wantErr(t, "release", r.Release(), ErrReleased)
			}
		})
	}
	for i := range 2000 {
		frame := must(f.Begin(background))
		r := must(New(frame, points))
		r.Ptr().X = int64(i)
		r.Release()
		if err := frame.End(background); err != nil {
			t.Fatal(err)
		}
		kept <- r
	}
	close(kept)
	w.Wait()
}

// TestFramesInParallel: tasks begin, allocate, hand clones to others and end; End
// never returns while a clone is held.
func TestFramesInParallel(t *testing.T) {
	f := newFrames(t, FramesConfig{Count: 2, Size: 64 << 10})
	var w sync.WaitGroup
	for i := range 8 {
		w.Go(func() {
			for n := range 200 {
				frame := must(f.Begin(background))
				r := must(Make(background, frame, points, 100))
				r.Slice()[99].X = int64(i)
				c := must(r.Clone())
				w.Go(func() {
					if s, err := c.Get(); err != nil || s[99].X != int64(i) || s[0].X != 0 {
						t.Errorf("round %d: %v", n, err)
					}
					c.Release()
				})
				r.Release()
				if err := frame.End(background); err != nil {
					t.Error(err)
				}
				if _, err := c.Get(); err == nil {
					t.Error("the frame ended while it was held")
				}
			}
		})
	}
	w.Wait()
	if s := f.Stats(); s.Acquired != 1600 || s.Held != 0 {
		t.Error(s)
	}
}

func TestFramesConfig(t *testing.T) {
	for _, c := range []FramesConfig{{Count: -1}, {Size: 1}, {Holders: -1}} {
		if _, err := NewFrames(c); err == nil || !strings.HasPrefix(err.Error(), "async: FramesConfig.") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	f := must(NewFrames(FramesConfig{}))
	frame := must(f.Begin(background))
	var leak *LeakError
	if err := f.Close(); !errors.As(err, &leak) || leak.Count != 1 {
		t.Error(err)
	}
	must(0, frame.End(background))
	must(0, f.Close())
	_, err := f.Begin(background)
	wantErr(t, "begin after close", err, ErrClosed)
}
