package core

import (
	"hash/maphash"
	"iter"
	"math/bits"
)

// Map is a hash table in frame memory, of a capacity fixed when it is made. The
// zero Map is stale. The value of a Map is a reference: copies share the table,
// but not its length, so pass a pointer to one that changes.
//
// It probes linearly in a table at most two thirds full, and closes the gap when
// a key is deleted, so it does not slow down with age. Knuth, The Art of Computer
// Programming, volume 3, section 6.4, algorithm R.
//
// The Map of rt/fixed is a hopscotch table, whose Get looks at no more than 64
// keys. That takes 8 bytes a slot, cleared when the table is made: every frame,
// for this Map, which needs one bit a slot. With 1000 keys it clears 256 bytes
// rather than 16 KiB. In return one Get may look at every key when hashes collide;
// the hash is seeded at random, so that no input can arrange it. Keep a map whose
// bound matters in rt/fixed.
type Map[K comparable, V any] struct {
	keys   RefSlice[K]
	values RefSlice[V]
	used   RefSlice[uint64]
	n, max int
	seed   maphash.Seed
}

var bitmap = MustType[uint64]()

// NewMap makes an empty Map for capacity keys; both types need a token.
func NewMap[K comparable, V any](f *Frame, k Type[K], v Type[V], capacity int) (Map[K, V], error) {
	if capacity < 0 || capacity > maxSize/2 {
		return Map[K, V]{}, ErrSize
	}
	slots := max(64, 1<<bits.Len(uint(capacity+capacity/2)))
	m := Map[K, V]{max: capacity, seed: mapSeed}
	var err error
	if m.keys, err = k.MakeUninit(f, slots); err != nil {
		return Map[K, V]{}, err
	}
	if m.values, err = v.MakeUninit(f, slots); err != nil {
		return Map[K, V]{}, err
	}
	if m.used, err = bitmap.Make(f, slots/64); err != nil {
		return Map[K, V]{}, err
	}
	return m, nil
}

var mapSeed = maphash.MakeSeed()

func (m *Map[K, V]) first(k K, slots int) int {
	return int(maphash.Comparable(m.seed, k) & uint64(slots-1))
}

// find returns the slot that holds k, or the free one where it would go.
func (m *Map[K, V]) find(keys []K, used []uint64, k K) (slot int, found bool) {
	for i := m.first(k, len(keys)); ; i = (i + 1) & (len(keys) - 1) {
		if used[i/64]>>(i%64)&1 == 0 {
			return i, false
		}
		if keys[i] == k {
			return i, true
		}
	}
}

// Put sets the value of k, or answers [ErrFull] or [ErrStale].
//
// Cost: O(1) expected, O(Cap) at worst. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each key
func (m *Map[K, V]) Put(k K, v V) error {
	keys, values, used := m.keys.Slice(), m.values.Slice(), m.used.Slice()
	if used == nil {
		return ErrStale
	}
	i, found := m.find(keys, used, k)
	if !found {
		if m.n == m.max {
			return ErrFull
		}
		m.n++
		keys[i] = k
		used[i/64] |= 1 << (i % 64)
	}
	values[i] = v
	return nil
}

// Get returns the value of k, or answers false when it is not there or the frame
// has ended.
//
// Cost: O(1) expected, O(Cap) at worst. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each key
func (m *Map[K, V]) Get(k K) (v V, ok bool) {
	used := m.used.Slice()
	if used == nil {
		return v, false
	}
	i, found := m.find(m.keys.Slice(), used, k)
	if !found {
		return v, false
	}
	return m.values.Slice()[i], true
}

// Delete removes k and answers whether it was there.
//
// Cost: O(1) expected, O(Cap) at worst. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each key
func (m *Map[K, V]) Delete(k K) bool {
	keys, values, used := m.keys.Slice(), m.values.Slice(), m.used.Slice()
	if used == nil {
		return false
	}
	gap, found := m.find(keys, used, k)
	if !found {
		return false
	}
	mask := len(keys) - 1
	for i := (gap + 1) & mask; used[i/64]>>(i%64)&1 != 0; i = (i + 1) & mask {
		// A key may move into the gap unless its first slot lies after it.
		if first := m.first(keys[i], len(keys)); (i-first)&mask >= (i-gap)&mask {
			keys[gap], values[gap] = keys[i], values[i]
			gap = i
		}
	}
	used[gap/64] &^= 1 << (gap % 64)
	m.n--
	return true
}

// All ranges over keys and values in no particular order. The map must not
// change meanwhile.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		keys, values := m.keys.Slice(), m.values.Slice()
		for word, set := range m.used.Slice() {
			for ; set != 0; set &= set - 1 {
				i := word*64 + bits.TrailingZeros64(set)
				if !yield(keys[i], values[i]) {
					return
				}
			}
		}
	}
}

// Len returns the number of keys, Cap how many there is room for.
func (m *Map[K, V]) Len() int { return m.n }
func (m *Map[K, V]) Cap() int { return m.max }
