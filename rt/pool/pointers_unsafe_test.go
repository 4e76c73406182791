package pool

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/debug"
)

// pointerPool is what the pools that hand out pointers have in common.
type pointerPool[T any] interface {
	Get() *T
	Put(*T) error
	Cap() int
	Live() int
	Exhausted() uint64
	check(t *testing.T, live int)
}

// block has a size that is no power of two, and a check for whoever owns it.
type block struct {
	owner   uint64
	content [5]uint64
}

func pointerPools(n int) map[string]pointerPool[block] {
	local := func() []byte { return make([]byte, LocalSize[block](n)) }
	shared := func() []byte { return make([]byte, SharedSize[block](n)) }
	return map[string]pointerPool[block]{
		"Local":         must(NewLocal[block](local(), n)),
		"Local uninit":  must(NewLocalUninit[block](local(), n)),
		"Local slab":    must(NewLocalSlab[block](n)),
		"Shared":        must(NewShared[block](shared(), n)),
		"Shared uninit": must(NewSharedUninit[block](shared(), n)),
		"Shared slab":   must(NewSharedSlab[block](n)),
	}
}

func TestPointerPools(t *testing.T) {
	for _, n := range []int{1, 2, 3, 64, 1000} {
		for name, p := range pointerPools(n) {
			t.Run(name, func(t *testing.T) {
				if p.Cap() != n {
					t.Fatalf("Cap %d of %d", p.Cap(), n)
				}
				for range 3 {
					takeAndReturnAll(t, p, n)
				}
				if p.Exhausted() != 3 {
					t.Errorf("Exhausted %d, want 3", p.Exhausted())
				}
			})
		}
	}
}

func takeAndReturnAll(t *testing.T, p pointerPool[block], n int) {
	t.Helper()
	seen := map[*block]bool{}
	for i := range n {
		b := p.Get()
		if b == nil || seen[b] {
			t.Fatalf("slot %d of %d: %p", i, n, b)
		}
		seen[b] = true
		p.check(t, i+1)
	}
	if p.Get() != nil || p.Live() != n {
		t.Fatalf("more than %d slots, or %d of them live", n, p.Live())
	}
	for b := range seen {
		if err := p.Put(b); err != nil {
			t.Fatal(err)
		}
	}
	p.check(t, 0)
}

func TestPutRefuses(t *testing.T) {
	for name, p := range pointerPools(4) {
		t.Run(name, func(t *testing.T) {
			a, b := p.Get(), p.Get()
			free := p.Get()
			if err := p.Put(free); err != nil {
				t.Fatal(err)
			}
			for what, c := range map[string]struct {
				p    *block
				want error
			}{
				"nil":                {nil, ErrForeign},
				"another's":          {new(block), ErrForeign},
				"inside":             {within(a, 8), ErrInterior},
				"inside, at the end": {within(b, 40), ErrInterior},
				"free":               {free, ErrDoublePut},
				"never handed out":   {within(free, int(unsafe.Sizeof(*free))), ErrDoublePut},
				"inside a free one":  {within(free, 16), ErrInterior},
			} {
				if err := p.Put(c.p); !errors.Is(err, c.want) {
					t.Errorf("%s: %v, want %v", what, err, c.want)
				}
				p.check(t, 2)
			}
		})
	}
}

// within returns the address offset bytes from b, which must stay inside b's
// allocation: the collector must not meet pointers that lead anywhere else. That
// a whole block does not fit there is the point.
//
//go:nocheckptr
func within(b *block, offset int) *block {
	return (*block)(unsafe.Add(unsafe.Pointer(b), offset))
}

// TestPutRefusesNeighbours offers what lies around a pool in one region.
func TestPutRefusesNeighbours(t *testing.T) {
	const n, margin = 4, 96
	size := LocalSize[block](n)
	region := make([]byte, margin+size+margin)
	local := must(NewLocal[block](region[margin:], n))
	shared := must(NewShared[block](region[margin:], n))
	for offset := 0; offset < len(region)-int(unsafe.Sizeof(block{})); offset += 8 {
		at := offset - margin
		want := ErrForeign
		if slots := n * int(unsafe.Sizeof(block{})); at >= 0 && at < slots {
			want = ErrInterior
			if at%int(unsafe.Sizeof(block{})) == 0 {
				want = ErrDoublePut
			}
		}
		p := (*block)(unsafe.Pointer(&region[offset]))
		if err := local.Put(p); !errors.Is(err, want) {
			t.Errorf("Local: offset %d: %v, want %v", at, err, want)
		}
		if err := shared.Put(p); !errors.Is(err, want) {
			t.Errorf("Shared: offset %d: %v, want %v", at, err, want)
		}
	}
}

