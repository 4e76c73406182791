package pool

import (
	"errors"
	"testing"
	"unsafe"

	"github.com/memkit-go/memkit/internal/shadow"
)

// drivers run a structure against its shadow model.
var drivers = shadow.Drivers{
	"Local": func(t *testing.T, s *shadow.Source) {
		drivePointers(t, s, must(NewLocal[block](region(LocalSize[block](7)), 7)))
	},
	"Shared": func(t *testing.T, s *shadow.Source) {
		drivePointers(t, s, must(NewShared[block](region(SharedSize[block](7)), 7)))
	},
	"Slab":    func(t *testing.T, s *shadow.Source) { drivePointers(t, s, must(NewLocalSlab[block](7))) },
	"Handles": driveHandles,
	"Frame":   driveFrame,
	"Classes": driveClasses,
}

func FuzzLocal(f *testing.F)   { drivers.Fuzz(f, "Local") }
func FuzzShared(f *testing.F)  { drivers.Fuzz(f, "Shared") }
func FuzzSlab(f *testing.F)    { drivers.Fuzz(f, "Slab") }
func FuzzHandles(f *testing.F) { drivers.Fuzz(f, "Handles") }
func FuzzFrame(f *testing.F)   { drivers.Fuzz(f, "Frame") }
func FuzzClasses(f *testing.F) { drivers.Fuzz(f, "Classes") }

func TestSoak(t *testing.T) { drivers.Soak(t, 20_000) }

// drivePointers keeps the slots in use in order, each with a number that its
// content must keep.
func drivePointers(t *testing.T, s *shadow.Source, p pointerPool[block]) {
	var live []*block
	serial := uint64(0)
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		switch op % 4 {
		case 0, 1:
			b := p.Get()
			if (b == nil) != (len(live) == p.Cap()) {
				t.Fatalf("Get with %d of %d in use: %p", len(live), p.Cap(), b)
			}
			if b == nil {
				break
			}
			if *b != (block{}) {
				t.Fatalf("slot is not zero: %v", *b)
			}
			serial++
			b.owner, b.content[4] = serial, serial
			live = append(live, b)
		case 2:
			if len(live) == 0 {
				break
			}
			i := int(op/4) % len(live)
			b := live[i]
			live = append(live[:i], live[i+1:]...)
			if b.owner != b.content[4] || b.owner == 0 {
				t.Fatalf("slot was overwritten: %v", *b)
			}
			if err := p.Put(b); err != nil {
				t.Fatal(err)
			}
			if err := p.Put(b); !errors.Is(err, ErrDoublePut) {
				t.Fatalf("second Put: %v", err)
			}
		case 3:
			if len(live) == 0 {
				break
			}
			b := live[int(op/4)%len(live)]
			if err := p.Put(within(b, 1+int(op)%47)); !errors.Is(err, ErrInterior) {
				t.Fatalf("Put of %d bytes into a slot: %v", 1+int(op)%47, err)
			}
		}
		if s.Due() {
			p.check(t, len(live))
		}
	}
	p.check(t, len(live))
}

func driveHandles(t *testing.T, s *shadow.Source) {
	const n = 5
	p := must(NewHandles[block](region(HandlesSize[block](n)), n))
	for i := range p.tag { // two generations before the last, so that slots retire
		p.tag[i] = ^(^(3*p.step - 1) | uint64(i))
	}
	if s.Soaking() {
		p = must(NewHandles[block](region(HandlesSize[block](n)), n))
	}
	live := map[Handle[block]]*block{}
	var order, stale []Handle[block]
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		switch {
		case op < 100:
			h, b := p.Get()
			if (b == nil) != (len(live)+p.Retired() == n) || (b == nil) != (h == 0) || live[h] != nil {
				t.Fatalf("Get with %d of %d in use, %d retired: %#x, %p", len(live), n, p.Retired(), h, b)
			}
			if b != nil {
				b.owner = uint64(h)
				live[h], order = b, append(order, h)
			}
		case op < 200 && len(order) > 0:
			i := int(op) % len(order)
			h := order[i]
			order = append(order[:i], order[i+1:]...)
			if b := p.At(h); b != live[h] || b.owner != uint64(h) {
				t.Fatalf("handle %#x leads to %p, want %p", h, b, live[h])
			}
			if err := p.Put(h); err != nil {
				t.Fatal(err)
			}
			delete(live, h)
			stale = append(stale, h)
			if len(stale) > 32 {
				stale = stale[1:]
			}
		case len(stale) > 0:
			h := stale[int(op)%len(stale)]
			if p.At(h) != nil || !errors.Is(p.Put(h), ErrStale) {
				t.Fatalf("stale handle %#x passes", h)
			}
		}
		if s.Due() {
			p.check(t, len(live))
		}
	}
	p.check(t, len(live))
}

