package tlsf

import "testing"

// queueHeap has a queue of that many slots; push hands over block b.
func queueHeap(t *testing.T, slots int) (q *remoteQueue, push func(b uint32) error) {
	h := newHeap(t, 1<<16, Config{RemoteQueue: slots})
	return &h.remote, func(b uint32) error { return h.FreeRemote(payload(h.base, b)) }
}

// TestQueue checks the queue with one thread.
func TestQueue(t *testing.T) {
	q, push := queueHeap(t, 4)
	next, want := uint32(1), uint32(1)
	for round := range 1000 {
		for range round % 6 {
			if err, room := push(next), next-want < 8; room && err != nil || !room && err != ErrRemoteFull {
				t.Fatalf("push of %d with %d waiting: %v", next, (next-want)/2, err)
			} else if room {
				next += 2
			}
		}
		for range round % 5 {
			b := q.pop()
			if want == next && b != 0 || want != next && b != want {
				t.Fatalf("popped %d, want %d of %d", b, want, next)
			}
			if b != 0 {
				q.unmark(b)
				want += 2
			}
		}
	}
}

// TestQueueHelps: a thread that was preempted between filling its slot and
// moving the tail keeps no other from pushing, not even when the owner has popped
// its block by then.
func TestQueueHelps(t *testing.T) {
	for _, popped := range []bool{false, true} {
		q, push := queueHeap(t, 2)
		q.slots[0].Store(7) // filled, and the tail still at 0
		if popped && q.pop() != 7 {
			t.Fatal("the owner does not see a block before the tail moves")
		}
		if err := push(9); err != nil {
			t.Fatalf("popped %v: a push behind one that was preempted: %v", popped, err)
		}
		if err := push(11); !popped && err != ErrRemoteFull {
			t.Errorf("a third block in two slots: %v", err)
		}
		if !popped && q.pop() != 7 || q.pop() != 9 || popped && q.pop() != 11 || q.pop() != 0 {
			t.Errorf("popped %v: blocks came out of order", popped)
		}
	}
}

// TestQueueLapsWrap: the queue is full where the number of its laps wraps around, and
// takes blocks on either side of that.
func TestQueueLapsWrap(t *testing.T) {
	q, push := queueHeap(t, 2)
	const lap = 1<<32 - 1
	q.head = lap << q.shift
	q.tail.Store(q.head)
	for i := range q.slots {
		q.slots[i].Store(lap << 32)
	}
	for b := uint32(1); b < 40; b += 4 {
		if err := push(b); err != nil {
			t.Fatal(err)
		}
		if err := push(b + 2); err != nil {
			t.Fatal(err)
		}
		if err := push(b + 4); err != ErrRemoteFull {
			t.Fatalf("a third block in two slots: %v", err)
		}
		for _, want := range []uint32{b, b + 2} {
			if got := q.pop(); got != want {
				t.Fatalf("popped %d, want %d", got, want)
			}
			q.unmark(want)
		}
	}
}

// TestQueueUnmarksOneBlock: a block that leaves the queue takes no mark of another
// along, which could then be handed over twice.
func TestQueueUnmarksOneBlock(t *testing.T) {
	q, push := queueHeap(t, 4)
	for _, b := range []uint32{1, 3} {
		if err := push(b); err != nil {
			t.Fatal(err)
		}
	}
	q.unmark(q.pop())
	if err := push(3); err == nil {
		t.Error("block 3 is in the queue twice")
	}
	if err := push(1); err != nil {
		t.Errorf("block 1, which left the queue: %v", err)
	}
}
