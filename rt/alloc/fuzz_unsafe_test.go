package alloc

import (
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/rt/pool"
)

// source yields the bytes that decide what the driver does.
type source struct {
	data   []byte
	random *rand.Rand // instead of data, when set
	left   int        // bytes that random still yields
	step   int
}

func randomSource(seed uint64, n int) *source {
	return &source{random: rand.New(rand.NewPCG(seed, 1)), left: n}
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
func (s *source) due() bool { return s.random == nil || s.step%256 < 2 }

// driveAllocator allocates and frees at random, up to maxLive bytes, and keeps a
// shadow of what every block holds.
func driveAllocator(t *testing.T, a *Allocator, s *source, maxLive int) {
	type piece struct {
		p     unsafe.Pointer
		n     int
		align uintptr
		fill  byte
	}
	var live []piece
	sum := 0
	free := func(i int) {
		x := live[i]
		live[i] = live[len(live)-1]
		live = live[:len(live)-1]
		for i, b := range unsafe.Slice((*byte)(x.p), x.n) {
			if b != x.fill {
				t.Fatalf("byte %d of %d is %d, want %d", i, x.n, b, x.fill)
			}
		}
		if err := a.Free(x.p); err != nil {
			t.Fatal(err)
		}
		sum -= max(x.n, 16)
	}
	// remote frees a block as another thread would.
	remote := func(i int) {
		x := live[i]
		live[i] = live[len(live)-1]
		live = live[:len(live)-1]
		sum -= max(x.n, 16)
		if _, ok := a.fallback[x.p]; ok {
			if err := a.FreeRemote(x.p); err == nil {
				t.Fatal("a block of the Go heap was handed over")
			}
			a.Free(x.p)
			return
		}
		if err := a.FreeRemote(x.p); err != nil {
			t.Fatal(err)
		}
		if err := a.FreeRemote(x.p); err != ErrDoubleFree {
			t.Fatalf("FreeRemote again: %v", err)
		}
		if n := a.DrainRemote(2); n != 1 {
			t.Fatalf("drained %d", n)
		}
	}
	resize := func(i, n int, fill byte) {
		x := &live[i]
		if sum-max(x.n, 16)+max(n, 16) > maxLive {
			return
		}
		q, err := a.Realloc(x.p, uintptr(n))
		kept := x.n
		if err == nil {
			sum += max(n, 16) - max(x.n, 16)
			x.p, x.n = q, n
			kept = min(kept, n)
		}
		for i, b := range unsafe.Slice((*byte)(x.p), kept) {
			if b != x.fill {
				t.Fatalf("byte %d of %d is %d after Realloc to %d, want %d", i, kept, b, n, x.fill)
			}
		}
		if uintptr(x.p)%x.align != 0 {
			t.Fatalf("Realloc moved a block aligned to %d to %p", x.align, x.p)
		}
		if size, err := a.Size(x.p); err != nil || size < uintptr(x.n) {
			t.Fatalf("Size of %d bytes: %d, %v", x.n, size, err)
		}
		x.fill = fill
		for i := range unsafe.Slice((*byte)(x.p), x.n) {
			*(*byte)(unsafe.Add(x.p, i)) = fill
		}
	}
	for {
		op, ok := s.next()
		if !ok {
			break
		}
		if op >= 128 && len(live) > 0 {
			switch i := int(op) % len(live); {
			case op%8 == 6:
				remote(i)
			case op%8 == 7 && a.config.MaxLive == 0:
				low, _ := s.next()
				resize(i, int(low)<<(op%3), op)
			default:
				free(i)
			}
			continue
		}
		low, _ := s.next()
		n := int(low)
		if op%4 == 0 {
			n *= 2
		}
		if sum+max(n, 16) > maxLive {
			continue
		}
		align := uintptr(1)
		if a.config.MaxLive == 0 && op%8 == 1 {
			align = 1 << (op / 8)
		}
		p, err := a.AllocAligned(uintptr(n), align)
		if err != nil {
			if p != nil || a.config.MaxLive > 0 {
				t.Fatalf("%d bytes with %d of %d in use: %p, %v", n, sum, maxLive, p, err)
			}
			continue
		}
		if uintptr(p)%max(align, 16) != 0 {
			t.Fatalf("%d bytes aligned to %d at %p", n, align, p)
		}
		for i := range unsafe.Slice((*byte)(p), n) {
			*(*byte)(unsafe.Add(p, i)) = op
		}
		live = append(live, piece{p, n, max(align, 16), op})
		sum += max(n, 16)
		if s.due() {
			a.check(t)
		}
	}
	for len(live) > 0 {
		free(0)
	}
	a.check(t)
	st := a.Stats()
	if st.Heap.Used != 0 || st.FallbackLive != 0 || st.RemoteErrors != 0 {
		t.Fatalf("all is free, but %+v", st)
	}
	for _, c := range st.Classes {
		if c.Live != 0 {
			t.Fatalf("all is free, but %+v", c)
		}
	}
}

func fuzzConfigs() []Config {
	return []Config{
		{},
		{Classes: []pool.Class{{Size: 32, Count: 5}, {Size: 128, Count: 3}}, Overflow: Fallback, RealTime: never},
	}
}

func FuzzAllocator(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 10, 100, 1000} {
		seed := make([]byte, n)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, c := range fuzzConfigs() {
			driveAllocator(t, newAllocator(16<<10, c), &source{data: data}, 12<<10)
		}
	})
}

// TestSoak does 10⁸ random operations, give or take.
func TestSoak(t *testing.T) {
	n := 20_000
	if os.Getenv("MEMKIT_SOAK") != "" {
		n = 100_000_000
	}
	for _, c := range fuzzConfigs() {
		driveAllocator(t, newAllocator(64<<10, c), randomSource(2, n), 40<<10)
	}
}
