package fixed

import (
	"errors"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/internal/shadow"
)

// drivers run a container against its shadow: a Go slice or map.
var drivers = shadow.Drivers{
	"Vec": driveVec, "Queue": driveQueue, "Map": driveMap,
}

func FuzzVec(f *testing.F)   { drivers.Fuzz(f, "Vec") }
func FuzzQueue(f *testing.F) { drivers.Fuzz(f, "Queue") }
func FuzzMap(f *testing.F)   { drivers.Fuzz(f, "Map") }

func TestSoak(t *testing.T) { drivers.Soak(t, 50_000) }

func driveVec(t *testing.T, s *shadow.Source) {
	const capacity = 6
	v := must(NewVec[int](capacity))
	var shadow []int
	for serial := 1; ; serial++ {
		op, ok := s.Next()
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

func driveQueue(t *testing.T, s *shadow.Source) {
	const capacity = 5
	q := must(NewQueue[int](capacity))
	var shadow []int
	for serial := 1; ; serial++ {
		op, ok := s.Next()
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
func driveMap(t *testing.T, s *shadow.Source) {
	const capacity = 95
	m := must(NewMap[uint16, int](capacity, func(k uint16) uint64 { return uint64(k/3%60) + 100 }))
	shadow := map[uint16]int{}
	for serial := 1; ; serial++ {
		op, ok := s.Next()
		if !ok {
			break
		}
		low, _ := s.Next()
		k := uint16(op%2)<<8 | uint16(low)
		switch {
		case op < 160:
			_, known := shadow[k]
			back, err := 0, error(nil)
			if op%3 == 0 {
				var v *int
				if v, err = m.Place(k); err != nil {
					back = serial
				} else if *v != shadow[k] {
					t.Fatalf("Place of %d: %d, want %d", k, *v, shadow[k])
				} else {
					*v = serial
				}
			} else {
				back, err = m.Put(k, serial)
			}
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
		if v := m.At(k); (v != nil) != known || known && *v != want {
			t.Fatalf("At of %d: %v, want %d, %v", k, v, want, known)
		}
		if v, ok := m.Get(k); ok != known || v != want {
			t.Fatalf("Get of %d: %d, %v; want %d, %v", k, v, ok, want, known)
		}
		if s.Due() {
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
