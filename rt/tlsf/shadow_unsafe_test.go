package tlsf

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// region returns n bytes of Go memory aligned to 16.
func region(n int) []byte {
	b := make([]byte, n+unitSize)
	skip := -address(b) & (unitSize - 1)
	return b[skip : int(skip)+n : int(skip)+n]
}

func newHeap(t testing.TB, n int, c Config) *Heap {
	t.Helper()
	h, err := New(region(n), c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// exactPlace skips a test that knows where blocks come to lie: debug builds keep
// freed blocks in quarantine.
func exactPlace(t *testing.T) {
	t.Helper()
	if debug.Enabled {
		t.Skip("blocks lie elsewhere in a build with tag rtdebug")
	}
}

// readsFreeMemory skips a test that does so, or makes the heap do so.
func readsFreeMemory(t *testing.T) {
	t.Helper()
	if debug.Sanitized {
		t.Skip("the address sanitizer would end the test")
	}
}

// shadow drives a heap and knows what the heap should hold: the slow model that
// unit, fuzz, stress and soak tests share. Every block is filled with a
// pattern of its own, so blocks that overlap or lose content are noticed.
type shadow struct {
	t      testing.TB
	h      *Heap
	blocks []shadowBlock
	freed  []unsafe.Pointer // of late, all of them stale
	seed   byte
	remote int // blocks handed over and not drained
	spare  [][]byte
}

type shadowBlock struct {
	p     unsafe.Pointer
	n     uintptr // bytes asked for
	align uintptr
	seed  byte
}

func newShadow(t testing.TB, h *Heap) *shadow { return &shadow{t: t, h: h} }

func (b *shadowBlock) bytes() []byte { return unsafe.Slice((*byte)(b.p), b.n) }

func (b *shadowBlock) fill() {
	for i := range b.bytes() {
		b.bytes()[i] = b.seed + byte(i)
	}
}

// intact reports whether the first n bytes are as fill left them.
func (b *shadowBlock) intact(n uintptr) error {
	for i, v := range b.bytes()[:n] {
		if v != b.seed+byte(i) {
			return fmt.Errorf("byte %d of the %d at %p is %#x, was %#x", i, b.n, b.p, v, b.seed+byte(i))
		}
	}
	return nil
}

func (s *shadow) add(p unsafe.Pointer, n, align uintptr) {
	s.t.Helper()
	s.seed += 37
	b := shadowBlock{p, n, align, s.seed}
	if uintptr(p)%max(align, unitSize) != 0 {
		s.t.Fatalf("payload %p is not aligned to %d", p, align)
	}
	extra := uintptr(headerSize)
	if align > unitSize {
		extra += wordSize
	}
	want := s.h.config.Policy.BlockSize(n+extra-headerSize) - extra
	if size, err := s.h.Size(p); err != nil || size < n || size != want && !debug.Enabled {
		s.t.Fatalf("Size(%p) = %d, %v; asked for %d and expected %d", p, size, err, n, want)
	}
	b.fill()
	s.blocks = append(s.blocks, b)
}

func (s *shadow) drop(i int) {
	s.freed = append(s.freed, s.blocks[i].p)
	if len(s.freed) > 8 {
		s.freed = s.freed[1:]
	}
	s.blocks[i] = s.blocks[len(s.blocks)-1]
	s.blocks = s.blocks[:len(s.blocks)-1]
}

func (s *shadow) alloc(n uintptr) bool {
	s.t.Helper()
	certain := s.certain(n)
	p := s.h.Alloc(n)
	if p == nil {
		if certain {
			s.t.Fatalf("Alloc(%d) failed, though LargestFree promised it", n)
		}
		return false
	}
	s.add(p, n, unitSize)
	return true
}

// certain reports whether n bytes must be available. It asks half of the time
// only, because Stats settles the parked block.
func (s *shadow) certain(n uintptr) bool {
	if s.seed&1 == 0 {
		return false
	}
	largest := s.h.Stats().LargestFree
	return largest > 0 && n <= largest
}

func (s *shadow) allocAligned(n, align uintptr) {
	s.t.Helper()
	p, err := s.h.AllocAligned(n, align)
	switch {
	case err == nil:
		s.add(p, n, align)
	case !errors.Is(err, ErrExhausted) && !errors.Is(err, ErrTooLarge):
		s.t.Fatalf("AllocAligned(%d, %d): %v", n, align, err)
	}
}

func (s *shadow) calloc(n uintptr) {
	s.t.Helper()
	p, err := s.h.Calloc(n, 3)
	if err != nil {
		return
	}
	for i, v := range unsafe.Slice((*byte)(p), 3*n) {
		if v != 0 {
			s.t.Fatalf("Calloc: byte %d is %#x", i, v)
		}
	}
	s.add(p, 3*n, unitSize)
}

func (s *shadow) free(i int) {
	s.t.Helper()
	b := s.blocks[i]
	if err := b.intact(b.n); err != nil {
		s.t.Fatal(err)
	}
	if err := s.h.Free(b.p); err != nil {
		s.t.Fatalf("Free(%p): %v", b.p, err)
	}
	s.drop(i)
}

func (s *shadow) resize(i int, n uintptr, move bool) {
	s.t.Helper()
	b := &s.blocks[i]
	q, err := b.p, error(nil)
	if move {
		q, err = s.h.Realloc(b.p, n)
	} else {
		err = s.h.TryResize(b.p, n)
	}
	if err != nil {
		if !errors.Is(err, ErrExhausted) && !errors.Is(err, ErrTooLarge) {
			s.t.Fatalf("resize(%p, %d): %v", b.p, n, err)
		}
		if err := b.intact(b.n); err != nil {
			s.t.Fatalf("after a resize that failed: %v", err)
		}
		return
	}
	old, stale := b.n, b.p
	b.p = q
	if uintptr(q)%b.align != 0 {
		s.t.Fatalf("resize moved a block aligned to %d to %p", b.align, q)
	}
	b.n = min(n, old)
	if err := b.intact(b.n); err != nil {
		s.t.Fatalf("resize of %p from %d to %d bytes: %v", stale, old, n, err)
	}
	b.n = n
	b.fill()
}

func (s *shadow) freeRemote(i int) {
	s.t.Helper()
	switch err := s.h.FreeRemote(s.blocks[i].p); err {
	case nil:
		s.remote++
		// Used may not be checked until it is drained.
		s.drop(i)
	case ErrRemoteFull:
	default:
		s.t.Fatal(err)
	}
}

func (s *shadow) drain(k int) {
	s.t.Helper()
	if got, want := s.h.DrainRemote(k), min(k, s.remote); got != want {
		s.t.Fatalf("DrainRemote(%d) = %d, want %d", k, got, want)
	}
	s.remote -= min(k, s.remote)
}

// misuse frees what must not be freed.
func (s *shadow) misuse(i int) {
	s.t.Helper()
	b := s.blocks[i]
	bad := func(p unsafe.Pointer, want ...error) {
		s.t.Helper()
		err := s.h.Free(p)
		for _, w := range want {
			if err == w {
				return
			}
		}
		s.t.Fatalf("Free(%p) next to a block of %d bytes at %p: %v, want %v", p, b.n, b.p, err, want)
	}
	bad(nil, ErrNil)
	bad(unsafe.Add(b.p, 1), ErrInterior)
	if b.n > unitSize {
		// A block may have started here in the past.
		bad(unsafe.Add(b.p, unitSize), ErrInterior, ErrDoubleFree)
	}
	for _, p := range s.freed {
		if !s.isLive(p) && s.remote == 0 {
			bad(p, ErrDoubleFree)
		}
	}
	if err := b.intact(b.n); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shadow) isLive(p unsafe.Pointer) bool {
	for i := range s.blocks {
		if s.blocks[i].p == p {
			return true
		}
	}
	return false
}

func (s *shadow) reset() {
	s.h.Reset()
	s.blocks, s.freed, s.remote = nil, nil, 0
}

// check is the one invariant check: the heap's own, and that it holds exactly
// the blocks that it should.
func (s *shadow) check() {
	s.t.Helper()
	if err := s.h.Check(); err != nil {
		s.t.Fatal(err)
	}
	live := map[unsafe.Pointer]uintptr{}
	used := uintptr(0)
	for b := range s.h.Walk {
		if b.Live {
			live[b.Payload] = b.Size
			used += b.Size
		}
	}
	if len(live) != len(s.blocks)+s.remote {
		s.t.Fatalf("the heap has %d live blocks, the shadow %d and %d on their way", len(live), len(s.blocks), s.remote)
	}
	for i := range s.blocks {
		b := &s.blocks[i]
		if size, found := live[b.p]; !found || size < b.n+headerSize {
			s.t.Fatalf("block of %d bytes at %p: the heap has %d", b.n, b.p, size)
		}
	}
	if st := s.h.Stats(); st.Used != used || st.Peak < used {
		s.t.Fatalf("%d bytes are in use, Stats says %+v", used, st)
	}
}

func (s *shadow) checkContent() {
	s.t.Helper()
	for i := range s.blocks {
		if err := s.blocks[i].intact(s.blocks[i].n); err != nil {
			s.t.Fatal(err)
		}
	}
}

// step does one operation chosen by r.
func (s *shadow) step(r *rand.Rand, maxSize float64, maxLive int) {
	s.t.Helper()
	size := func() uintptr { return uintptr(expUniform(r, maxSize)) }
	i := 0
	if len(s.blocks) > 0 {
		i = r.IntN(len(s.blocks))
	}
	op := r.IntN(100)
	switch {
	case len(s.blocks) > maxLive && op < 90:
		s.free(i)
	case op < 40:
		s.alloc(size())
	case op < 45:
		s.allocAligned(size(), 1<<r.IntN(13))
	case op < 47:
		s.calloc(size() / 3)
	case len(s.blocks) == 0:
		s.drain(r.IntN(4))
	case op < 75:
		s.free(i)
	case op < 82:
		s.resize(i, size(), true)
	case op < 88:
		s.resize(i, size(), false)
	case op < 92:
		s.freeRemote(i)
	case op < 96:
		s.drain(r.IntN(4))
	default:
		s.misuse(i)
	}
}

// expUniform is log-uniform in [1, limit], and now and then 0.
func expUniform(r *rand.Rand, limit float64) float64 {
	bits := r.IntN(40)
	x := 1.0
	for range bits {
		if x *= 1.5 * (0.8 + 0.4*r.Float64()); x > limit {
			return limit * r.Float64()
		}
	}
	return x - 1
}
