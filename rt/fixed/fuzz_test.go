package fixed

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// source yields the bytes that decide what a driver does.
type source struct {
	data   []byte
	random *rand.Rand // instead of data, when set
	left   int        // bytes that random still yields
	step   int
}

func (s *source) next() (b byte, ok bool) {
	s.step++
	if s.random != nil {
		s.left--
		return byte(s.random.Uint32()), s.left >= 0
	}
	if len(s.data) == 0 {
		return 0, false
	}
	b, s.data = s.data[0], s.data[1:]
	return b, true
}

// due says whether to run an expensive check now.
func (s *source) due() bool { return s.random == nil || s.step%1024 < 2 }

// drivers run a container against its shadow: a Go slice or map.
var drivers = map[string]func(*testing.T, *source){
	"Vec": driveVec, "Queue": driveQueue, "Map": driveMap,
}

func fuzz(f *testing.F, name string) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 10, 100, 1000} {
		seed := make([]byte, n)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { drivers[name](t, &source{data: data}) })
}

func FuzzVec(f *testing.F)   { fuzz(f, "Vec") }
func FuzzQueue(f *testing.F) { fuzz(f, "Queue") }
func FuzzMap(f *testing.F)   { fuzz(f, "Map") }

// TestSoak does 10⁸ random operations, give or take, on each container.
func TestSoak(t *testing.T) {
	n := 50_000
	if os.Getenv("MEMKIT_SOAK") != "" {
		n = 100_000_000
	}
	for name, drive := range drivers {
		t.Run(name, func(t *testing.T) {
			drive(t, &source{random: rand.New(rand.NewPCG(3, uint64(len(name)))), left: n})
		})
	}
}

func driveVec(t *testing.T, s *source) {
	const capacity = 6
	v := must(NewVec[int](capacity))
	var shadow []int
	for serial := 1; ; serial++ {
		op, ok := s.next()
		if !ok {
			return
		}
		i := int(op/8)%9 - 1 // sometimes out of range
		switch op % 8 {
		case 0, 1:
			back, err := v.Push(serial)
			if full := len(shadow) == capacity; full != (err == ErrFull) || full != (back == serial) {
				t.Fatalf("Push to %v: %d, %v", shadow, back, err)
			} else if !full {
				shadow = append(shadow, serial)
			}
		case 2, 3:
			back, err := v.Insert(i, serial)
			switch inside := i >= 0 && i <= len(shadow); {
			case inside && len(shadow) < capacity:
				shadow = slices.Insert(shadow, i, serial)
				if err != nil || back != 0 {
					t.Fatalf("Insert(%d): %d, %v", i, back, err)
				}
			case back != serial || inside && err != ErrFull || !inside && err != ErrRange:
				t.Fatalf("Insert(%d) in %v: %d, %v", i, shadow, back, err)
			}
		case 4:
			x, ok := v.Pop()
			if ok != (len(shadow) > 0) || ok && x != shadow[len(shadow)-1] {
				t.Fatalf("Pop of %v: %d, %v", shadow, x, ok)
			} else if ok {
				shadow = shadow[:len(shadow)-1]
			}
		case 5, 6:
			remove := v.Remove
			if op%8 == 6 {
				remove = v.SwapRemove
			}
			x, ok := remove(i)
			if inside := i >= 0 && i < len(shadow); ok != inside || ok && x != shadow[i] {
				t.Fatalf("removal of %d from %v: %d, %v", i, shadow, x, ok)
			}
			if ok && op%8 == 6 {
				last := len(shadow) - 1
				shadow[i] = shadow[last]
				shadow = shadow[:last]
			} else if ok {
				shadow = slices.Delete(shadow, i, i+1)
			}
		case 7:
			if op > 240 {
				v.Clear()
				shadow = shadow[:0]
			}
		}
		if !slices.Equal(v.Slice(), shadow) || v.Len() != len(shadow) || v.Cap() != capacity {
			t.Fatalf("%v, want %v", v.Slice(), shadow)
		}
		for _, x := range v.items[v.Len():capacity] {
			if x != 0 {
				t.Fatalf("removed elements linger: %v", v.items[:capacity])
			}
		}
	}
}

func driveQueue(t *testing.T, s *source) {
	const capacity = 5
	q := must(NewQueue[int](capacity))
	var shadow []int
	for serial := 1; ; serial++ {
		op, ok := s.next()
		if !ok {
			return
		}
		switch {
		case op < 130:
			back, err := q.Push(serial)
			if full := len(shadow) == capacity; full != (err == ErrFull) || full != (back == serial) {
				t.Fatalf("Push to %v: %d, %v", shadow, back, err)
			} else if !full {
				shadow = append(shadow, serial)
			}
		case op < 253:
			p := q.Peek()
			if (p == nil) != (len(shadow) == 0) || p != nil && *p != shadow[0] {
				t.Fatalf("Peek of %v: %v", shadow, p)
			}
			x, ok := q.Pop()
			if ok != (len(shadow) > 0) || ok && x != shadow[0] {
				t.Fatalf("Pop of %v: %d, %v", shadow, x, ok)
			} else if ok {
				shadow = shadow[1:]
			}
		default:
			q.Clear()
			shadow = nil
		}
		if !slices.Equal(slices.Collect(q.All()), shadow) || q.Len() != len(shadow) {
			t.Fatalf("%v, want %v", slices.Collect(q.All()), shadow)
		}
		zero := 0
		for _, x := range q.items {
			if x == 0 {
				zero++
			}
		}
		if zero != capacity-len(shadow) {
			t.Fatalf("removed elements linger: %v", q.items)
		}
	}
}

// driveMap has a table of 128 slots in which keys crowd, so that free slots must
// be moved by hops and sometimes cannot.
func driveMap(t *testing.T, s *source) {
	const capacity = 95
	m := must(NewMap[uint16, int](capacity, func(k uint16) uint64 { return uint64(k/3%60) + 100 }))
	shadow := map[uint16]int{}
	for serial := 1; ; serial++ {
		op, ok := s.next()
		if !ok {
			break
		}
		low, _ := s.next()
		k := uint16(op%2)<<8 | uint16(low)
		switch {
		case op < 160:
			_, known := shadow[k]
			back, err := m.Put(k, serial)
			switch {
			case err == nil && (known || len(shadow) < capacity) && back == 0:
				shadow[k] = serial
			case known || back != serial || err != ErrFull && !errors.Is(err, ErrCrowded):
				t.Fatalf("Put of %d with %d keys: %d, %v", k, len(shadow), back, err)
			case (err == ErrFull) != (len(shadow) == capacity):
				t.Fatalf("Put of %d with %d keys: %v", k, len(shadow), err)
			}
		case op < 240:
			want, known := shadow[k]
			if v, ok := m.Delete(k); ok != known || v != want {
				t.Fatalf("Delete of %d: %d, %v; want %d, %v", k, v, ok, want, known)
			}
			delete(shadow, k)
		case op == 255:
			m.Clear()
			clear(shadow)
		}
		want, known := shadow[k]
		if v, ok := m.Get(k); ok != known || v != want {
			t.Fatalf("Get of %d: %d, %v; want %d, %v", k, v, ok, want, known)
		}
		if s.due() {
			m.check(t, len(shadow))
			seen := 0
			for k, v := range m.All() {
				if shadow[k] != v {
					t.Fatalf("key %d has %d, want %d", k, v, shadow[k])
				}
				seen++
			}
			if seen != len(shadow) {
				t.Fatalf("All yields %d of %d keys", seen, len(shadow))
			}
		}
	}
}
