package gpu

import (
	"fmt"
	"sync"

	"github.com/memkit-go/memkit/internal/debug"
	"github.com/memkit-go/memkit/internal/errkind"
)

// PoolConfig describes a pool. Type is mandatory, though its zero value is valid.
type PoolConfig struct {
	// Name appears in errors and statistics.
	Name string
	// Type of the memory.
	Type MemoryType
	// Strategy divides the blocks; TLSF unless set.
	Strategy Strategy
	// BlockSize is what the pool takes from the driver at a time; a larger buffer
	// gets a block of its own. 0 means 16 MiB.
	BlockSize uint64
	// Reserve is how many blocks are taken at once; the others on demand, until Seal.
	Reserve int
	// MaxBlocks limits the blocks; 0 is no limit.
	MaxBlocks int
	// MaxBuffers is how many buffers a block may hold. 0 means 1024.
	MaxBuffers int
	// Budget limits the bytes in buffers.
	Budget Budget
}

// mostBlock keeps sizes far from overflow.
const mostBlock = 1 << 46

func (c *PoolConfig) validate() error {
	if c.BlockSize == 0 {
		c.BlockSize = defaultBlockSize
	}
	if c.MaxBuffers == 0 {
		c.MaxBuffers = defaultMaxBuffers
	}
	switch {
	case c.Type >= memoryTypes:
		return fmt.Errorf("gpu: PoolConfig.Type %d: unknown; use DeviceLocal, HostCoherent, HostCached or Unified", c.Type)
	case c.Strategy >= strategies:
		return fmt.Errorf("gpu: PoolConfig.Strategy %d: unknown; use TLSF, Linear, Ring or Dedicated", c.Strategy)
	case c.BlockSize < 4096 || c.BlockSize > mostBlock:
		return fmt.Errorf("gpu: PoolConfig.BlockSize %d: must be 4096 to %d bytes; give e.g. 16<<20", c.BlockSize, uint64(mostBlock))
	case c.Reserve < 0 || c.MaxBlocks < 0 || c.MaxBlocks > 0 && c.Reserve > c.MaxBlocks:
		return fmt.Errorf("gpu: PoolConfig: Reserve %d, MaxBlocks %d: must not be negative, and no more than MaxBlocks can be reserved", c.Reserve, c.MaxBlocks)
	case c.MaxBuffers < 1 || c.MaxBuffers > 1<<20:
		return fmt.Errorf("gpu: PoolConfig.MaxBuffers %d: must be 1 to %d; give the buffers that are live at once", c.MaxBuffers, 1<<20)
	}
	return c.Budget.validate("PoolConfig.Budget")
}

// Pool allocates buffers out of blocks of one memory type. It may be used from any
// goroutine.
type Pool struct {
	device *Device
	config PoolConfig
	info   MemoryInfo

	mu     sync.Mutex
	blocks []*Block
	slots  []slot
	unused []uint32 // free slots
	live   int
	bytes  account // in buffers
	closed bool
}

// slot is a buffer's record.
type slot struct {
	generation uint32 // odd while live
	jobs       int32  // recorded jobs that use it
	block      *Block
	part       part   // with margins
	offset     uint64 // of the buffer
	size       uint64
	usage      Usage
	name       string
	made       debug.Site // in debug builds
}

// NewPool makes a pool, and takes Reserve blocks from the driver.
func (d *Device) NewPool(c PoolConfig) (*Pool, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if d.closed.Load() {
		return nil, ErrClosed
	}
	p := d.newPool(c)
	for range c.Reserve {
		if _, err := p.grow(p.config.BlockSize); err != nil {
			p.freeBlocks()
			return nil, err
		}
	}
	d.mu.Lock()
	d.all = append(d.all, p)
	d.mu.Unlock()
	return p, nil
}

func (d *Device) newPool(c PoolConfig) *Pool {
	c.BlockSize = roundUp(c.BlockSize, d.caps.Alignment)
	return &Pool{device: d, config: c, info: d.caps.Types[c.Type], bytes: account{budget: c.Budget}}
}

