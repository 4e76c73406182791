package bus

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/ring"
)

// MemoryFrame is the longest frame of a memory port, in bytes.
const MemoryFrame = 240

// slot is a frame in a ring. The peer may write anything into it.
type slot struct {
	At   int64
	Size uint32
	Data [MemoryFrame]byte
}

// memoryFrames is how many frames a direction holds.
const memoryFrames = 64

// MemorySize is the size in bytes of the region of a pair of memory ports.
func MemorySize() int { return 2 * memoryHalf() }

// memoryHalf is the size of one direction, with the next one aligned.
func memoryHalf() int { return (ring.SPSCSize[slot](memoryFrames) + 63) &^ 63 }

// Memory is a port over a region of memory that two threads or processes share, such
// as a shared rt/arena.
type Memory struct {
	out    *ring.Producer[slot]
	in     *ring.Consumer[slot]
	staged slot
}

// NewMemory makes the first end over a region of at least MemorySize bytes, aligned
// to 64.
func NewMemory(region []byte) (*Memory, error) { return openMemory(region, ring.CreateSPSC[slot], 0) }

// AttachMemory makes the other end, after NewMemory has returned.
func AttachMemory(region []byte) (*Memory, error) {
	return openMemory(region, func(r []byte, _ int) (*ring.SPSC[slot], error) { return ring.AttachSPSC[slot](r) }, 1)
}

// openMemory opens both directions. The end sends in the direction of its number.
func openMemory(region []byte, open func([]byte, int) (*ring.SPSC[slot], error), end int) (*Memory, error) {
	if len(region) < MemorySize() {
		return nil, fmt.Errorf("bus: a region of %d bytes for a memory port; give MemorySize, %d", len(region), MemorySize())
	}
	half := memoryHalf()
	var way [2]*ring.SPSC[slot]
	for i := range way {
		r, err := open(region[i*half:(i+1)*half], memoryFrames)
		if err != nil {
			return nil, fmt.Errorf("bus: memory port: %w", err)
		}
		way[i] = r
	}
	m := new(Memory)
	var err error
	if m.out, err = way[end].Producer(); err != nil {
		return nil, fmt.Errorf("bus: memory port: %w", err)
	}
	if m.in, err = way[1-end].Consumer(); err != nil {
		return nil, errors.Join(fmt.Errorf("bus: memory port: %w", err), m.out.Close())
	}
	return m, nil
}

// Send puts a frame into the ring.
//
// Cost: O(len(frame)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *Memory) Send(frame []byte) error { return m.SendAt(frame, rt.Now()) }

// SendAt is Send of a frame that arrived elsewhere at a time, on the clock of rt.Now,
// which Receive on the other end returns: for a process that forwards frames.
//
// Cost: O(len(frame)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *Memory) SendAt(frame []byte, at int64) error {
	if len(frame) > MemoryFrame {
		return ErrSize
	}
	if m.out == nil || m.out.Err() != nil {
		return ErrDown
	}
	s := &m.staged
	s.At, s.Size = at, uint32(len(frame))
	copy(s.Data[:], frame)
	if !m.out.Push(*s) {
		return ErrFull
	}
	return nil
}

// Receive takes a frame from the ring.
//
// Cost: O(len(frame)). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *Memory) Receive(frame []byte) (n int, at int64, err error) {
	if m.in == nil {
		return 0, 0, ErrDown
	}
	s, ok := m.in.Pop()
	switch {
	case !ok && m.in.Err() != nil:
		return 0, 0, ErrDown
	case !ok:
		return 0, 0, ErrEmpty
	case s.Size > MemoryFrame || int(s.Size) > len(frame):
		return 0, 0, ErrSize
	}
	return copy(frame, s.Data[:s.Size]), s.At, nil
}

// Dropped returns 0: a full ring refuses a frame when it is sent.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (m *Memory) Dropped() uint64 { return 0 }

// FD returns −1: nothing becomes readable.
func (m *Memory) FD() int { return -1 }

// Close closes this end, which the other sees as ErrDown.
func (m *Memory) Close() error {
	if m.out == nil {
		return nil
	}
	err := errors.Join(m.out.Close(), m.in.Close())
	m.out, m.in = nil, nil
	return err
}
