package rt

import (
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
)

// memoryLook is how often an ordinary goroutine compares the Go heap with the cap. A
// loop that allocates 1 MiB a millisecond goes past it by 50 MiB, and more where
// busy goroutines delay the look.
const memoryLook = 50 * time.Millisecond

// memoryShare of the memory that is available when Setup runs is the default cap.
const memoryShare = 2

// monitorMemory compares the heap with the cap until Close.
func (p *Process) monitorMemory() {
	look := time.NewTicker(memoryLook)
	defer look.Stop()
	for {
		select {
		case <-p.ended:
			return
		case <-look.C:
			p.checkMemory()
		}
	}
}

// limitHeap lets the cap stop the loop, until the function that it returns is called.
func (p *Process) limitHeap(l *Loop) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loops[l] = true
	return func() {
		p.mu.Lock()
		delete(p.loops, l)
		p.mu.Unlock()
	}
}

// checkMemory stops the loops if the heap has outgrown the cap.
func (p *Process) checkMemory() {
	heap := p.sys.HeapBytes()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heap = heap
	if p.cap <= 0 || heap <= p.cap {
		return
	}
	for l := range p.loops {
		l.overCap.Store(true)
		l.stop.Store(true)
	}
}

// capError is why a loop was stopped, or may not start.
func (p *Process) capError(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errkind.Errorf(ErrMemoryCap,
		"rt: %s: the Go heap has grown to %d MiB, beyond ProcessConfig.MemoryCap of %d MiB, and the collector is off; allocate nothing in steps (Stats.Allocs counts those that do), or collect in Process.Maintenance",
		name, p.heap>>20, p.cap>>20)
}

// defaultCap fills the cap that the config leaves to Setup.
func (p *Process) defaultCap() {
	if p.cap = p.cfg.MemoryCap; p.cap == 0 {
		p.cap = p.sys.AvailableMemory() / memoryShare
	}
	if p.cfg.Keep&KeepCollector != 0 {
		p.cap = -1
	}
}
