// Package heaproom has the collector of a program run less often while streams play
// in it.
//
// It holds memory of the Go heap that no goroutine touches. The collector counts it as in
// use, so the program makes more garbage between two collections, each of which stops the
// world twice. As it is not touched, the kernel gives it no pages.
package heaproom

import (
	"math"
	"os"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
)

// room is the memory that is held for the streams of a process.
type room struct {
	sync.Mutex
	wanted []int // of each stream, in bytes between two collections
	most   int   // of them
	room   int   // of that, what the machine has memory for
	size   int   // of held
	held   strings.Builder
}

var process room

// Add gives the collector of this process room for one more stream: so many bytes more
// of garbage between two collections, as far as the machine and the process's control
// group have memory. Streams share the most that one of them wants. A collector that is off
// gets none, nor does one with a limit of memory, towards which it would count.
func Add(bytes int) { process.add(bytes, readSettings()) }

// Remove takes back what Add gave for the same number of bytes.
func Remove(bytes int) { process.remove(bytes, readSettings()) }

// Follow has the room follow what the program has set its collector to meanwhile.
func Follow() { process.follow(readSettings()) }

// Given is for how many bytes there is room.
func Given() int {
	process.Lock()
	defer process.Unlock()
	if process.size == 0 {
		return 0
	}
	return process.room
}

func (r *room) add(bytes int, s settings) {
	r.Lock()
	defer r.Unlock()
	r.wanted = append(r.wanted, bytes)
	r.resize(s)
}

func (r *room) remove(bytes int, s settings) {
	r.Lock()
	defer r.Unlock()
	i := slices.Index(r.wanted, bytes)
	r.wanted = slices.Delete(r.wanted, i, i+1)
	r.resize(s)
}

func (r *room) follow(s settings) {
	r.Lock()
	defer r.Unlock()
	r.resize(s)
}

// resize holds memory for the most that a stream wants.
func (r *room) resize(s settings) {
	most := 0
	for _, n := range r.wanted {
		most = max(most, n)
	}
	if most != r.most {
		r.most = most
		r.room = int(min(int64(most), s.left()/memoryShare))
	}
	size := s.reserve(r.room)
	if size == r.size {
		return
	}
	r.size = size
	r.held.Reset()
	if size > 0 {
		r.held.Grow(size) // unlike make it does not clear the memory, and so does not touch it
	}
}

// memoryShare is which part of the memory that is left the room is at most: the program
// that plays and the machine's others need the rest.
const memoryShare = 4

// settings are what a program has set its collector to.
type settings struct {
	percent int32        // GOGC, negative for off
	limit   int64        // GOMEMLIMIT
	left    func() int64 // memory, in bytes
}

func readSettings() settings {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindUint64 || s[1].Value.Kind() != metrics.KindUint64 {
		return settings{-1, math.MaxInt64, machineLeft}
	}
	return settings{int32(s[0].Value.Uint64()), int64(s[1].Value.Uint64()), machineLeft}
}

func machineLeft() int64 { return memoryLeft(os.DirFS("/")) }

// reserve is how much memory has the program make so many bytes more of garbage between
// two collections: the collector lets the heap grow by that percentage. It is at most as
// large as the room.
func (s settings) reserve(bytes int) int {
	if s.percent < 0 || s.limit != math.MaxInt64 {
		return 0
	}
	return bytes * 100 / max(100, int(s.percent))
}