// Import makes a pool whose only block is memory of the host, such as an rt/arena's,
// that the device then reads and writes over the bus. The memory must be aligned
// to Caps.ImportAlignment, and live until the pool is closed.
func (d *Device) Import(name string, host []byte) (*Pool, error) {
	align := d.caps.ImportAlignment
	switch {
	case align == 0:
		return nil, errkind.Errorf(ErrImport, "gpu: importing %q: the device does not support it; copy through a HostCoherent buffer", name)
	case len(host) == 0 || uint64(len(host))%align != 0 || uint64(addressOf(host))%align != 0:
		return nil, errkind.Errorf(ErrImport, "gpu: importing %q: %d bytes at %#x: address and size must be multiples of %d; take memory from rt/arena", name, len(host), addressOf(host), align)
	}
	if err := d.allocating("importing "+name, uint64(len(host))); err != nil {
		return nil, err
	}
	m, err := d.backend.Import(host)
	if err != nil {
		return nil, err
	}
	p := d.newPool(PoolConfig{Name: name, Type: HostCached, BlockSize: uint64(len(host)), MaxBlocks: 1, MaxBuffers: defaultMaxBuffers})
	p.config.BlockSize = uint64(len(host))
	p.info.Visible, p.info.Available = true, true
	s, err := newSpace(TLSF, uint64(len(host)), d.caps.Alignment, defaultMaxBuffers)
	if err != nil {
		d.backend.Free(m)
		return nil, err
	}
	p.blocks = []*Block{{memory: m, size: uint64(len(host)), host: host, space: s}}
	d.mu.Lock()
	d.all = append(d.all, p)
	d.mu.Unlock()
	return p, nil
}

// grow takes a block from the driver.
func (p *Pool) grow(size uint64) (*Block, error) {
	d := p.device
	what := fmt.Sprintf("a block of pool %q", p.config.Name)
	if !p.info.Available {
		return nil, errkind.Errorf(ErrUsage, "gpu: pool %q: the device has no memory of type %v; see Caps.Types", p.config.Name, p.config.Type)
	}
	if p.config.MaxBlocks > 0 && len(p.blocks) >= p.config.MaxBlocks {
		return nil, errkind.Errorf(ErrOutOfMemory, "gpu: pool %q: all %d of PoolConfig.MaxBlocks are taken; free buffers, or raise it", p.config.Name, p.config.MaxBlocks)
	}
	if err := d.allocating(what, size); err != nil {
		return nil, err
	}
	if err := d.admit(p.config.Type, p.info.Heap, size); err != nil {
		return nil, err
	}
	m, err := d.backend.Allocate(size, p.config.Type)
	if err != nil {
		d.refund(p.config.Type, size)
		return nil, fmt.Errorf("gpu: %s: %w", what, err)
	}
	b := &Block{memory: m, size: size}
	b.space, err = newSpace(p.config.Strategy, size, d.caps.Alignment, p.config.MaxBuffers)
	if err == nil && p.info.Visible {
		b.host, err = d.backend.Map(m, 0, size)
	}
	if err != nil {
		d.backend.Free(m)
		d.refund(p.config.Type, size)
		return nil, err
	}
	p.blocks = append(p.blocks, b)
	return b, nil
}

// Reserve takes blocks until the pool has n bytes in all.
func (p *Pool) Reserve(n uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var have uint64
	for _, b := range p.blocks {
		have += b.size
	}
	for have < n {
		b, err := p.grow(p.config.BlockSize)
		if err != nil {
			return err
		}
		have += b.size
	}
	return nil
}

// BufferConfig describes a buffer.
type BufferConfig struct {
	// Name appears in errors, statistics and the report of leaks.
	Name string
	// Size in bytes.
	Size uint64
	// Usage is what the buffer serves as.
	Usage Usage
}

