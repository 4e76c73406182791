package tlsf

import "fmt"

// Check verifies every invariant; it returns an error that wraps ErrCorrupt
// and names the first violation. For tests and post-mortems.
func (r *Ranges) Check() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
	offset, before, used := uint32(0), uint32(0), uint32(0)
	free := map[uint32]bool{}
	live, total := 0, 0
	for i := r.nodes[0].after; i != 0; i = r.nodes[i].after {
		n := &r.nodes[i]
		switch {
		case n.offset != offset || n.size == 0:
			return fail("node %d is [%d, +%d), expected at %d", i, n.offset, n.size, offset)
		case n.before != before:
			return fail("node %d is behind %d, says %d", i, before, n.before)
		case n.free && r.nodes[before].free:
			return fail("nodes %d and %d are free and not merged", before, i)
		}
		if n.free {
			free[i] = true
		} else {
			live++
			used += n.size
		}
		offset += n.size
		before = i
		if total++; total > len(r.nodes) {
			return fail("the list of nodes has no end")
		}
	}
	if offset != r.granules() || live != r.live || used != r.used || r.peak < used {
		return fail("nodes end at %d of %d; %d of %d granules live; the account says %d of %d, at most %d",
			offset, r.granules(), live, used, r.live, r.used, r.peak)
	}
	for bin, head := range r.heads {
		if r.bins.marked(uint32(bin)) != (head != 0) {
			return fail("bin %d is marked %v and begins with %d", bin, r.bins.marked(uint32(bin)), head)
		}
		last := uint32(0)
		for i := head; i != 0; i = r.nodes[i].next {
			if !free[i] || r.bins.of(r.nodes[i].size) != uint32(bin) || r.nodes[i].last != last {
				return fail("bin %d: node %d does not belong", bin, i)
			}
			delete(free, i)
			last = i
		}
	}
	if len(free) != 0 {
		return fail("%d free nodes are in no bin", len(free))
	}
	for i := r.unused; i != 0; i = r.nodes[i].next {
		if total++; total > len(r.nodes) {
			return fail("a node is both used and unused")
		}
	}
	if total != len(r.nodes)-1 {
		return fail("%d of %d nodes are lost", len(r.nodes)-1-total, len(r.nodes)-1)
	}
	return nil
}
