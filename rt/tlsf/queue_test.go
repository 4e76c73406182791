package tlsf

import "testing"

// TestQueue checks the queue with one thread.
func TestQueue(t *testing.T) {
	var q remoteQueue
	q.init(4)
	next, want := uint32(1), uint32(1)
	for round := range 1000 {
		for range round % 6 {
			if ok, room := q.push(next), next-want < 4; ok != room {
				t.Fatalf("put %d with %d waiting: %v", next, next-want, ok)
			} else if ok {
				next++
			}
		}
		for range round % 5 {
			b := q.pop()
			if want == next && b != 0 || want != next && b != want {
				t.Fatalf("took %d, want %d of %d", b, want, next)
			}
			if b != 0 {
				want++
			}
		}
	}
}

// TestQueueHelps: a thread that was preempted between filling its slot and
// moving the tail keeps nobody from putting, not even when the owner has taken
// its block by then.
func TestQueueHelps(t *testing.T) {
	for _, taken := range []bool{false, true} {
		var q remoteQueue
		q.init(2)
		q.slots[0].Store(7) // filled, and the tail still at 0
		if taken && q.pop() != 7 {
			t.Fatal("the owner does not see a block before the tail moves")
		}
		if !q.push(8) {
			t.Fatalf("taken %v: a put behind one that was preempted failed", taken)
		}
		if !taken && q.push(9) {
			t.Error("a third block fitted into two slots")
		}
		if !taken && q.pop() != 7 || q.pop() != 8 || q.pop() != 0 {
			t.Errorf("taken %v: blocks came out of order", taken)
		}
	}
}
