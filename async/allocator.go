package async

import "context"

// Allocator is memory that goroutines wait for. [Heap] is one, and
// [Task.Allocator] makes one whose blocks end with a task.
type Allocator interface {
	// Alloc takes n zeroed bytes, or waits for them.
	Alloc(ctx context.Context, n int) (Block, error)
	// WouldBlock reports whether an Alloc of n bytes would wait now.
	WouldBlock(n int) bool
	// Task returns the task that the blocks belong to, or nil.
	Task() *Task
}

var (
	_ Allocator = (*Heap)(nil)
	_ Allocator = taskAllocator{}
)
