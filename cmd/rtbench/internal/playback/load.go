package playback

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// load is what a program does beside its sound.
type load struct {
	stop    atomic.Bool
	sink    atomic.Uint64
	started time.Time
	before  int64
}

// startLoad starts goroutines that compute and goroutines that make garbage.
func startLoad(busy, garbage int) *load {
	l := &load{started: time.Now(), before: collections()}
	for range busy {
		go l.compute()
	}
	for range garbage {
		go l.litter()
	}
	return l
}

func collections() int64 {
	var s debug.GCStats
	debug.ReadGCStats(&s)
	return s.NumGC
}

// end stops the goroutines and tells how many collections there were, in how long.
func (l *load) end() (int, time.Duration) {
	l.stop.Store(true)
	return int(collections() - l.before), time.Since(l.started)
}

func (l *load) compute() {
	x := uint64(1)
	for !l.stop.Load() {
		for range 1000 {
			x = x*6364136223846793005 + 1442695040888963407
		}
		l.sink.Add(x)
	}
}

// node is a tree that the collector has to walk.
type node struct {
	left, right *node
	payload     [6]int
}

func tree(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

// litter keeps a tree of 2 MB alive and makes garbage, 10 MB a second at most. Where
// the collector is on, it is called each time, as a program with much more garbage
// has it called.
func (l *load) litter() {
	kept := tree(14)
	collector := debug.SetGCPercent(100)
	debug.SetGCPercent(collector)
	for !l.stop.Load() {
		l.sink.Add(uint64(tree(9).payload[0] + kept.payload[0]))
		if collector >= 0 {
			runtime.GC()
		}
		time.Sleep(6 * time.Millisecond)
	}
}
