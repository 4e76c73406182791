package tlsf

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"unsafe"
)

func TestFreeRemote(t *testing.T) {
	h := newHeap(t, 1<<16, Config{RemoteQueue: 3}) // rounded up to 4
	fresh := blocks(h)
	if n := h.DrainRemote(10); n != 0 {
		t.Errorf("an empty queue drained %d", n)
	}
	for lap := range 5 {
		var q [6]unsafe.Pointer
		for i := range q {
			q[i] = alloc(t, h, 100)
		}
		for i := range 4 {
			if err := h.FreeRemote(q[i]); err != nil {
				t.Fatalf("lap %d: FreeRemote %d: %v", lap, i, err)
			}
		}
		if err := h.FreeRemote(q[4]); err != ErrRemoteFull {
			t.Errorf("lap %d: fifth FreeRemote: %v", lap, err)
		}
		check(t, h) // waiting blocks are live
		for _, c := range []struct{ k, want int }{{0, 0}, {-1, 0}, {1, 1}, {2, 2}, {10, 1}, {10, 0}} {
			if n := h.DrainRemote(c.k); n != c.want {
				t.Errorf("lap %d: DrainRemote(%d) = %d, want %d", lap, c.k, n, c.want)
			}
			check(t, h)
		}
		free(t, h, q[4])
		free(t, h, q[5])
	}
	if got := blocks(h); len(got) != 1 || got[0] != fresh[0] {
		t.Errorf("after all is freed: %v, want %v", got, fresh)
	}
}

func TestFreeRemoteRefuses(t *testing.T) {
	h := newHeap(t, 1<<16, Config{})
	q := alloc(t, h, 100)
	var local [32]byte
	for _, c := range []struct {
		p    unsafe.Pointer
		want error
	}{{nil, ErrNil}, {unsafe.Pointer(&local[16]), ErrForeign}, {unsafe.Add(q, 1), ErrInterior}} {
		if err := h.FreeRemote(c.p); err != c.want {
			t.Errorf("FreeRemote(%p): %v, want %v", c.p, err, c.want)
		}
	}
	// What only the owner can see is found in DrainRemote.
	for _, p := range []unsafe.Pointer{q, unsafe.Add(q, 16)} {
		if err := h.FreeRemote(p); err != nil {
			t.Fatal(err)
		}
	}
	if n := h.DrainRemote(10); n != 2 {
		t.Errorf("drained %d", n)
	}
	if err := h.FreeRemote(q); err != nil { // freed, and not allocated again
		t.Fatal(err)
	}
	if n := h.DrainRemote(10); n != 1 {
		t.Errorf("drained %d", n)
	}
	if s := h.Stats(); s.RemoteErrors != 2 || s.Used != 0 {
		t.Errorf("%+v; want two remote errors", s)
	}
	check(t, h)
}

// TestFreeRemoteTwice hands a block over twice, and its memory is allocated again
// between the two drains. The second call is refused: it would free the new block.
func TestFreeRemoteTwice(t *testing.T) {
	exactPlace(t)
	eachPolicy(t, func(t *testing.T, p Policy) {
		h := newHeap(t, 1<<16, Config{Policy: p})
		for round := range 3 { // the mark of a drained block is gone
			old := alloc(t, h, 100)
			if err := h.FreeRemote(old); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			if err := h.FreeRemote(old); err != ErrDoubleFree {
				t.Errorf("round %d: the second FreeRemote: %v", round, err)
			}
			if n := h.DrainRemote(1); n != 1 {
				t.Errorf("round %d: drained %d", round, n)
			}
			fresh := alloc(t, h, 100)
			if fresh != old {
				t.Fatal("the memory was not allocated again, so this test shows nothing")
			}
			if n := h.DrainRemote(10); n != 0 {
				t.Errorf("round %d: drained %d more", round, n)
			}
			if other := alloc(t, h, 100); other == fresh {
				t.Fatalf("round %d: two live blocks at %p", round, fresh)
			} else {
				free(t, h, other)
			}
			free(t, h, fresh)
			check(t, h)
		}
	})
}

// TestRemoteMarks: a block that was refused for want of room, one that Reset forgot
// and one that AddPool drained can be handed over again.
func TestRemoteMarks(t *testing.T) {
	memory := region(1 << 17)
	h, err := New(memory[1<<16:], Config{RemoteQueue: 1})
	if err != nil {
		t.Fatal(err)
	}
	a, b := alloc(t, h, 100), alloc(t, h, 100)
	if err := h.FreeRemote(a); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.FreeRemote(b); err != ErrRemoteFull {
			t.Errorf("a second block in one slot: %v", err)
		}
	}
	h.DrainRemote(1)
	if err := h.FreeRemote(b); err != nil {
		t.Errorf("after a drain: %v", err)
	}
	h.Reset()
	if a = alloc(t, h, 100); h.FreeRemote(a) != nil {
		t.Error("after Reset: refused")
	}
	if err := h.AddPool(memory[:1<<16]); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p := alloc(t, h, 40_000) // in either pool
		if err := h.FreeRemote(p); err != nil {
			t.Errorf("after AddPool: %v", err)
		}
		if h.DrainRemote(2) != 1 || h.Stats().RemoteErrors != 0 {
			t.Errorf("after AddPool: %+v", h.Stats())
		}
	}
	check(t, h)
}

// TestRemoteStress has several threads free what the owner allocates, through
// a queue that is often full. Under -race it also shows that handing a block
// over orders its content.
func TestRemoteStress(t *testing.T) {
	threads, each := 4, 4_000
	if testing.Short() {
		each = 1_000
	}
	h := newHeap(t, 1<<20, Config{RemoteQueue: 16})
	fresh := blocks(h)
	work := make(chan unsafe.Pointer, 64)
	var done sync.WaitGroup
	for range threads {
		done.Go(func() {
			for p := range work {
				b := shadowBlock{p: p, n: 64, seed: 7}
				if err := b.intact(64); err != nil {
					t.Error(err)
				}
				for h.FreeRemote(p) == ErrRemoteFull {
					runtime.Gosched()
				}
			}
		})
	}
	r := rand.New(rand.NewPCG(3, 4))
	drained := 0
	for sent := 0; sent < threads*each; {
		if p := h.Alloc(64); p != nil {
			fill(p, 64)
			select {
			case work <- p:
				sent++
			default:
				free(t, h, p)
				drained += h.DrainRemote(r.IntN(20))
			}
		} else {
			drained += h.DrainRemote(r.IntN(20))
		}
	}
	close(work)
	for drained < threads*each {
		drained += h.DrainRemote(8)
		runtime.Gosched()
	}
	done.Wait()
	check(t, h)
	if s := h.Stats(); s.Used != 0 || s.RemoteErrors != 0 {
		t.Errorf("%+v after everything was freed", s)
	}
	if got := blocks(h); len(got) != 1 || got[0] != fresh[0] {
		t.Errorf("blocks %v, want %v", got, fresh)
	}
}
