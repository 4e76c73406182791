package fixed

import (
	"hash/maphash"
	"iter"
	"math/bits"
)

// Map is a hash table of at most Cap keys. Its probes are bounded: Get and Delete
// compare at most 64 keys. Put searches at most 1024 slots for a free one, 64 at a
// time, and brings one that is too far away nearer in at most 960 moves, each found
// among 63 slots (one or two in practice). Deleted keys leave no marks, so a map
// does not slow down with age.
//
// It is a hopscotch table: a key lies within 64 slots of the slot that its hash
// gives, its base, and the base has a bit for each slot that holds one of its keys.
// Herlihy, Shavit, Tzafrir, Hopscotch Hashing, DISC 2008. The table has 4/3 to 8/3
// slots for each key of its capacity, which makes refusals by a map that is not
// full ([ErrCrowded]) improbable with a good hash: see reach.
//
// Hopscotch bounds each operation whatever the keys are. The price is 8 bytes a
// slot, and a Put that may be refused. The Map of package core probes linearly: it
// needs one bit a slot, which counts in a frame's memory, and it is refused only
// when full, but when hashes collide one Get may look at every key of the table. Use
// this one where the bound matters.
//
// A key that is not equal to itself, such as a floating-point NaN, can be put and
// is counted, but Get and Delete do not find it; only All yields it and only Clear
// removes it.
//
// The zero Map is not usable.
type Map[K comparable, V any] struct {
	slots []slot[K, V]
	// near[b] has bit i set when slot b+i holds a key whose base is b.
	near []uint64
	// used has a bit for each slot that holds a key.
	used []uint64
	mask int
	n    int
	max  int
	hash func(K) uint64
}

type slot[K comparable, V any] struct {
	key   K
	value V
}

const (
	// window is how far from its base a key may lie, in slots: the bits of a word.
	window = 64
	// reach is how far from the base Put searches for a free slot, to within a word
	// of 64 slots. A larger reach makes refusals rarer and the bound higher. When a share a of the table
	// is used, a run of r used slots has a probability of about exp(−r·(a−1−ln a)),
	// Chernoff's bound on the keys that hash into them: for a = 3/4, the most there
	// is, and r = 1024 that is 10⁻¹⁷.
	reach = 1024
)

// NewMap makes an empty Map. It allocates room for capacity keys, from 1 to
// [MaxCapacity]. hash must give equal keys equal hashes, and spread others over
// the low bits too. A nil hash means [maphash.Comparable] with a random seed; give
// one where runs must be repeatable.
func NewMap[K comparable, V any](capacity int, hash func(K) uint64) (*Map[K, V], error) {
	if err := checkCapacity("Map", capacity); err != nil {
		return nil, err
	}
	if hash == nil {
		seed := maphash.MakeSeed()
		hash = func(k K) uint64 { return maphash.Comparable(seed, k) }
	}
	size := max(window, 1<<bits.Len(uint(capacity+capacity/3)))
	return &Map[K, V]{
		slots: make([]slot[K, V], size),
		near:  make([]uint64, size),
		used:  make([]uint64, size/64),
		mask:  size - 1,
		max:   capacity,
		hash:  hash,
	}, nil
}

// find returns the slot that holds k, or −1.
func (m *Map[K, V]) find(base int, k K) int {
	for near := m.near[base]; near != 0; near &= near - 1 {
		if i := (base + bits.TrailingZeros64(near)) & m.mask; m.slots[i].key == k {
			return i
		}
	}
	return -1
}

// Get returns the value of k, or false when the map does not hold k.
//
// Cost: O(1), at most 64 keys compared. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 64 turns
//rt:allow ML610 reason="the hash is the user's, or one of this package"
func (m *Map[K, V]) Get(k K) (v V, ok bool) {
	i := m.find(int(m.hash(k))&m.mask, k)
	if i < 0 {
		return v, false
	}
	return m.slots[i].value, true
}

// At returns the value of k in place, or nil when the map does not hold k. The pointer
// is good until the next Put, Place, Delete or Clear: those may move values.
//
// Cost: O(1), at most 64 keys compared. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 64 turns
//rt:allow ML610 reason="the hash is the user's, or one of this package"
func (m *Map[K, V]) At(k K) *V {
	i := m.find(int(m.hash(k))&m.mask, k)
	if i < 0 {
		return nil
	}
	return &m.slots[i].value
}

