package audio

import (
	"math"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
)

// heapRoom is memory of the Go heap that streams of this process hold and never touch.
// The collector counts it as in use, so the program makes more garbage between two
// collections, each of which stops the world twice. As nobody touches it, the kernel
// gives it no pages.
type heapRoom struct {
	sync.Mutex
	wanted []int // of each stream, in bytes between two collections
	given  int   // the most of them, which held is for
	held   strings.Builder
}

// room is that of this process.
var room heapRoom

// defaultHeapRoom and maxHeapRoom bound Config.HeapRoom, in bytes.
const (
	defaultHeapRoom = 64 << 20
	maxHeapRoom     = 1 << 30
)

// add gives the collector room for one more stream.
func (r *heapRoom) add(bytes int, s heapSettings) {
	r.Lock()
	defer r.Unlock()
	r.wanted = append(r.wanted, bytes)
	r.resize(s)
}

// remove takes back what add gave for the same number of bytes.
func (r *heapRoom) remove(bytes int, s heapSettings) {
	r.Lock()
	defer r.Unlock()
	i := slices.Index(r.wanted, bytes)
	r.wanted = slices.Delete(r.wanted, i, i+1)
	r.resize(s)
}

// resize holds memory for the most room that a stream wants.
func (r *heapRoom) resize(s heapSettings) {
	most := 0
	for _, n := range r.wanted {
		most = max(most, n)
	}
	if most == r.given {
		return
	}
	r.given = most
	r.held.Reset()
	if n := s.reserve(most); n > 0 {
		r.held.Grow(n) // unlike make it does not clear the memory, and so does not touch it
	}
}

// heapSettings are what a program has set its collector to.
type heapSettings struct {
	percent int32 // GOGC, negative for off
	limit   int64 // GOMEMLIMIT
}

func readHeapSettings() heapSettings {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 || s[1].Value.Kind() != metrics.KindUint64 {
		return heapSettings{percent: -1}
	}
	return heapSettings{int32(s[0].Value.Uint64()), int64(s[1].Value.Uint64())}
}

// reserve is how much memory has the program make so many bytes more of garbage between
// two collections. There is none for a collector that is off, nor for a program with a
// limit of memory, towards which the reserve would count.
func (s heapSettings) reserve(bytes int) int {
	if s.percent < 0 || s.limit != math.MaxInt64 {
		return 0
	}
	// The collector lets the heap grow by that percentage. A reserve is at most as large
	// as the room.
	return bytes * 100 / max(100, int(s.percent))
}
