package core

import "unsafe"

// Group is heap memory that is freed together, whenever the program wants:
// a level's worth of data, a connection's buffers. Allocate in it with
// [Type.MakeIn] or Make.
type Group struct {
	lane  *Lane
	epoch uint64
	head  uint64 // newest block; each links to the one before
	tag   Tag
	bytes int
	count int
}

// Group makes an empty group whose memory is attributed to a tag.
func (l *Lane) Group(t Tag) (*Group, error) {
	if !l.owned() {
		return nil, ErrWrongThread
	}
	if int(t) >= len(l.books.tags) {
		t = 0
	}
	l.epoch++
	return &Group{lane: l, tag: t, epoch: l.epoch}, nil
}

// Make allocates n zeroed bytes.
func (g *Group) Make(n int) (RefSlice[byte], error) {
	if n < 0 || n > maxSize {
		return RefSlice[byte]{}, ErrSize
	}
	p, err := g.alloc(n, 1)
	if err != nil {
		return RefSlice[byte]{}, err
	}
	r := RefSlice[byte]{(*byte)(p), n, &g.epoch, g.epoch}
	r.clear()
	return r, nil
}

func (g *Group) alloc(size, align int) (unsafe.Pointer, error) {
	handle, p, err := g.lane.heap.open(size, align, g.tag, g.head, HeapTier)
	if err != nil {
		return nil, err
	}
	g.head = uint64(handle)
	g.bytes += size
	g.count++
	return p, nil
}

// allocUnbooked is alloc for a frame, which counts the bytes itself.
func (g *Group) allocUnbooked(size, align int, t Tag) unsafe.Pointer {
	handle, p := g.lane.heap.reserve(size, align, block{tag: t, link: g.head, tier: FrameTier})
	if p != nil {
		g.head = uint64(handle)
	}
	return p
}

// FreeAll frees everything that was allocated in the group, and makes its
// references stale. The group can be used again.
//
// Cost: O(blocks). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each block
func (g *Group) FreeAll() error {
	if !g.lane.owned() {
		return ErrWrongThread
	}
	g.drop(0)
	g.lane.epoch++
	g.epoch = g.lane.epoch
	g.bytes, g.count = 0, 0
	return nil
}

// drop frees the blocks newer than until.
func (g *Group) drop(until uint64) {
	for g.head != until && g.head != 0 {
		g.head, _ = g.lane.heap.drop(g.head)
	}
}

// Bytes is the sum of the sizes requested and not freed, Count the number of
// blocks.
func (g *Group) Bytes() int { return g.bytes }
func (g *Group) Count() int { return g.count }
