package gpu

// Block is memory that a pool has taken from the driver, with the buffers in it.
type Block struct {
	memory Handle
	size   uint64
	host   []byte // imported or mapped; nil where the CPU does not reach it
	space  space
	live   int
}

// Size in bytes.
func (b *Block) Size() uint64 { return b.size }

// Live is the number of buffers in it.
func (b *Block) Live() int { return b.live }
