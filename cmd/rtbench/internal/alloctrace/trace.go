package alloctrace

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
)

// Op is one operation. Its layout, two 32-bit words, is shared with C.
type Op struct {
	// Slot that the block is kept in, below [Trace.Slots].
	Slot uint32
	// Size in bytes to allocate; 0 frees the slot's block.
	Size uint32
}

// Trace is a closed list of operations: every block that it allocates it
// frees, so it can be replayed end to end without a reset.
type Trace struct {
	Name string
	// Slots is how many blocks can be live at once.
	Slots int
	Ops   []Op
	// PeakLive is the most bytes that are live at once, as requested.
	PeakLive int64
}

// Digest is the 32-bit FNV-1a hash of the operations' bytes in memory order of
// a little-endian machine. A replay in C computes it too: equal digests in a
// run file say that both sides replayed the same trace.
func (t *Trace) Digest() uint32 {
	h := fnv.New32a()
	var b [8]byte
	for _, op := range t.Ops {
		binary.LittleEndian.PutUint32(b[0:], op.Slot)
		binary.LittleEndian.PutUint32(b[4:], op.Size)
		h.Write(b[:])
	}
	return h.Sum32()
}

// Fixed is the trace behind every */trace benchmark: n operations on blocks of
// 16 B to 64 KiB, log-uniform, about 1000 of them live, 8 MiB at the peak. Its
// seed never changes, so that figures compare across versions.
func Fixed(n int) *Trace { return LogUniform(1, n) }

// LogUniform is n operations, each on a random one of 2000 slots: an empty slot
// is filled with 16 B to 64 KiB, log-uniform, and a full one is freed.
func LogUniform(seed uint64, n int) *Trace {
	b := newBuilder("log-uniform", seed, n)
	for b.open() {
		slot := b.rand.Uint32N(2000)
		if b.live(slot) {
			b.free(slot)
		} else {
			b.alloc(slot, b.logUniform(4, 12))
		}
	}
	return b.close()
}

// builder appends operations and keeps the books that a closed trace needs.
type builder struct {
	trace *Trace
	rand  *rand.Rand
	sizes []uint32
	idle  []uint32
	bytes int64
	limit int
}

// newBuilder starts a trace that open reports full at n operations.
func newBuilder(name string, seed uint64, n int) *builder {
	return &builder{
		trace: &Trace{Name: name},
		rand:  rand.New(rand.NewPCG(seed, 0x6d656d6b6974)),
		limit: n,
	}
}

// open reports whether the trace has room, keeping enough for the frees that
// close it.
func (b *builder) open() bool {
	return len(b.trace.Ops)+len(b.sizes)+1 < b.limit
}

func (b *builder) live(slot uint32) bool {
	return int(slot) < len(b.sizes) && b.sizes[slot] != 0
}

func (b *builder) alloc(slot, size uint32) {
	for int(slot) >= len(b.sizes) {
		b.sizes = append(b.sizes, 0)
	}
	b.sizes[slot] = size
	b.bytes += int64(size)
	b.trace.PeakLive = max(b.trace.PeakLive, b.bytes)
	b.trace.Ops = append(b.trace.Ops, Op{Slot: slot, Size: size})
}

// allocAny allocates into a slot of the builder's choice and returns it. A
// generator uses either this or slots of its own.
func (b *builder) allocAny(size uint32) uint32 {
	slot := uint32(len(b.sizes))
	if n := len(b.idle); n > 0 {
		slot, b.idle = b.idle[n-1], b.idle[:n-1]
	}
	b.alloc(slot, size)
	return slot
}

func (b *builder) free(slot uint32) {
	b.bytes -= int64(b.sizes[slot])
	b.sizes[slot] = 0
	b.idle = append(b.idle, slot)
	b.trace.Ops = append(b.trace.Ops, Op{Slot: slot})
}

func (b *builder) close() *Trace {
	for slot := range b.sizes {
		if b.live(uint32(slot)) {
			b.free(uint32(slot))
		}
	}
	b.trace.Slots = len(b.sizes)
	return b.trace
}

// logUniform draws a size of density 1/x from 2^low up to 2^(low+octaves): the
// octave uniformly, then the place in it by rejection.
func (b *builder) logUniform(low, octaves uint32) uint32 {
	const one = 1 << 16
	for {
		m := one + b.rand.Uint32N(one)
		if uint64(b.rand.Uint32N(one))*uint64(m) < one*one {
			return uint32(uint64(m) << (low + b.rand.Uint32N(octaves)) >> 16)
		}
	}
}
