package gpu

import (
	"sync"
	"time"
)

// Queue executes jobs in the order of their submission; queues of different
// families execute side by side.
type Queue struct {
	// Timeline counts the jobs that have finished.
	Timeline Timeline

	device *Device
	index  int
	info   QueueInfo

	mu        sync.Mutex // held while a job is submitted
	submitted uint64     // value of the timeline when everything has finished
}

// Info describes the queue.
func (q *Queue) Info() QueueInfo { return q.info }

// Submitted is a fence for everything submitted so far.
func (q *Queue) Submitted() Fence {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Fence{q.Timeline, q.submitted}
}

// drain waits for all submitted jobs.
func (q *Queue) drain(limit time.Duration) error {
	f := q.Submitted()
	if f.value == 0 {
		return nil
	}
	return q.device.backend.Wait(f.timeline.handle, f.value, limit)
}
