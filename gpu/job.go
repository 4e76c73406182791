package gpu

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/internal/errkind"
)

// Job is a recorded batch. Submitting it neither allocates nor records. One goroutine
// at a time uses it; with Vulkan, Submit and Spin are calls of C, so the tick of a
// pinned loop makes them through rt/cthread.
type Job struct {
	device    *Device
	queue     *Queue
	recording Handle
	batch     *Batch // what it refers to
	flush     []Span // to be flushed before each submission
	fetch     []Span // to be invalidated after each
	waits     []Point
	signals   []Point // the queue's timeline first

	value    atomic.Uint64 // of the last submission; 0 before the first
	finished bool          // the last submission has, and its results were fetched
	closing  sync.Once
	closed   atomic.Bool
}

func newJob(b *Batch, h Handle) *Job {
	q := b.queue
	j := &Job{device: q.device, queue: q, recording: h, batch: b, finished: true}
	j.flush, j.fetch = incoherent(b.flush), incoherent(b.fetch)
	for _, s := range b.awaits {
		j.waits = append(j.waits, Point{Timeline: s.handle})
	}
	j.signals = append(j.signals, Point{Timeline: q.Timeline.handle})
	for _, s := range b.signals {
		j.signals = append(j.signals, Point{Timeline: s.handle})
	}
	q.device.mu.Lock()
	q.device.jobs[j] = struct{}{}
	q.device.mu.Unlock()
	return j
}

// incoherent are the places of the buffers whose memory is not coherent.
func incoherent(list []Buffer) []Span {
	var spans []Span
	for _, b := range list {
		if b.pool.info.Coherent {
			continue
		}
		if s, err := b.record(); err == nil {
			spans = append(spans, b.flushed(&s))
		}
	}
	return spans
}

// Submit starts the job. It fails with [ErrBusy] while the last submission has not
// finished. It allocates nothing, and waits only while another goroutine submits to
// the same queue.
func (j *Job) Submit() error {
	switch {
	case j.closed.Load() || j.device.closed.Load():
		return ErrClosed
	case !j.finished:
		done, err := j.Done()
		if err != nil {
			return err
		}
		if !done {
			return ErrBusy
		}
	}
	for _, s := range j.flush {
		//rt:allow ML610 reason="dummy.Backend is for tests; gputest holds vulkan.Backend to no allocation, and its calls of C are documented"
		if err := j.device.backend.Flush(s.Memory, s.Offset, s.Size); err != nil {
			return err
		}
	}
	return j.submit()
}

func (j *Job) submit() error {
	q := j.queue
	//rt:allow ML603 reason="the queue has one owner while real time runs"
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, s := range j.batch.awaits {
		n := s.consumed.Load() + 1
		if n > s.signals.Load() {
			return errSemaphore
		}
		j.waits[i].Value = n
	}
	for i, s := range j.batch.signals {
		j.signals[i+1].Value = s.signals.Load() + 1
	}
	j.signals[0].Value = q.submitted + 1
	//rt:allow ML610 reason="dummy.Backend is for tests; gputest holds vulkan.Backend to no allocation, and its calls of C are documented"
	if err := j.device.backend.Submit(j.recording, j.waits, j.signals); err != nil {
		return err
	}
	q.submitted++
	j.value.Store(q.submitted)
	j.finished = false
	for _, s := range j.batch.awaits {
		s.consumed.Add(1)
	}
	for _, s := range j.batch.signals {
		s.signals.Add(1)
	}
	return nil
}

var errSemaphore = errkind.Errorf(ErrUsage, "gpu: Submit: awaits a semaphore that no submitted job signals; submit that job first")

// Fence stands for the last submission.
func (j *Job) Fence() Fence { return Fence{j.queue.Timeline, j.value.Load()} }

// Done reports whether the last submission has finished. It does not wait.
func (j *Job) Done() (bool, error) {
	if j.finished {
		return true, nil
	}
	done, err := j.Fence().Done()
	if err != nil || !done {
		return false, err
	}
	return true, j.fetchResults()
}

// Spin polls until the last submission has finished, for as long as limit at most:
// then [ErrTimeout], and the job runs on. See [Timeline.Spin].
func (j *Job) Spin(limit time.Duration) error {
	if j.finished {
		return nil
	}
	if err := j.Fence().Spin(limit); err != nil {
		return err
	}
	return j.fetchResults()
}

// Wait sleeps until the last submission has finished or ctx ends.
func (j *Job) Wait(ctx context.Context) error {
	if j.finished {
		return nil
	}
	if err := j.Fence().Wait(ctx); err != nil {
		return err
	}
	return j.fetchResults()
}

// fetchResults makes what the job wrote visible to the CPU.
func (j *Job) fetchResults() error {
	j.finished = true
	for _, s := range j.fetch {
		//rt:allow ML610 reason="dummy.Backend is for tests; gputest holds vulkan.Backend to no allocation, and its calls of C are documented"
		if err := j.device.backend.Invalidate(s.Memory, s.Offset, s.Size); err != nil {
			return err
		}
	}
	return nil
}

// Close gives the recording back, and releases the buffers and kernels that it
// uses. It fails with [ErrInFlight] while a submission has not finished.
func (j *Job) Close() error {
	if j.closed.Load() {
		return nil
	}
	if !j.finished && !j.device.closed.Load() {
		done, err := j.Fence().Done()
		if err == nil && !done {
			return ErrInFlight
		}
		if err != nil && !errors.Is(err, ErrDeviceLost) {
			return err
		}
	}
	if j.device.closed.Load() {
		return nil // Device.Close has it
	}
	j.release()
	return nil
}

// release gives everything back, once.
func (j *Job) release() {
	j.closing.Do(func() {
		j.closed.Store(true)
		j.device.backend.FreeRecording(j.recording)
		j.batch.release()
		j.device.mu.Lock()
		delete(j.device.jobs, j)
		j.device.mu.Unlock()
	})
}
