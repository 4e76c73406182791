package gpu

import "sync/atomic"

// Semaphore orders jobs of different queues without the CPU: a job that awaits it
// begins when the job that signals it has finished. Each signal serves one wait.
type Semaphore struct {
	device   *Device
	handle   Handle
	signals  atomic.Uint64 // submitted
	consumed atomic.Uint64 // by waits submitted
}

// NewSemaphore makes a semaphore, which lives as long as the device.
func (d *Device) NewSemaphore() (*Semaphore, error) {
	if err := d.allocating("making a semaphore", 0); err != nil {
		return nil, err
	}
	h, err := d.backend.NewTimeline()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.semaphore = append(d.semaphore, h)
	d.mu.Unlock()
	return &Semaphore{device: d, handle: h}, nil
}
