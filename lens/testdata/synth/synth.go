// Command synth has a callback that takes a lock.
package main

import "sync"

// Gain scales blocks of samples.
type Gain struct {
	mu    sync.Mutex
	level float64
}

// Process scales a block.
//
//rt:nonblocking
//rt:nonallocating
func (g *Gain) Process(block []float64) {
	// A goroutine that changes the level may hold the mutex while this one waits.
	//
	//rt:allow ML603 reason="only this thread is left when the mutex is unlocked"
	defer g.mu.Unlock()
	g.mu.Lock()
	for i := range block {
		block[i] *= g.level
	}
}

func main() {
	g := &Gain{level: 0.5}
	g.Process(make([]float64, 64))
}
