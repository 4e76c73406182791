package rt

import (
	"context"
	"errors"
	"math"
	"testing"
)

func TestNotifier(t *testing.T) {
	var n Notifier
	n.Notify()
	n.Notify()
	seen, err := n.Wait(t.Context(), 0)
	if seen != 2 || err != nil {
		t.Fatalf("Wait: %d, %v", seen, err)
	}
	got := make(chan uint32)
	go func() {
		count, err := n.Wait(t.Context(), seen)
		if err != nil {
			t.Error(err)
		}
		got <- count
	}()
	n.Notify()
	if count := <-got; count != 3 {
		t.Errorf("Wait: %d, want 3", count)
	}
	ended := errors.New("ended")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ended)
	if _, err := n.Wait(ctx, 3); !errors.Is(err, ended) {
		t.Errorf("Wait: %v, want the context's cause", err)
	}
	if a := testing.AllocsPerRun(100, n.Notify); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

// TestNotifierWraps: the count of notifications begins at 0 again after 1<<32 of them.
func TestNotifierWraps(t *testing.T) {
	var n Notifier
	n.count.Store(math.MaxUint32)
	n.Notify()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // so that a Wait that does not see it ends too
	if count, err := n.Wait(ctx, math.MaxUint32); count != 0 || err != nil {
		t.Errorf("%d, %v; want 0", count, err)
	}
}
