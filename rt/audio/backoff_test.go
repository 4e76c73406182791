package audio

import "testing"

// TestBackoff: attempts at once, after 100 ms, and after twice as long each time up to
// 1.6 s, so that none is more than 2 s apart; one that succeeds begins anew.
func TestBackoff(t *testing.T) {
	const ms = int64(1e6)
	var b backoff
	now := 5 * ms
	for round := range 2 {
		for i, wait := range []int64{100, 200, 400, 800, 1600, 1600, 1600} {
			if !b.due(now) {
				t.Fatalf("round %d, attempt %d: not due", round, i)
			}
			b.next(now, false)
			if b.due(now + wait*ms - 1) {
				t.Errorf("round %d, attempt %d: due before %d ms", round, i, wait)
			}
			now += wait * ms
		}
		b.next(now, true)
	}
}
