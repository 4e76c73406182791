package record

import "slices"

// outliers keeps the largest samples seen, in a min-heap by value: the smallest
// of them, which the next one must beat, is at the root.
type outliers struct {
	heap []Outlier
}

// push replaces the smallest kept sample by o, which is larger.
//
// Cost: O(log Top). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound log2(len(heap)) rounds, at most 12
func (s *outliers) push(o Outlier) {
	h := s.heap
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if right := child + 1; right < len(h) && h[right].Value < h[child].Value {
			child = right
		}
		if h[child].Value >= o.Value {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = o
}

// clear empties the heap: every slot holds a value that any sample beats.
func (s *outliers) clear() {
	for i := range s.heap {
		s.heap[i] = Outlier{Index: -1, Value: minSample}
	}
}

// sorted lists the samples kept, largest first and ties in recorded order.
func (s *outliers) sorted() []Outlier {
	kept := make([]Outlier, 0, len(s.heap))
	for _, o := range s.heap {
		if o.Index >= 0 {
			kept = append(kept, o)
		}
	}
	slices.SortFunc(kept, func(a, b Outlier) int {
		if a.Value != b.Value {
			if a.Value > b.Value {
				return -1
			}
			return 1
		}
		return int(a.Index - b.Index)
	})
	return kept
}
