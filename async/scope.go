package async

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// Scope runs goroutines that end together. The first error or panic cancels the
// context of the others. Wait waits for all and then runs the deferred functions,
// also after an error or panic.
type Scope struct {
	ctx    context.Context
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	idle     sync.Cond // signalled when running becomes 0
	running  int
	first    error
	cleanups cleanups // over after Wait
}

// NewScope makes a scope under ctx. Call Wait at its end.
func NewScope(ctx context.Context) (*Scope, error) {
	if err := usable(ctx); err != nil {
		return nil, err
	}
	s := &Scope{}
	s.idle.L = &s.mu
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	return s, nil
}

// Context returns the scope's context, which ends with its first error.
func (s *Scope) Context() context.Context { return s.ctx }

// Go runs f on a goroutine. After Wait it fails with [ErrClosed].
func (s *Scope) Go(f func(ctx context.Context) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cleanups.over {
		return ErrClosed
	}
	s.running++
	go s.run(f)
	return nil
}

func (s *Scope) run(f func(context.Context) error) {
	defer func() { // also when f calls runtime.Goexit
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.running--; s.running == 0 {
			s.idle.Broadcast()
		}
	}()
	protect(s.ctx, f, s.fail)
}

// fail keeps the first error.
func (s *Scope) fail(err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	if s.first == nil {
		s.first = err
	}
	s.mu.Unlock()
	s.cancel(err)
}

// Defer makes Wait run f after all goroutines have ended, the latest first. After
// Wait it fails with [ErrClosed], and f runs at once.
func (s *Scope) Defer(f func()) error {
	if !s.cleanups.add(&s.mu, f) {
		return ErrClosed
	}
	return nil
}

// Wait waits for the goroutines, runs the deferred functions, and returns the first
// error; a panic is a [*PanicError].
func (s *Scope) Wait() error {
	s.mu.Lock()
	for s.running > 0 {
		s.idle.Wait()
	}
	cleanups := s.cleanups.drain()
	s.mu.Unlock()
	s.cancel(nil)
	runBackwards(cleanups)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first
}

// Run runs f with a scope, and waits for it. When f returns an error or panics,
// the goroutines are cancelled.
func Run(ctx context.Context, f func(s *Scope) error) (err error) {
	s, err := NewScope(ctx)
	if err != nil {
		return err
	}
	defer func() { err = s.Wait() }()
	protect(s.ctx, func(context.Context) error { return f(s) }, s.fail)
	return nil
}

// PanicError is a panic in a goroutine of a [Scope].
type PanicError struct {
	Value any
	Stack []byte // of the goroutine
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("async: a goroutine of the scope panicked: %v\n%s", e.Value, e.Stack)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// protect reports f's error, or its panic as one. A call of runtime.Goexit counts as
// a panic, since f has not done its work.
func protect(ctx context.Context, f func(context.Context) error, report func(error)) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			v = "runtime.Goexit was called"
		}
		report(&PanicError{v, debug.Stack()})
	}()
	err := f(ctx)
	returned = true
	report(err)
}
