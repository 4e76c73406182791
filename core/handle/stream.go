package handle

import (
	"fmt"

	"github.com/memkit-go/memkit/core"
)

// Stream keeps assets in a space. When a new one does not fit it evicts less
// important ones, those used longest ago first; either enough of them make way,
// or none is touched. Critical assets and pinned ones are never evicted.
type Stream struct {
	space  *Space
	assets []asset
	clock  uint64
	stats  StreamStats
}

// asset is one resident block.
type asset struct {
	handle     Raw
	size       int // with header
	importance core.Importance
	used       uint64 // clock of the last Touch
}

// StreamStats counts what a Stream did.
type StreamStats struct {
	Resident int // assets
	Bytes    int // in them, with headers
	Loaded   uint64
	Evicted  uint64
	Refused  uint64
}

func (s StreamStats) String() string {
	return fmt.Sprintf("%d assets of %d bytes; %d loaded, %d evicted, %d refused", s.Resident, s.Bytes, s.Loaded, s.Evicted, s.Refused)
}

// NewStream keeps up to limit assets in a space that it has to itself.
func NewStream(s *Space, limit int) (*Stream, error) {
	if limit < 1 || limit > s.blocks.Cap() {
		return nil, fmt.Errorf("handle: stream of %d assets: must be 1 to the space's %d blocks", limit, s.blocks.Cap())
	}
	return &Stream{space: s, assets: make([]asset, 0, limit)}, nil
}

// Load makes room for an asset of n bytes and returns its block, zeroed; for one
// of the size of a T, H[T](raw) is its typed handle. It evicts assets of lesser
// importance only, and compacts the space if it must. It fails with [ErrSize] or
// [ErrExhausted], and then nothing was evicted or moved.
//
// Cost: O(assets² + bytes moved). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each pair of assets
func (t *Stream) Load(n int, i core.Importance) (Raw, error) {
	if n < 0 || n > len(t.space.region) {
		t.stats.Refused++
		return 0, ErrSize
	}
	need := headerSize + (n+unit-1)&^(unit-1)
	if !t.makeRoom(need, i) {
		t.stats.Refused++
		return 0, errNoRoom
	}
	h, err := t.space.Alloc(n)
	if err == ErrFragmented {
		t.pack()
		h, err = t.space.Alloc(n)
	}
	if err != nil {
		t.stats.Refused++
		return 0, err
	}
	t.clock++
	//rt:allow ML601 reason="the list has room for all that the space holds"
	t.assets = append(t.assets, asset{h, need, i, t.clock})
	t.stats.Loaded++
	t.stats.Bytes += need
	return h, nil
}

// makeRoom evicts as many assets as need bytes take, or none when that cannot
// suffice.
func (t *Stream) makeRoom(need int, i core.Importance) bool {
	victims := 0
	for len(t.assets)-victims == cap(t.assets) || len(t.space.region)-t.space.packed() < need {
		v := t.victim(i)
		if v == nil {
			t.spare()
			return false
		}
		v.evicted = true
		victims++
	}
	if victims > 0 {
		t.evict()
	}
	return true
}

// victim is the block to be evicted next for something of importance i: the
// least important, and of those the one used longest ago.
func (t *Stream) victim(i core.Importance) *block {
	var best *asset
	var found *block
	for k := range t.assets {
		a := &t.assets[k]
		if a.importance >= i || a.importance >= core.Critical {
			continue
		}
		if best != nil && (a.importance > best.importance || a.importance == best.importance && a.used > best.used) {
			continue
		}
		if b := t.space.block(a.handle); b != nil && b.pins == 0 && !b.evicted {
			best, found = a, b
		}
	}
	return found
}

// spare takes back the choice of victims.
func (t *Stream) spare() {
	for _, a := range t.assets {
		if b := t.space.block(a.handle); b != nil {
			b.evicted = false
		}
	}
}

// evict frees the victims.
func (t *Stream) evict() {
	kept := t.assets[:0]
	for _, a := range t.assets {
		if b := t.space.block(a.handle); b != nil && b.evicted {
			t.space.Free(a.handle)
			t.stats.Evicted++
			t.stats.Bytes -= a.size
			continue
		}
		kept = append(kept, a)
	}
	t.assets = kept
}

// Touch records that an asset was used. It fails with ErrStale.
//
// Cost: O(assets). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each asset
func (t *Stream) Touch(h Raw) error {
	k := t.find(h)
	if k < 0 {
		return ErrStale
	}
	t.clock++
	t.assets[k].used = t.clock
	return nil
}

// Unload frees an asset. It fails with ErrStale or ErrPinned.
//
// Cost: O(assets). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound one turn for each asset
func (t *Stream) Unload(h Raw) error {
	k := t.find(h)
	if k < 0 {
		return ErrStale
	}
	if err := t.space.Free(h); err != nil {
		return err
	}
	t.stats.Bytes -= t.assets[k].size
	last := len(t.assets) - 1
	t.assets[k] = t.assets[last]
	t.assets = t.assets[:last]
	return nil
}

func (t *Stream) find(h Raw) int {
	for k := range t.assets {
		if t.assets[k].handle == h {
			return k
		}
	}
	return -1
}

// pack compacts in one go.
func (t *Stream) pack() {
	t.space.from, t.space.to = 0, 0
	t.space.Compact(1 << 62)
}

// Stats returns the stream's statistics.
func (t *Stream) Stats() StreamStats {
	s := t.stats
	s.Resident = len(t.assets)
	return s
}
