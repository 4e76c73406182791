package tlsf

import (
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/internal/debug"
)

// LeakError lists the blocks that were live when a heap was closed.
type LeakError struct {
	Blocks int
	Bytes  uintptr // with headers and rounding
	// Origins say of each block what and where it is, and who allocated it.
	Origins []string
}

func (e *LeakError) Error() string {
	const most = 10
	list := e.Origins[:min(len(e.Origins), most)]
	text := fmt.Sprintf("tlsf: %d blocks of %d bytes were never freed:\n\t%s", e.Blocks, e.Bytes, strings.Join(list, "\n\t"))
	if len(e.Origins) > most {
		text += fmt.Sprintf("\n\tand %d more", len(e.Origins)-most)
	}
	return text
}

// Close ends the use of the heap; the region can be given back afterwards. In a
// build with tag rtdebug it returns a [*LeakError] when blocks are live, in
// others nil.
func (h *Heap) Close() error {
	if debug.Enabled {
		return h.debugLeaks()
	}
	return nil
}

// HandOver lets another goroutine become the heap's owner: the next one that
// uses it. Only builds with tag rtdebug know owners: they panic when a second
// goroutine uses a heap without a HandOver by the first.
func (h *Heap) HandOver() {
	if debug.Enabled {
		h.debug.handOver()
	}
}
