package gpu

import (
	"math/rand/v2"
	"testing"
)

// TestSpaces runs random operations on every strategy against a list of live parts.
func TestSpaces(t *testing.T) {
	for s := range strategies {
		if s == Dedicated {
			continue
		}
		t.Run(s.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(s), 1))
			for range 50 {
				operate(t, s, func(n int) int { return r.IntN(n) }, 300)
			}
		})
	}
}

// operate allocates and frees as choose says. No two parts may overlap.
func operate(t *testing.T, s Strategy, choose func(n int) int, steps int) {
	t.Helper()
	const size, granule, most = 1 << 14, 64, 24
	x, err := newSpace(s, size, granule, most)
	if err != nil {
		t.Fatal(err)
	}
	var live []part
	for range steps {
		if choose(5) < 3 {
			want := uint64(granule * (1 + choose(40)))
			align := uint64(granule) << choose(3)
			p, ok := x.alloc(want, align)
			if !ok {
				if len(live) == 0 {
					t.Fatalf("%v: an empty space refuses %d bytes", s, want)
				}
				continue
			}
			if p.size < want || p.offset%align != 0 || p.offset+p.size > size {
				t.Fatalf("%v: %d bytes at a multiple of %d: %+v", s, want, align, p)
			}
			for _, q := range live {
				if p.offset < q.offset+q.size && q.offset < p.offset+p.size {
					t.Fatalf("%v: %+v overlaps %+v", s, p, q)
				}
			}
			live = append(live, p)
			continue
		}
		if len(live) > 0 {
			i := choose(len(live))
			x.free(live[i])
			live = append(live[:i], live[i+1:]...)
		}
	}
	for _, p := range live {
		x.free(p)
	}
	if x.used() != 0 {
		t.Fatalf("%v: %d bytes used in an empty space", s, x.used())
	}
	if _, ok := x.alloc(size, granule); !ok {
		t.Fatalf("%v: an empty space refuses all that it has", s)
	}
}

func FuzzSpaces(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			data = data[:4096]
		}
		for s := range strategies {
			if s == Dedicated {
				continue
			}
			i := 0
			operate(t, s, func(n int) int {
				if i == len(data) {
					return 0
				}
				i++
				return int(data[i-1]) % n
			}, len(data)/2)
		}
	})
}

// TestRing: memory is given back in the order in which it was taken, whatever the
// order of frees.
func TestRing(t *testing.T) {
	x := &ringSpace{size: 1024, entries: make([]ringEntry, 8)}
	alloc := func(size uint64) part {
		t.Helper()
		p, ok := x.alloc(size, 64)
		if !ok {
			t.Fatalf("%d bytes refused", size)
		}
		return p
	}
	a, b, c := alloc(384), alloc(384), alloc(192)
	if _, ok := x.alloc(128, 64); ok {
		t.Error("128 bytes found room where 64 are left")
	}
	x.free(b)
	if _, ok := x.alloc(128, 64); ok {
		t.Error("a part was reused before an older one was freed")
	}
	x.free(a)
	if p := alloc(512); p.offset != 0 {
		t.Errorf("after the oldest were freed: %+v, want offset 0", p)
	}
	if _, ok := x.alloc(320, 64); ok {
		t.Error("320 bytes found room where 256 are left")
	}
	x.free(c)
	if p := alloc(448); p.offset != 512 {
		t.Errorf("behind the newest: %+v, want offset 512", p)
	}
	if x.used() != 960 {
		t.Errorf("%d bytes used, want 960", x.used())
	}
}
