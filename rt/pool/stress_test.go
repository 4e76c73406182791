package pool

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
)

// TestSharedStress has more goroutines than slots take, mark, check and return
// them; the race detector sees every access, because the region is Go memory.
func TestSharedStress(t *testing.T) {
	const slots = 5
	rounds := 20000
	if testing.Short() {
		rounds = 2000
	}
	for name, p := range map[string]*Shared[block]{
		"region": must(NewShared[block](make([]byte, SharedSize[block](slots)), slots)),
		"slab":   must(NewSharedSlab[block](slots)),
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for worker := range uint64(8) {
				wg.Go(func() {
					random := rand.New(rand.NewPCG(worker, 1))
					for range rounds {
						stressShared(t, p, worker+1, random.IntN(3)+1)
					}
				})
			}
			wg.Wait()
			p.check(t, 0)
		})
	}
}

// stressShared takes up to n slots and returns them, in the order taken.
func stressShared(t *testing.T, p *Shared[block], worker uint64, n int) {
	var held [3]*block
	for i := range n {
		b := p.Get()
		if b == nil {
			break
		}
		if *b != (block{}) {
			t.Errorf("a slot is not zero: %v", *b)
		}
		b.owner = worker
		held[i] = b
	}
	runtime.Gosched()
	for _, b := range held {
		if b == nil {
			break
		}
		if b.owner != worker {
			t.Errorf("worker %d's slot belongs to %d", worker, b.owner)
		}
		if err := p.Put(b); err != nil {
			t.Error(err)
		}
	}
}

// TestSharedDoublePut has goroutines return the same slot at the same time.
func TestSharedDoublePut(t *testing.T) {
	p := must(NewShared[block](make([]byte, SharedSize[block](2)), 2))
	for range 500 {
		b := p.Get()
		errs := make(chan error, 3)
		for range 3 {
			go func() { errs <- p.Put(b) }()
		}
		accepted := 0
		for range 3 {
			if <-errs == nil {
				accepted++
			}
		}
		if accepted != 1 {
			t.Fatalf("%d of 3 puts of one slot succeed", accepted)
		}
		p.check(t, 0)
	}
}

// TestSharedContention lets goroutines fight for the top of the free list, so that
// compare-and-swaps fail often.
func TestSharedContention(t *testing.T) {
	rounds := 300_000
	if testing.Short() {
		rounds = 30_000
	}
	p := must(NewSharedUninit[block](make([]byte, SharedSize[block](16)), 16))
	var wg sync.WaitGroup
	for worker := range uint64(4) {
		wg.Go(func() {
			for range rounds {
				a, b := p.Get(), p.Get()
				a.owner, b.owner = worker, worker
				if a.owner != worker || p.Put(a) != nil || p.Put(b) != nil {
					t.Error("a slot has two owners")
					return
				}
			}
		})
	}
	wg.Wait()
	p.check(t, 0)
}
