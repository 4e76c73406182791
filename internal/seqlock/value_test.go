package seqlock

import (
	"strings"
	"sync"
	"testing"
)

type pair struct {
	A, B uint64
	Rest [6]uint64
}

func store(v *Value[pair], n uint64) {
	p := v.Begin()
	Store(&p.A, n)
	for i := range p.Rest {
		Store(&p.Rest[i], n)
	}
	Store(&p.B, n)
	v.End()
}

// TestLoadIsWhole: what a reader gets is of one change, and changes do not go
// backwards. With a Load that compares nothing, or a Begin or End that does
// nothing, it fails.
func TestLoadIsWhole(t *testing.T) {
	var v Value[pair]
	changes := uint64(2_000_000)
	if testing.Short() {
		changes = 100_000
	}
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for last := uint64(0); last < changes; {
				p := v.Load()
				if p.A != p.B || p.Rest != [6]uint64{p.A, p.A, p.A, p.A, p.A, p.A} || p.A < last {
					t.Errorf("after %d: %v", last, p)
					return
				}
				last = p.A
			}
		})
	}
	for n := uint64(1); n <= changes; n++ {
		store(&v, n)
	}
	readers.Wait()
}

// TestReaderWaitsForEnd: no reader sees a change that has begun, also when all its
// stores are done.
func TestReaderWaitsForEnd(t *testing.T) {
	var v Value[pair]
	store(&v, 1)
	p := v.Begin()
	Store(&p.A, 2)
	if v.begun == v.done {
		t.Fatal("a change that has begun is not marked")
	}
	got := make(chan pair)
	go func() { got <- v.Load() }()
	Store(&p.B, 2)
	for i := range p.Rest {
		Store(&p.Rest[i], 2)
	}
	v.End()
	if p := <-got; p.A != 2 || p.B != 2 {
		t.Errorf("a reader during a change got %v", p)
	}
}

func TestCheck(t *testing.T) {
	if err := Check[pair](); err != nil {
		t.Error(err)
	}
	err := Check[struct {
		A uint64
		B struct{ C int }
	}]()
	if err == nil || !strings.HasPrefix(err.Error(), "seqlock: int is not a uint64, field C of ") {
		t.Error(err)
	}
}
