package handle

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/memkit-go/memkit/core"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newSpace(c Config) (*Space, func() error) {
	a := must(core.New(core.Config{NoLock: true, HeapSize: 128 << 10, FrameSize: 4096}))
	l := must(a.Lane())
	s := must(NewSpace(l.Heap(), c))
	return s, func() error { return errors.Join(s.Close(), a.Close()) }
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

type vector struct{ X, Y, Z float64 }

func TestHandles(t *testing.T) {
	s, end := newSpace(Config{Size: 4096})
	vectors := core.MustType[vector]()
	h := must(New(s, vectors))
	p := must(h.Pin(s))
	p.Y = 2
	wantErr(t, "Free while pinned", h.Free(s), ErrPinned)
	must(0, h.Unpin(s))
	wantErr(t, "Unpin", h.Unpin(s), ErrNotPinned)
	_, err := H[int32](h).Pin(s)
	wantErr(t, "another type", err, ErrType)
	must(0, h.Free(s))
	wantErr(t, "second Free", h.Free(s), ErrStale)
	_, err = h.Pin(s)
	wantErr(t, "Pin after Free", err, ErrStale)
	_, err = New(s, core.Type[vector]{})
	wantErr(t, "zero token", err, core.ErrToken)
	_, err = s.Alloc(-1)
	wantErr(t, "negative size", err, ErrSize)
	_, err = s.Alloc(4096)
	wantErr(t, "no room for the header", err, ErrExhausted)
	last := must(s.Alloc(8))
	must(0, end())
	_, err = s.Pin(last)
	wantErr(t, "after Close", err, ErrStale)
	for _, c := range []Config{{}, {Size: 100, Blocks: -1}} {
		if _, err := NewSpace(nil, c); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

// TestCompact: bytes stay, only unpinned blocks move, the high-water mark falls,
// and no step copies more than its budget and one block.
func TestCompact(t *testing.T) {
	s, end := newSpace(Config{Size: 64 << 10})
	var hs []Raw
	for i := range 40 {
		h := must(s.Alloc(100))
		copy(must(s.Pin(h)), bytes.Repeat([]byte{byte(i)}, 100))
		must(0, s.Unpin(h))
		hs = append(hs, h)
	}
	pinned := must(s.Pin(hs[21]))
	for i := 0; i < 40; i += 2 {
		must(0, s.Free(hs[i]))
	}
	before := s.Stats()
	moved := before.Moved
	steps := 1
	for ; !s.Compact(300); steps++ {
		now := s.Stats().Moved
		if now-moved > 300+128 {
			t.Errorf("a step moved %d bytes", now-moved)
		}
		moved = now
	}
	after := s.Stats()
	if after.High >= before.High || after.Live != before.Live || after.Blocks != 20 || steps < 5 {
		t.Errorf("%+v, then in %d steps %+v", before, steps, after)
	}
	for i := 1; i < 40; i += 2 {
		b := must(s.Pin(hs[i]))
		if !bytes.Equal(b, bytes.Repeat([]byte{byte(i)}, 100)) {
			t.Errorf("block %d holds %d", i, b[0])
		}
		if i == 21 && &b[0] != &pinned[0] {
			t.Error("a pinned block moved")
		}
		must(0, s.Unpin(hs[i]))
	}
	must(0, s.Unpin(hs[21]))
	for !s.Compact(1 << 20) {
	}
	if u := s.Stats(); u.High != u.Live {
		t.Errorf("%+v: gaps are left with nothing pinned", u)
	}
	must(0, end())
}

func TestFragmentedIsToldApart(t *testing.T) {
	s, end := newSpace(Config{Size: 1024})
	a, b := must(s.Alloc(400)), must(s.Alloc(400))
	_, err := s.Alloc(400)
	wantErr(t, "full", err, ErrExhausted)
	must(0, s.Free(a))
	_, err = s.Alloc(400)
	wantErr(t, "gap", err, ErrFragmented)
	for !s.Compact(16) {
	}
	must(s.Alloc(400))
	must(0, s.Free(b))
	must(0, end())
}

func TestStreamIsAllOrNothing(t *testing.T) {
	s, end := newSpace(Config{Size: 10 * 112})
	st := must(NewStream(s, 10))
	load := func(i core.Importance) Raw { return must(st.Load(96, i)) }
	critical := load(core.Critical)
	var low []Raw
	for range 5 {
		low = append(low, load(core.Low))
	}
	normal := []Raw{load(core.Normal), load(core.Normal), load(core.Normal), load(core.High)}
	must(0, st.Touch(low[0]))
	must(s.Pin(low[1]))
	before := st.Stats()

	_, err := st.Load(9*112-16, core.High)
	wantErr(t, "more than may be evicted", err, ErrExhausted)
	_, err = st.Load(96, core.Low)
	wantErr(t, "nothing less important", err, ErrExhausted)
	before.Refused += 2
	if got := st.Stats(); got != before || s.Stats().Blocks != 10 {
		t.Errorf("a refused Load changed %+v to %+v", before, got)
	}
	must(st.Load(96, core.Normal))
	if _, err := s.Pin(low[2]); err != ErrStale {
		t.Error("not the one used longest ago was evicted")
	}
	must(st.Load(3*112-16, core.High)) // low[3], low[4], low[0]; low[1] is pinned
	for i, h := range low {
		_, err := s.Pin(h)
		if (err == nil) != (i == 1) {
			t.Errorf("low %d: %v", i, err)
		}
	}
	for st.Stats().Refused < 5 {
		st.Load(96, core.Critical)
	}
	if _, err := s.Pin(critical); err != nil {
		t.Error("a critical asset was evicted")
	}
	for _, h := range normal {
		st.Unload(h)
	}
	wantErr(t, "Unload twice", st.Unload(normal[0]), ErrStale)
	wantErr(t, "Touch", st.Touch(normal[0]), ErrStale)
	wantErr(t, "Unload while pinned", st.Unload(low[1]), ErrPinned)
	must(0, s.Unpin(low[1]))
	must(0, s.Unpin(low[1]))
	must(0, st.Unload(low[1]))
	if got := st.Stats(); got.Bytes < 0 || got.Bytes != s.Stats().Live || got.Resident != s.Stats().Blocks {
		t.Errorf("%+v, space %+v", got, s.Stats())
	}
	must(0, end())
}

// TestSpaceModel drives a space against plain slices.
func TestSpaceModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, end := newSpace(Config{Size: 4096, Blocks: 20})
		type entry struct {
			h    Raw
			want []byte
			at   *byte
			pins int
		}
		var live []*entry
		pick := func() *entry { return live[rapid.IntRange(0, len(live)-1).Draw(t, "block")] }
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			op := rapid.IntRange(0, 4).Draw(t, "op")
			if op > 1 && len(live) == 0 {
				op = 0
			}
			switch op {
			case 0:
				h, err := s.Alloc(rapid.IntRange(0, 600).Draw(t, "n"))
				if err != nil {
					continue
				}
				b := must(s.Pin(h))
				for i := range b {
					if b[i] != 0 {
						t.Fatal("not zeroed")
					}
					b[i] = byte(h)*31 + byte(i)
				}
				must(0, s.Unpin(h))
				live = append(live, &entry{h: h, want: bytes.Clone(b)})
			case 1:
				s.Compact(rapid.IntRange(1, 1000).Draw(t, "budget"))
			case 2:
				e := pick()
				if b := must(s.Pin(e.h)); len(b) > 0 {
					if e.pins > 0 && e.at != &b[0] {
						t.Fatal("a pinned block moved")
					}
					e.at = &b[0]
				}
				e.pins++
			case 3:
				if e := pick(); e.pins > 0 {
					e.pins--
					must(0, s.Unpin(e.h))
				}
			case 4:
				e := pick()
				if err := s.Free(e.h); (err == ErrPinned) != (e.pins > 0) {
					t.Fatal(err)
				} else if err == nil {
					for i := range live {
						if live[i] == e {
							live = append(live[:i], live[i+1:]...)
							break
						}
					}
				}
			}
			sum := 0
			for _, e := range live {
				b := must(s.Pin(e.h))
				if !bytes.Equal(b, e.want) {
					t.Fatalf("block %x lost its bytes", e.h)
				}
				must(0, s.Unpin(e.h))
				sum += headerSize + (len(b)+unit-1)&^(unit-1)
			}
			if u := s.Stats(); u.Live != sum || u.Blocks != len(live) || u.High < u.Live || u.High > u.Capacity {
				t.Fatalf("%+v, live are %d bytes in %d", u, sum, len(live))
			}
		}
		must(0, end())
	})
}

func TestNothingAllocates(t *testing.T) {
	s, end := newSpace(Config{Size: 4096})
	st := must(NewStream(s, 8))
	if n := testing.AllocsPerRun(100, func() {
		h, _ := st.Load(700, core.Normal)
		st.Load(700, core.High)
		st.Touch(h)
		st.Unload(h)
		s.Compact(100)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	must(0, end())
}
