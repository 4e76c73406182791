package fixed

import (
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// mix is a repeatable good hash: the finaliser of splitmix64.
func mix(k uint64) uint64 {
	k = (k ^ k>>30) * 0xbf58476d1ce4e5b9
	k = (k ^ k>>27) * 0x94d049bb133111eb
	return k ^ k>>31
}

// check states what holds of a map between operations.
func (m *Map[K, V]) check(t *testing.T, n int) {
	t.Helper()
	if n := len(m.slots); 3*n < 4*m.Cap() || 3*n > max(8*m.Cap(), 3*window) {
		t.Fatalf("%d slots for %d keys", n, m.Cap())
	}
	used := 0
	for _, word := range m.used {
		used += bits.OnesCount64(word)
	}
	claimed := make([]bool, len(m.slots))
	near := 0
	for home, word := range m.near {
		near += bits.OnesCount64(word)
		for ; word != 0; word &= word - 1 {
			i := (home + bits.TrailingZeros64(word)) & m.mask
			if claimed[i] || m.used[i/64]>>(i%64)&1 == 0 {
				t.Fatalf("slot %d is claimed twice, or not used", i)
			}
			claimed[i] = true
			if int(m.hash(m.slots[i].key))&m.mask != home {
				t.Fatalf("slot %d holds a key of another home than %d", i, home)
			}
		}
	}
	if used != n || near != n || m.Len() != n || n > m.Cap() {
		t.Fatalf("%d slots used, %d near a home, Len %d; want %d", used, near, m.Len(), n)
	}
}

// TestMapFills: maps of every size take as many keys as they should, whatever
// the keys.
func TestMapFills(t *testing.T) {
	sizes := []int{1, 2, 3, 47, 48, 49, 95, 96, 97, 1000, 3071, 3072, 49151}
	if testing.Short() {
		sizes = sizes[:10]
	}
	for _, n := range sizes {
		for seed := range uint64(20) {
			m := must(NewMap[uint64, uint64](n, mix))
			random := rand.New(rand.NewPCG(seed, 1))
			keys := make([]uint64, n)
			for i := range keys {
				keys[i] = random.Uint64()
				if _, err := m.Put(keys[i], uint64(i)); err != nil {
					t.Fatalf("key %d of %d, seed %d: %v", i, n, seed, err)
				}
			}
			if _, err := m.Put(random.Uint64(), 0); err != ErrFull {
				t.Fatalf("one key more than %d: %v", n, err)
			}
			m.check(t, n)
			for i, k := range keys {
				if v, ok := m.Get(k); !ok || v != uint64(i) {
					t.Fatalf("key %d of %d: %d, %v", i, n, v, ok)
				}
			}
		}
	}
}

// TestMapAges: keys come and go for long, the map nearly full; a map that left
// marks behind would refuse at last.
func TestMapAges(t *testing.T) {
	const n = 768 // table of 1024 slots
	rounds := 300_000
	if testing.Short() {
		rounds = 30_000
	}
	m := must(NewMap[uint64, uint64](n, mix))
	for i := range uint64(rounds) {
		if i >= n {
			if v, ok := m.Delete(i - n); !ok || v != i-n {
				t.Fatalf("delete of %d: %d, %v", i-n, v, ok)
			}
		}
		if _, err := m.Put(i, i); err != nil {
			t.Fatalf("put of %d: %v", i, err)
		}
		if i%1024 == 0 {
			m.check(t, min(int(i)+1, n))
		}
	}
}

// TestMapCrowded gives keys the same hash: 64 fit, the next is handed back.
func TestMapCrowded(t *testing.T) {
	m := must(NewMap[int, int](1000, func(int) uint64 { return 1 << 60 }))
	for i := range window {
		if _, err := m.Put(i, i); err != nil {
			t.Fatal(err)
		}
	}
	back, err := m.Put(window, 77)
	if back != 77 || !errors.Is(err, ErrCrowded) || !errors.Is(err, ErrFull) || err == ErrFull {
		t.Errorf("key %d of one hash: %d, %v", window, back, err)
	}
	m.check(t, window)
	for i := range window {
		if v, ok := m.Delete(i); !ok || v != i {
			t.Errorf("delete of %d: %d, %v", i, v, ok)
		}
	}
	m.check(t, 0)
}

// TestMapHops fills a table so that a free slot must be moved by hops, from the
// far end of the reach and around the table's end.
func TestMapHops(t *testing.T) {
	for _, start := range []uint64{0, 2048 - 100} {
		home := map[int]uint64{}
		m := must(NewMap[int, int](1500, func(k int) uint64 { return home[k] }))
		n := 0
		put := func(h uint64) error {
			home[n] = h
			_, err := m.Put(n, n)
			n++
			return err
		}
		for i := range uint64(900) { // one key a slot, in a row
			if err := put(start + i); err != nil {
				t.Fatal(err)
			}
		}
		if err := put(start); err != nil { // the free slot is 900 away
			t.Errorf("a free slot within reach: %v", err)
		}
		m.check(t, 901)
		for i := range uint64(reach + 64 - 900) { // and a word more
			if err := put(start + 901 + i); err != nil {
				t.Fatal(err)
			}
		}
		if err := put(start); !errors.Is(err, ErrCrowded) {
			t.Errorf("no free slot within reach: %v", err)
		}
		m.check(t, n-1)
		for k := range n - 1 {
			if v, ok := m.Get(k); !ok || v != k {
				t.Errorf("key %d: %d, %v", k, v, ok)
			}
		}
	}
}

// TestMapHopsFar: of the keys that could move into the free slot, the one whose base is
// the farthest before it does, so that few moves are needed.
func TestMapHopsFar(t *testing.T) {
	m := must(NewMap[int, int](190, func(k int) uint64 { return uint64(k) }))
	for k := range 100 { // one key a slot, in a row
		if _, err := m.Put(k, k); err != nil {
			t.Fatal(err)
		}
	}
	if distance := m.hop(0, 100); distance != 100-(window-1) {
		t.Errorf("the free slot is %d from the base after a move, want %d", distance, 100-(window-1))
	}
	m.check(t, 100)
}

// TestMapHopsInVain: a Put whose free slot cannot be brought near enough leaves
// the map whole, with a key moved.
func TestMapHopsInVain(t *testing.T) {
	home := map[int]uint64{}
	m := must(NewMap[int, int](190, func(k int) uint64 { return home[k] }))
	n := 0
	put := func(h uint64) error {
		home[n] = h
		_, err := m.Put(n, n)
		n++
		return err
	}
	for range window { // the slots up to 63, none of which can be moved
		put(0)
	}
	for h := uint64(window); h <= 100; h++ { // the key in slot 64 can
		put(h)
	}
	if err := put(0); !errors.Is(err, ErrCrowded) {
		t.Errorf("a 65th key of one home: %v", err)
	}
	m.check(t, n-1)
	if err := put(window); err != nil {
		t.Errorf("the slot that became free: %v", err)
	}
}

// TestMapInPlace: values are changed where they lie, and a new one is zero even where
// a deleted or moved one lay before.
func TestMapInPlace(t *testing.T) {
	m := must(NewMap[uint64, [3]int](2, mix))
	if m.At(1) != nil {
		t.Error("a value of no key")
	}
	p := must(m.Place(1))
	if *p != ([3]int{}) {
		t.Errorf("a new value is %v", *p)
	}
	p[1] = 7
	if v, ok := m.Get(1); !ok || v[1] != 7 || m.At(1) != p || must(m.Place(1)) != p {
		t.Errorf("%v, %v; At %p, Place %p, want %p", v, ok, m.At(1), must(m.Place(1)), p)
	}
	m.At(1)[2] = 8
	if v, _ := m.Delete(1); v != [3]int{0, 7, 8} {
		t.Errorf("deleted %v", v)
	}
	if v := *must(m.Place(1)); v != ([3]int{}) {
		t.Errorf("a key that comes back has %v", v)
	}
	must(m.Place(2))
	if p, err := m.Place(3); p != nil || err != ErrFull {
		t.Errorf("a third key: %p, %v", p, err)
	}
	m.check(t, 2)
}

// TestMapNaN: the documented fate of keys that are not equal to themselves.
func TestMapNaN(t *testing.T) {
	m := must(NewMap[float64, int](3, nil))
	for range 3 {
		if _, err := m.Put(math.NaN(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Put(math.NaN(), 1); err != ErrFull {
		t.Errorf("a fourth NaN: %v", err)
	}
	_, found := m.Get(math.NaN())
	_, deleted := m.Delete(math.NaN())
	seen := 0
	for range m.All() {
		seen++
	}
	if found || deleted || m.At(math.NaN()) != nil || m.Len() != 3 || seen != 3 {
		t.Errorf("found %v, deleted %v, Len %d, All yields %d", found, deleted, m.Len(), seen)
	}
	if m.Clear(); m.Len() != 0 {
		t.Errorf("Len %d after Clear", m.Len())
	}
}

// TestMapHopsFromTheWholeWindow: the free slot is 64 from the base, and the only key
// that can move there has its base 63 before it; or, in turn, any other distance.
func TestMapHopsFromTheWholeWindow(t *testing.T) {
	for back := 1; back < window; back++ {
		// Slots base+1 … base+63 hold keys whose base is the last slot that leaves them
		// where they are, but for the one whose base is at window−back.
		base := map[int]uint64{}
		m := must(NewMap[int, int](190, func(k int) uint64 { return base[k] }))
		movable := window - back // distance from base 0 of the key's own base
		n := 0
		put := func(b uint64) error {
			base[n] = b
			_, err := m.Put(n, n)
			n++
			return err
		}
		for range window { // 64 keys of base 0 fill slots 0 to 63
			if err := put(0); err != nil {
				t.Fatal(err)
			}
		}
		// The key in slot movable gives way to one whose base is there.
		if _, ok := m.Delete(movable); !ok {
			t.Fatalf("no key %d", movable)
		}
		if err := put(uint64(movable)); err != nil {
			t.Fatal(err)
		}
		// One more of base 0 needs slot 64 and must hop through the movable key.
		if err := put(0); err != nil {
			t.Errorf("a key whose base is %d before the free slot was not moved: %v", back, err)
		}
		m.check(t, window+1)
		for k := range n {
			v, ok := m.Get(k)
			if want := k != movable; ok != want || ok && v != k {
				t.Errorf("back %d: key %d: %d, %v", back, k, v, ok)
			}
		}
	}
}

// A loop that ends early sees one key, though others lie in words behind it.
func TestMapAllEndsEarly(t *testing.T) {
	m := must(NewMap[uint64, uint64](200, mix))
	for k := range uint64(200) {
		if _, err := m.Put(k, k); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for range m.All() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d keys, want 1", n)
	}
}