// New makes a buffer. Its memory is not cleared. It fails with [ErrOutOfMemory],
// [ErrBudget], and [ErrSealed] where a block would have to be taken after Seal.
func (p *Pool) New(c BufferConfig) (Buffer, error) {
	if c.Size == 0 || c.Size > mostBlock {
		return Buffer{}, errkind.Errorf(ErrRange, "gpu: buffer %q: Size %d: must be 1 to %d bytes", c.Name, c.Size, uint64(mostBlock))
	}
	if c.Usage == 0 || c.Usage&^allUsages != 0 {
		return Buffer{}, errkind.Errorf(ErrUsage, "gpu: buffer %q: Usage %v: give bits such as Storage|TransferDst", c.Name, c.Usage)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.device.closed.Load() {
		return Buffer{}, ErrClosed
	}
	margin := p.margin()
	size := roundUp(c.Size, p.device.caps.Alignment)
	if err := p.bytes.add(size, "PoolConfig.Budget of "+p.config.Name); err != nil {
		return Buffer{}, err
	}
	b, at, err := p.place(size + 2*margin)
	if err != nil {
		p.bytes.remove(size)
		return Buffer{}, fmt.Errorf("gpu: buffer %q of %d bytes: %w", c.Name, c.Size, err)
	}
	i := p.newSlot()
	s := &p.slots[i]
	*s = slot{generation: s.generation + 1, block: b, part: at, offset: at.offset + margin, size: c.Size, usage: c.Usage, name: c.Name}
	b.live++
	p.live++
	if debug.Enabled {
		s.made.Here(1)
		p.fillNew(s)
	}
	return Buffer{pool: p, slot: i, generation: s.generation, size: c.Size}, nil
}

// place finds room in a block, or takes one.
func (p *Pool) place(size uint64) (*Block, part, error) {
	align := p.device.caps.Alignment
	if p.config.Strategy != Dedicated {
		for _, b := range p.blocks {
			if at, ok := b.space.alloc(size, align); ok {
				return b, at, nil
			}
		}
	}
	blockSize := max(p.config.BlockSize, size)
	if p.config.Strategy == Dedicated {
		blockSize = size
	}
	b, err := p.grow(blockSize)
	if err != nil {
		return nil, part{}, err
	}
	at, ok := b.space.alloc(size, align)
	if !ok {
		return nil, part{}, errkind.Errorf(ErrOutOfMemory, "%d bytes do not fit into a new block of %d", size, b.size)
	}
	return b, at, nil
}

func (p *Pool) newSlot() uint32 {
	if n := len(p.unused); n > 0 {
		i := p.unused[n-1]
		p.unused = p.unused[:n-1]
		return i
	}
	p.slots = append(p.slots, slot{})
	return uint32(len(p.slots) - 1)
}

// free gives a buffer back.
func (p *Pool) free(b Buffer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, err := p.find(b)
	if err != nil {
		return err
	}
	if s.jobs > 0 {
		return errkind.Errorf(ErrInUse, "gpu: buffer %q: %d recorded jobs use it; close them first", s.name, s.jobs)
	}
	if debug.Enabled {
		if err := p.checkMargins(s); err != nil {
			return err
		}
		p.fillFreed(s)
	}
	block, at := s.block, s.part
	p.bytes.remove(roundUp(s.size, p.device.caps.Alignment))
	block.space.free(at)
	block.live--
	p.live--
	*s = slot{generation: s.generation + 1}
	p.unused = append(p.unused, b.slot)
	if p.config.Strategy == Dedicated {
		p.freeBlock(block)
	}
	return nil
}

// find is the record of a live buffer. The caller holds mu.
func (p *Pool) find(b Buffer) (*slot, error) {
	if int(b.slot) >= len(p.slots) {
		return nil, ErrStale
	}
	s := &p.slots[b.slot]
	if s.generation != b.generation || s.generation%2 == 0 {
		return nil, ErrStale
	}
	return s, nil
}

// freeBlock gives a block without buffers back to the driver. The caller holds mu.
func (p *Pool) freeBlock(b *Block) {
	for i, x := range p.blocks {
		if x == b {
			p.blocks = append(p.blocks[:i], p.blocks[i+1:]...)
			p.device.backend.Free(b.memory)
			p.device.refund(p.config.Type, b.size)
			return
		}
	}
}

// freeBlocks gives all back, at the end.
func (p *Pool) freeBlocks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.blocks) > 0 {
		p.freeBlock(p.blocks[0])
	}
	p.closed = true
}

// Close gives the pool's blocks back to the driver. Its buffers must have been
// freed: [ErrInUse]. The device's own pools end with the device.
func (p *Pool) Close() error {
	p.mu.Lock()
	live := p.live
	p.mu.Unlock()
	if live > 0 {
		return errkind.Errorf(ErrInUse, "gpu: pool %q: %d buffers are live; free them before Close", p.config.Name, live)
	}
	p.freeBlocks()
	return nil
}

// Blocks are the pool's blocks now.
func (p *Pool) Blocks() []Block {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]Block, len(p.blocks))
	for i, b := range p.blocks {
		list[i] = Block{size: b.size, live: b.live}
	}
	return list
}
