package gpu

import (
	"context"
	"time"
)

// Fence stands for work that was submitted. The zero value stands for none, and
// has passed.
type Fence struct {
	timeline Timeline
	value    uint64
}

// Done reports whether the work has finished.
func (f Fence) Done() (bool, error) {
	if f.value == 0 {
		return true, nil
	}
	v, err := f.timeline.Value()
	return v >= f.value, err
}

// Spin polls until the work has finished; see [Timeline.Spin].
func (f Fence) Spin(limit time.Duration) error {
	if f.value == 0 {
		return nil
	}
	return f.timeline.Spin(f.value, limit)
}

// Wait sleeps until the work has finished or ctx ends.
func (f Fence) Wait(ctx context.Context) error {
	if f.value == 0 {
		return nil
	}
	return f.timeline.Wait(ctx, f.value)
}