func TestSlotsAreZeroed(t *testing.T) {
	for name, p := range pointerPools(2) {
		region := name == "Local" || name == "Shared"
		slab := name == "Local slab" || name == "Shared slab"
		b := p.Get()
		b.content[4] = 42
		p.Put(b)
		if again := p.Get(); again != b && !debug.Enabled {
			t.Errorf("%s: the slot freed last was not handed out first", name)
		} else if zeroed := again.content[4] == 0; zeroed != (region || slab) {
			t.Errorf("%s: content %d", name, again.content[4])
		}
	}
	dirty := make([]byte, LocalSize[block](2))
	for i := range dirty {
		dirty[i] = 0xFF
	}
	if b := must(NewLocal[block](dirty, 2)).Get(); *b != (block{}) {
		t.Errorf("first slot of a dirty region: %v", *b)
	}
}

// TestSlabsAndTheCollector keeps the only pointers to objects in slots while the
// collector runs, and looks that Put lets go of them.
func TestSlabsAndTheCollector(t *testing.T) {
	type node struct {
		next *[256]int
		name string
		tags map[string]int
	}
	const n = 100
	handles := must(NewHandlesSlab[node](n))
	pools := map[string]pointerPool[node]{
		"Local":  must(NewLocalSlab[node](n)),
		"Shared": must(NewSharedSlab[node](n)),
	}
	get := map[string]func() (*node, func() error){
		"Handles": func() (*node, func() error) {
			h, p := handles.Get()
			return p, func() error { return handles.Put(h) }
		},
	}
	for name, p := range pools {
		get[name] = func() (*node, func() error) {
			b := p.Get()
			return b, func() error { return p.Put(b) }
		}
	}
	for name, get := range get {
		t.Run(name, func(t *testing.T) {
			var freed atomic.Int64
			var nodes []*node
			var puts []func() error
			for i := range n {
				b, put := get()
				payload := new([256]int)
				payload[255] = i
				runtime.AddCleanup(payload, func(int) { freed.Add(1) }, 0)
				*b = node{next: payload, name: string(rune('a' + i%26)), tags: map[string]int{"i": i}}
				nodes, puts = append(nodes, b), append(puts, put)
			}
			for range 3 {
				runtime.GC()
				garbage := make([][]int, 100)
				for i := range garbage {
					garbage[i] = make([]int, 256) // reuses memory that was freed by mistake
				}
			}
			for i, b := range nodes {
				if b.next[255] != i || b.tags["i"] != i || b.name != string(rune('a'+i%26)) {
					t.Fatalf("node %d was corrupted: %v", i, b.tags)
				}
			}
			for _, put := range puts {
				if err := put(); err != nil {
					t.Fatal(err)
				}
			}
			for i := 0; freed.Load() < n && i < 100; i++ {
				runtime.GC()
				runtime.Gosched()
			}
			if got := freed.Load(); got < n-1 { // one may linger in a register
				t.Errorf("%d of %d objects were freed after Put", got, n)
			}
		})
	}
}

func TestHugeSlotsStayOffTheHeap(t *testing.T) {
	type huge [1 << 20]byte
	p := must(NewLocal[huge](make([]byte, LocalSize[huge](2)), 2))
	s := must(NewShared[huge](make([]byte, SharedSize[huge](2)), 2))
	h := must(NewHandles[huge](make([]byte, HandlesSize[huge](2)), 2))
	if n := testing.AllocsPerRun(10, func() {
		p.Put(p.Get())
		s.Put(s.Get())
		handle, _ := h.Get()
		h.At(handle)[5] = 1
		h.Put(handle)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
