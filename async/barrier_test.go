package async

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
)

func TestBarrierKeepsStep(t *testing.T) {
	generations := 100_000
	if testing.Short() {
		generations = 10_000
	}
	const parties = 3
	b := must(NewBarrier(parties))
	var at [parties]int
	var all sync.WaitGroup
	for id := range parties {
		all.Go(func() {
			for g := range generations {
				at[id] = g
				must(0, b.Wait(t.Context()))
				if next := at[(id+1)%parties]; next != g {
					t.Errorf("generation %d: another party is at %d", g, next)
					return
				}
				must(0, b.Wait(t.Context()))
			}
		})
	}
	all.Wait()
	if n := b.Generation(); n != uint64(2*generations) {
		t.Errorf("%d generations", n)
	}
	if _, err := NewBarrier(0); err == nil {
		t.Error("a barrier of 0 parties")
	}
}

func TestBarrierGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := must(NewBarrier(2))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- b.Wait(ctx) }()
		synctest.Wait()
		cancel()
		wantErr(t, "Wait", <-done, context.Canceled)
		go func() { done <- b.Wait(t.Context()) }()
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("the arrival that was taken back counts")
		default:
		}
		if g := b.Arrive(); g != 0 {
			t.Errorf("generation %d", g)
		}
		must(0, <-done)
	})
}
