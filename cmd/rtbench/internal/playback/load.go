package playback

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// load is the work of a program apart from its sound.
type load struct {
	stop    atomic.Bool
	sink    atomic.Uint64
	started time.Time
	before  int64
}

// startLoad starts the goroutines of a job that compute and that make garbage. An
// isolate's parent may collect as often as it likes, and does.
func startLoad(j Job) *load {
	l := &load{started: time.Now(), before: collections()}
	for range j.Busy {
		go l.compute()
	}
	for range j.Garbage {
		go l.litter(j.Mode == Default)
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

// litter keeps a tree of 2 MB alive and makes garbage: some 10 MB a second where the
// collector is off, which has to last until the end, else 40. With collect it also
// calls the collector each time, as a program with far more garbage has it called.
func (l *load) litter(collect bool) {
	kept := tree(14)
	collector := debug.SetGCPercent(100)
	debug.SetGCPercent(collector)
	trees := 4
	if collector < 0 {
		trees = 1
	}
	for !l.stop.Load() {
		for range trees {
			l.sink.Add(uint64(tree(9).payload[0] + kept.payload[0]))
		}
		if collect {
			runtime.GC()
		}
		time.Sleep(6 * time.Millisecond)
	}
}
