package isolate

import (
	"slices"
	"sync"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/ring"
)

// sharedMemory is one side's view of what parent and child share.
type sharedMemory struct {
	bytes []byte
	table table
	cells *sharedCells
	unmap func() error

	mu     sync.Mutex
	ends   []endpoint // claimed on this side
	closed bool
}

// handOver is what a child saves for the one that is started after it.
type handOver struct {
	Bytes  uint32
	Saved  [MaxState]byte
	Exists bool
}

// MaxState is the most bytes that [Child.SaveState] takes.
const MaxState = 4096

// handOverCell is in every isolate's memory; the child holds both of its ends.
var handOverCell = NewCell[handOver]("rt.state")

// declarations are the channels of an isolate, rt's own first.
func declarations(channels []Channel) []*declaration {
	all := []*declaration{handOverCell.declared()}
	for _, c := range channels {
		all = append(all, c.declared())
	}
	return all
}

// prepareMemory lays the channels out in bytes, all of which are zero, and
// creates them.
func prepareMemory(bytes []byte, t table, declared []*declaration) (*sharedMemory, error) {
	t.write(bytes, cellBytes)
	for i, d := range declared {
		r := t.rows[i]
		if err := d.create(bytes[r.offset : r.offset+r.regionBytes]); err != nil {
			return nil, err
		}
	}
	return viewMemory(bytes)
}

// viewMemory finds what prepareMemory made, usually in another process.
func viewMemory(bytes []byte) (*sharedMemory, error) {
	t, err := parseTable(bytes, cellBytes)
	if err != nil {
		return nil, err
	}
	return &sharedMemory{bytes: bytes, table: t, cells: cellsAt(bytes, t.cells), unmap: func() error { return nil }}, nil
}

// region is the memory of a declared channel.
func (m *sharedMemory) region(d *declaration) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, errkind.Errorf(ring.ErrClosed, "isolate: %v: the isolate is closed; claim ends before Close", d)
	}
	r, err := m.table.find(d)
	if err != nil {
		return nil, err
	}
	end := r.offset + r.regionBytes
	return m.bytes[r.offset:end:end], nil
}

func (m *sharedMemory) claimed(e endpoint) {
	m.mu.Lock()
	m.ends = append(m.ends, e)
	m.mu.Unlock()
}

func (m *sharedMemory) endpoints() []endpoint {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.ends)
}

// closeEnds gives up all ends claimed on this side, in good order.
func (m *sharedMemory) closeEnds() {
	for _, e := range m.endpoints() {
		e.Close()
	}
}

// stats are the child's loops, none after close.
func (m *sharedMemory) stats() []LoopStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	return m.cells.stats()
}

// halt stops the child's loops, if the memory is still there.
func (m *sharedMemory) halt() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.cells.halt()
	}
}

// close gives the memory back; a second call does nothing.
func (m *sharedMemory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	return m.unmap()
}
