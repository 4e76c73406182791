package handle

import (
	"errors"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/pool"
	"github.com/memkit-go/memkit/rt/tlsf"
)

var (
	// ErrStale: the block was freed or evicted.
	ErrStale = pool.ErrStale
	// ErrExhausted: the space has too little free memory, or no free handle.
	ErrExhausted = tlsf.ErrExhausted

	errNoMemory = errkind.Errorf(ErrExhausted, "handle: the space has too little free memory; free blocks, or raise Config.Size")
	errNoHandle = errkind.Errorf(ErrExhausted, "handle: all of Config.Blocks are in use; free blocks, or raise it")
	errNoRoom   = errkind.Errorf(ErrExhausted, "handle: the stream cannot evict enough assets of lesser importance; unpin or unload some")
	// ErrFragmented: there is enough free memory, but not in one piece at the
	// end; Compact makes it so, unless pinned blocks are in the way.
	ErrFragmented = errors.New("handle: the free memory lies in gaps; call Compact")
	// ErrPinned: the block is pinned, so it can be neither freed nor evicted.
	ErrPinned = errors.New("handle: the block is pinned; call Unpin as often as Pin first")
	// ErrNotPinned: more Unpins than Pins.
	ErrNotPinned = errors.New("handle: the block is not pinned")
	// ErrSize: a size that no block of the space can have.
	ErrSize = errors.New("handle: the size is negative or exceeds the space")
	// ErrType: a handle was used as a type of another size than its block.
	ErrType = errors.New("handle: the block has another size than the type")
)
