package async

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, PoolConfig[int]{Size: 2})
		failure := errors.New("failure")
		cancelled := 0
		var order []int
		err := Run(background, func(s *Scope) error {
			for i := range 2 {
				b := must(p.Acquire(s.Context()))
				s.Defer(func() { b.Release(); order = append(order, i) })
			}
			s.Go(func(ctx context.Context) error {
				<-ctx.Done()
				cancelled++
				return context.Cause(ctx)
			})
			s.Go(func(context.Context) error {
				time.Sleep(time.Second)
				return failure
			})
			return nil
		})
		if err != failure || cancelled != 1 || fmt.Sprint(order) != "[1 0]" || p.Stats().Held != 0 {
			t.Errorf("%v; %d cancelled; %v; %v", err, cancelled, order, p.Stats())
		}
	})
}

// TestScopePanics: a panic in a goroutine, in the function, in a clean-up: everything
// is released all the same, and the panic is an error with its stack.
func TestScopePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, PoolConfig[int]{Size: 1})
		for name, f := range map[string]func(s *Scope) error{
			"goroutine": func(s *Scope) error {
				s.Go(func(context.Context) error { panic(errors.New("oh")) })
				<-s.Context().Done()
				return nil
			},
			"function": func(s *Scope) error {
				s.Go(func(ctx context.Context) error { <-ctx.Done(); return nil })
				panic(errors.New("oh"))
			},
			"exit": func(s *Scope) error {
				s.Go(func(ctx context.Context) error { runtime.Goexit(); return nil })
				return nil
			},
		} {
			err := Run(background, func(s *Scope) error {
				b := must(p.Acquire(background))
				s.Defer(func() { b.Release() })
				return f(s)
			})
			var panicked *PanicError
			if !errors.As(err, &panicked) || !strings.Contains(err.Error(), "scope_test.go") || p.Stats().Held != 0 {
				t.Errorf("%s: %v; %v", name, err, p.Stats())
			}
		}
		func() {
			defer func() {
				if recover() == nil || p.Stats().Held != 0 {
					t.Error("a clean-up that panics keeps others from running")
				}
			}()
			Run(background, func(s *Scope) error {
				b := must(p.Acquire(background))
				s.Defer(func() { b.Release() })
				s.Defer(func() { panic("clean-up") })
				return nil
			})
		}()
	})
}

func TestScopeAfterWait(t *testing.T) {
	s := must(NewScope(background))
	wantErr(t, "wait", s.Wait(), nil)
	wantErr(t, "wait again", s.Wait(), nil)
	wantErr(t, "go", s.Go(func(context.Context) error { return nil }), ErrClosed)
	ran := false
	wantErr(t, "defer", s.Defer(func() { ran = true }), ErrClosed)
	if !ran || s.Context().Err() == nil {
		t.Error("after Wait")
	}
	_, err := NewScope(dead())
	wantErr(t, "dead context", err, context.Canceled)
	wantErr(t, "nil context", Run(noContext, nil), ErrContext)
}

func TestTask(t *testing.T) {
	h := newHeap(t, HeapConfig{Size: 64 << 10})
	var user, request Local[string]
	ctx, task := must2(NewTask(background, "server"))
	user.Set(task, "ann")
	ctx, child := must2(NewTask(ctx, "request"))
	request.Set(child, "42")
	if child.Name() != "server/request" || TaskOf(ctx) != child || child.Parent() != task || TaskOf(background) != nil {
		t.Error("names")
	}
	if v, ok := user.Get(child); v != "ann" || !ok {
		t.Error("a value is not inherited")
	}
	if _, ok := request.Get(task); ok {
		t.Error("a value is inherited upwards")
	}
	a := child.Allocator(h)
	b := must(a.Alloc(ctx, 100))
	if a.Task() != child || h.Task() != nil || a.WouldBlock(100) {
		t.Error("the task's allocator")
	}
	var order []int
	for i := range 3 {
		child.Defer(func() { order = append(order, i) })
	}
	var running *RunningError
	if err := task.End(); !errors.As(err, &running) || running.Children != 1 {
		t.Error(err)
	}
	wantErr(t, "end", child.End(), nil)
	wantErr(t, "end twice", child.End(), ErrTask)
	if !slices.Equal(order, []int{2, 1, 0}) || b.Bytes() != nil || h.Stats().Blocks != 0 {
		t.Error("clean-up", order, h.Stats())
	}
	_, err := a.Alloc(background, 1)
	wantErr(t, "alloc after end", err, ErrTask)
	if h.Stats().Blocks != 0 {
		t.Error("a block without a task is left")
	}
	wantErr(t, "defer after end", child.Defer(func() {}), ErrTask)
	_, _, err = NewTask(ctx, "late")
	wantErr(t, "task below an ended one", err, ErrTask)
	wantErr(t, "end", task.End(), nil)
	_, _, err = NewTask(dead(), "x")
	wantErr(t, "dead context", err, context.Canceled)
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}
