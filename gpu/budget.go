package gpu

import (
	"sync"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
)

// account is memory in use against a budget. Its owner's lock guards it.
type account struct {
	budget Budget
	used   uint64
	peak   uint64
	warned bool
}

// add accounts for n bytes, or refuses them.
func (a *account) add(n uint64, name string) error {
	if hard := a.budget.Hard; hard > 0 && (n > hard || a.used > hard-n) {
		return errkind.Errorf(ErrBudget, "gpu: %d bytes more: %s.Hard is %d, of which %d are in use; free some, or raise it", n, name, hard, a.used)
	}
	a.used += n
	a.peak = max(a.peak, a.used)
	if a.budget.Soft > 0 && a.used > a.budget.Soft && !a.warned {
		a.warned = true
		if a.budget.OnSoft != nil {
			a.budget.OnSoft(a.used)
		}
	}
	return nil
}

func (a *account) remove(n uint64) {
	a.used -= n
	a.warned = a.warned && a.used > a.budget.Soft
}

// admit accounts for a block of a memory type, and refuses one beyond the device's
// budget or the driver's.
func (d *Device) admit(t MemoryType, heap int, size uint64) error {
	if heaps, err := d.sampler.heaps(d.backend); err == nil && heap < len(heaps) {
		if h := heaps[heap]; h.Budget > 0 && (size > h.Budget || h.Used > h.Budget-size) {
			return errkind.Errorf(ErrBudget, "gpu: %d bytes more: the driver's budget of heap %d is %d bytes, of which %d are in use; free some, or close other programs", size, heap, h.Budget, h.Used)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	a := &d.accounts[t]
	a.budget = d.config.Budgets[t]
	return a.add(size, "Config.Budgets["+t.String()+"]")
}

func (d *Device) refund(t MemoryType, size uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.accounts[t].remove(min(size, d.accounts[t].used)) // imported memory was never added
}

// samplePeriod is how old the driver's answer may be: asking takes a system call
// and the driver's lock.
const samplePeriod = 100 * time.Millisecond

// sampler keeps the driver's last answer about its heaps.
type sampler struct {
	mu   sync.Mutex
	at   time.Time
	last []HeapUse
	now  func() time.Time // nil: time.Now
}

func (s *sampler) heaps(b Backend) ([]HeapUse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now
	if s.now != nil {
		now = s.now
	}
	if t := now(); s.last == nil || t.Sub(s.at) >= samplePeriod {
		h, err := b.Heaps()
		if err != nil {
			return nil, err
		}
		s.at, s.last = t, h
	}
	return s.last, nil
}

// Heaps is what the driver says of its memory, at most 100 ms ago.
func (d *Device) Heaps() ([]HeapUse, error) {
	if d.closed.Load() {
		return nil, ErrClosed
	}
	h, err := d.sampler.heaps(d.backend)
	return append([]HeapUse(nil), h...), err
}