// Put sets the value of k, which may be new. When k is new and the map is full or
// crowded, it returns v with [ErrFull] or [ErrCrowded]; the map then holds the same
// keys and values, perhaps in another order.
//
// Cost: O(1), see Map for the bounds. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 1024 slots, 960 moves
func (m *Map[K, V]) Put(k K, v V) (back V, err error) {
	i, err := m.place(k)
	if err != nil {
		return v, err
	}
	m.slots[i].value = v
	return back, nil
}

// Place returns the value of k in place, after adding k with a zero value when it is
// new. It fails as Put does. The pointer is good until the next Put, Place, Delete or
// Clear.
//
// Cost: O(1), see Map for the bounds. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 1024 slots, 960 moves
func (m *Map[K, V]) Place(k K) (*V, error) {
	i, err := m.place(k)
	if err != nil {
		return nil, err
	}
	return &m.slots[i].value, nil
}

// place returns the slot of k, a new one with a zero value when k is new.
func (m *Map[K, V]) place(k K) (slot int, err error) {
	//rt:allow ML610 reason="the hash is the user's, or one of this package"
	base := int(m.hash(k)) & m.mask
	if i := m.find(base, k); i >= 0 {
		return i, nil
	}
	if m.n == m.max {
		return -1, ErrFull
	}
	distance := m.free(base)
	for distance >= window {
		if distance = m.hop(base, distance); distance < 0 {
			return -1, ErrCrowded
		}
	}
	if distance < 0 {
		return -1, ErrCrowded
	}
	i := (base + distance) & m.mask
	m.slots[i].key = k
	m.near[base] |= 1 << distance
	m.used[i/64] |= 1 << (i % 64)
	m.n++
	return i, nil
}

// free returns the distance from base to the next free slot, or −1 when it is out
// of reach.
func (m *Map[K, V]) free(base int) int {
	for distance := 0; distance < reach && distance <= m.mask; {
		i := (base + distance) & m.mask
		if gap := bits.TrailingZeros64(^m.used[i/64] >> (i % 64)); gap < 64-i%64 {
			return distance + gap
		}
		distance += 64 - i%64
	}
	return -1
}

// hop moves a key into the free slot at distance from base, from a slot nearer to
// base, and returns that slot's distance, or −1 when no key can be moved. It moves
// the key whose base is the farthest before the free slot.
func (m *Map[K, V]) hop(base, distance int) int {
	for back := window - 1; back > 0; back-- {
		origin := (base + distance - back) & m.mask
		near := m.near[origin] & (1<<back - 1)
		if near == 0 {
			continue
		}
		bit := bits.TrailingZeros64(near)
		from, to := (origin+bit)&m.mask, (origin+back)&m.mask
		m.slots[to] = m.slots[from]
		clear(m.slots[from : from+1])
		m.near[origin] ^= 1<<bit | 1<<back
		m.used[to/64] |= 1 << (to % 64)
		m.used[from/64] &^= 1 << (from % 64)
		return distance - back + bit
	}
	return -1
}

// Delete removes k and returns its value, or false when the map does not hold k.
//
// Cost: O(1), at most 64 keys compared. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 64 turns
//rt:allow ML610 reason="the hash is the user's, or one of this package"
func (m *Map[K, V]) Delete(k K) (v V, ok bool) {
	base := int(m.hash(k)) & m.mask
	i := m.find(base, k)
	if i < 0 {
		return v, false
	}
	v = m.slots[i].value
	clear(m.slots[i : i+1])
	m.near[base] &^= 1 << ((i - base) & m.mask)
	m.used[i/64] &^= 1 << (i % 64)
	m.n--
	return v, true
}

// All ranges over keys and values in no particular order. The map must not change
// meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for word, used := range m.used {
			for ; used != 0; used &= used - 1 {
				s := &m.slots[word*64+bits.TrailingZeros64(used)]
				if !yield(s.key, s.value) {
					return
				}
			}
		}
	}
}

// Clear removes all keys.
func (m *Map[K, V]) Clear() {
	clear(m.slots)
	clear(m.near)
	clear(m.used)
	m.n = 0
}

// Len returns the number of keys.
func (m *Map[K, V]) Len() int { return m.n }

// Cap returns the number of keys that there is room for.
func (m *Map[K, V]) Cap() int { return m.max }
