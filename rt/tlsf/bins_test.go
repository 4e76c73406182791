package tlsf

import "testing"

// TestBinsetLast holds last to a search, with bins that share a word and bins that
// do not.
func TestBinsetLast(t *testing.T) {
	q := newBinset(4)
	if bin, found := q.last(); found {
		t.Errorf("an empty set has a last bin, %d", bin)
	}
	marked := []uint32{37, 3, 40, 63, 5, 64, 71, 70}
	most := uint32(0)
	for _, bin := range marked {
		q.mark(bin)
		most = max(most, bin)
		if got, found := q.last(); !found || got != most {
			t.Errorf("after a mark of %d the last is %d, %t; it is %d", bin, got, found, most)
		}
	}
	q.clear(71)
	if got, _ := q.last(); got != 70 {
		t.Errorf("without 71 the last is %d, not 70", got)
	}
}