func driveFrame(t *testing.T, s *shadow.Source) {
	type piece struct {
		offset, n uintptr
		fill      byte
	}
	memory := region(4096)
	f := must(NewFrame(memory))
	base := uintptr(unsafe.Pointer(&memory[0]))
	var pieces []piece
	var marks []Mark
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		switch op % 8 {
		default:
			n, align := uintptr(s.Number()%700), uintptr(1)<<(op/8%13)
			want := (f.next + align - 1) / align * align
			p := f.Alloc(n, align)
			if fits := want < 4096 && want+n <= 4096 && align <= f.alignment; fits != (p != nil) {
				t.Fatalf("%d bytes aligned to %d at %d: %p", n, align, f.next, p)
			}
			if p == nil {
				break
			}
			if uintptr(p) != base+want {
				t.Fatalf("%d bytes aligned to %d at %p, want offset %d", n, align, p, want)
			}
			bytes := unsafe.Slice((*byte)(p), n)
			for i, b := range bytes {
				if b != 0 {
					t.Fatalf("byte %d of %d is %d", i, n, b)
				}
				bytes[i] = op
			}
			pieces = append(pieces, piece{want, n, op})
		case 5:
			marks = append(marks, f.Mark())
		case 6:
			if len(marks) == 0 {
				break
			}
			m := marks[int(op/8)%len(marks)]
			valid := m.generation == f.generation && m.offset <= f.next
			if err := f.Rewind(m); (err == nil) != valid {
				t.Fatalf("mark at %d of generation %d: %v", m.offset, m.generation, err)
			}
			for len(pieces) > 0 && pieces[len(pieces)-1].offset+pieces[len(pieces)-1].n > f.next {
				pieces = pieces[:len(pieces)-1]
			}
		case 7:
			if op < 128 {
				break
			}
			f.Reset()
			pieces = nil
			if len(marks) > 8 {
				marks = marks[4:]
			}
		}
		if s.Due() {
			for _, p := range pieces {
				for i, b := range memory[p.offset:][:p.n] {
					if b != p.fill {
						t.Fatalf("byte %d of a piece at %d is %d, want %d", i, p.offset, b, p.fill)
					}
				}
			}
			f.check(t, f.next)
		}
	}
}

func driveClasses(t *testing.T, s *shadow.Source) {
	c := newClassesOf(Class{16, 3}, Class{48, 4}, Class{112, 2}, Class{4096, 2})
	type piece struct {
		p    *byte
		n    int
		size int
		fill byte
	}
	var live []piece
	count := map[int]int{}
	for {
		op, ok := s.Next()
		if !ok {
			break
		}
		switch {
		case op < 140:
			n := s.Number() % 130
			if op%8 == 0 {
				n *= 37
			}
			size := 0
			for i := range c.class {
				if n <= c.class[i].stats.Size {
					size = c.class[i].stats.Size
					break
				}
			}
			p := (*byte)(c.Alloc(uintptr(n)))
			full := size == 0
			for i := range c.class {
				full = full || c.class[i].stats.Size == size && count[size] == c.class[i].stats.Count
			}
			if (p == nil) != full {
				t.Fatalf("%d bytes with %v in use: %p", n, count, p)
			}
			if p == nil {
				break
			}
			for i, b := range unsafe.Slice(p, n) {
				if b != 0 {
					t.Fatalf("byte %d of %d is %d", i, n, b)
				}
				unsafe.Slice(p, n)[i] = op
			}
			count[size]++
			live = append(live, piece{p, n, size, op})
		case len(live) > 0:
			i := int(op) % len(live)
			x := live[i]
			live = append(live[:i], live[i+1:]...)
			for i, b := range unsafe.Slice(x.p, x.n) {
				if b != x.fill {
					t.Fatalf("byte %d of %d is %d, want %d", i, x.n, b, x.fill)
				}
			}
			if err := c.Free(unsafe.Pointer(x.p)); err != nil {
				t.Fatal(err)
			}
			count[x.size]--
			if err := c.Free(unsafe.Pointer(x.p)); !errors.Is(err, ErrDoublePut) {
				t.Fatalf("second Free: %v", err)
			}
		}
		if s.Due() {
			c.check(t, count)
		}
	}
}
