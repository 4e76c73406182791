package async

import (
	"context"
	"fmt"
	"sync"
)

// Task is a piece of work in a context, with tasks below it and with clean-ups that
// its End runs: the counterpart of a task-local allocator. Its methods may be called
// from any goroutine.
type Task struct {
	name   string
	parent *Task

	mu       sync.Mutex
	children int
	cleanups cleanups // over after End
	values   map[any]any
}

type taskKey struct{}

// NewTask begins a task below the context's task, if there is one. The context that
// it returns carries the task. context.WithValue allocates, so this is for ordinary
// goroutines.
func NewTask(ctx context.Context, name string) (context.Context, *Task, error) {
	if err := usable(ctx); err != nil {
		return nil, nil, err
	}
	t := &Task{name: name, parent: TaskOf(ctx)}
	if t.parent != nil {
		if err := t.parent.adopt(); err != nil {
			return nil, nil, err
		}
	}
	return context.WithValue(ctx, taskKey{}, t), t, nil
}

// TaskOf returns the context's task, or nil.
func TaskOf(ctx context.Context) *Task {
	if ctx == nil {
		return nil
	}
	t, _ := ctx.Value(taskKey{}).(*Task)
	return t
}

func (t *Task) adopt() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cleanups.over {
		return ErrTask
	}
	t.children++
	return nil
}

// Name returns the task's name after those of the tasks above it.
func (t *Task) Name() string {
	if t.parent == nil {
		return t.name
	}
	return t.parent.Name() + "/" + t.name
}

// Parent returns the task above, or nil.
func (t *Task) Parent() *Task { return t.parent }

// Defer makes End run f. After End it fails with [ErrTask], and f runs at once, so
// that nothing is left.
func (t *Task) Defer(f func()) error {
	if !t.cleanups.add(&t.mu, f) {
		return ErrTask
	}
	return nil
}

// End ends the task and runs its clean-ups, the latest first; one that panics does
// not keep the others from running. It fails with [ErrTask] the second time, and
// with a [*RunningError] while tasks below run.
func (t *Task) End() error {
	t.mu.Lock()
	switch {
	case t.cleanups.over:
		t.mu.Unlock()
		return ErrTask
	case t.children > 0:
		defer t.mu.Unlock()
		return &RunningError{t.Name(), t.children}
	}
	cleanups := t.cleanups.drain()
	t.mu.Unlock()
	if p := t.parent; p != nil {
		defer func() {
			p.mu.Lock()
			p.children--
			p.mu.Unlock()
		}()
	}
	runBackwards(cleanups)
	return nil
}

// RunningError is the refusal to end a task before the tasks below it.
type RunningError struct {
	Task     string
	Children int
}

func (e *RunningError) Error() string {
	return fmt.Sprintf("async: task %q: %d tasks below it still run; end them first", e.Task, e.Children)
}

// Allocator returns an allocator whose blocks are released when the task ends, if
// they were not before.
func (t *Task) Allocator(from Allocator) Allocator { return taskAllocator{from, t} }

type taskAllocator struct {
	Allocator
	task *Task
}

// Alloc allocates for the task.
func (a taskAllocator) Alloc(ctx context.Context, n int) (Block, error) {
	b, err := a.Allocator.Alloc(ctx, n)
	if err != nil {
		return Block{}, err
	}
	if err := a.task.Defer(func() { b.Release() }); err != nil {
		return Block{}, err
	}
	return b, nil
}

// Task returns the task.
func (a taskAllocator) Task() *Task { return a.task }

// Local is a value that each task has for itself and that the tasks below it
// inherit. Local variables are usually package variables, and are used by address.
type Local[T any] struct{ _ byte }

// Set sets the task's value.
func (l *Local[T]) Set(t *Task, v T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.values == nil {
		t.values = map[any]any{}
	}
	t.values[l] = v
}

// Get returns the value of the task, or of the nearest task above that has one.
func (l *Local[T]) Get(t *Task) (v T, ok bool) {
	for ; t != nil; t = t.parent {
		t.mu.Lock()
		x, found := t.values[l]
		t.mu.Unlock()
		if found {
			return x.(T), true
		}
	}
	return v, false
}
