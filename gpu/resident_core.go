package gpu

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/gpu/internal/doorbell"
	"github.com/memkit-go/memkit/internal/errkind"
)

// residentCore is a Resident without its types.
type residentCore struct {
	device *Device
	queue  *Queue
	own    bool // the queue serves no other kernel
	config ResidentConfig

	buffers [3]Buffer // input, output, state
	in, out []byte
	door    []uint32 // the words of the input
	answers []uint32

	// The caller of Ring owns these.
	number  uint32 // of the last ring
	waiting bool   // it has not been answered

	jobs    [2]*Job // with the launch numbers 1 and 2; with Submitted the first alone
	failed  atomic.Pointer[error]
	stop    chan struct{}
	ended   chan struct{} // the keeper has ended
	closing sync.Once
	result  error // of Close

	rings, late, busy, launches atomic.Uint64
}

const (
	// firstPolls bounds the first launches, before it is known how long a poll
	// takes: some milliseconds.
	firstPolls = 1 << 14
	mostPolls  = 1 << 28
	// firstLimit is how long the first ring of a probe may take: some drivers compile
	// a kernel when it is first submitted.
	firstLimit = 5 * time.Second
	// looks is how often Ring looks at the answer before it looks at the clock.
	looks = 64
)

func newResidentCore(ctx context.Context, d *Device, k *Kernel, c ResidentConfig, in, out uint64) (*residentCore, error) {
	r := &residentCore{device: d, config: c, stop: make(chan struct{}), ended: make(chan struct{})}
	if err := r.chooseQueue(); err != nil {
		return nil, err
	}
	err := r.allocate(ctx, in, out)
	if err == nil {
		err = r.record(k)
	}
	if err == nil && !c.Submitted {
		err = r.launchBoth()
	}
	if err != nil {
		return nil, errors.Join(err, r.abandon())
	}
	d.mu.Lock()
	d.residents[r] = struct{}{}
	d.mu.Unlock()
	if c.Submitted {
		close(r.ended)
	} else {
		go r.keep()
	}
	if err := r.probe(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *residentCore) refuse(tried, reason string, answered int) error {
	return &NoResidentError{Device: r.device.caps.Device, Tried: tried, Reason: reason, Answered: answered}
}

// chooseQueue takes a queue, and checks the memory types.
func (r *residentCore) chooseQueue() error {
	d := r.device
	if r.config.Submitted {
		r.queue = d.Compute()
		return nil
	}
	for _, t := range []MemoryType{Unified, HostCached} {
		if i := d.caps.Types[t]; !i.Available || !i.Visible || !i.Coherent {
			return r.refuse("looked for coherent memory of type "+t.String(), "the device has none", 0)
		}
	}
	q, ok := d.takeResident()
	switch {
	case ok:
		r.queue, r.own = q, true
	case r.config.ShareQueue:
		r.queue = d.Compute()
	default:
		return r.refuse("looked for a queue that nothing else uses", "the device has none left; ResidentConfig.ShareQueue takes the compute queue", 0)
	}
	return nil
}

// allocate makes the three buffers of the protocol.
func (r *residentCore) allocate(ctx context.Context, in, out uint64) error {
	d := r.device
	inType, outType := Unified, HostCached
	if r.config.Submitted {
		inType = HostCoherent
	}
	for i, b := range []struct {
		part string
		t    MemoryType
		size uint64
	}{{"input", inType, doorbell.Input + max(in, 4)}, {"output", outType, doorbell.Output + max(out, 4)}, {"state", DeviceLocal, doorbell.State + max(r.config.State, 4)}} {
		x, err := d.Pool(b.t).New(BufferConfig{Name: r.config.Name + " " + b.part, Size: b.size, Usage: Storage | TransferDst | TransferSrc})
		if err != nil {
			return err
		}
		r.buffers[i] = x
	}
	var err error
	if r.in, err = r.buffers[0].Bytes(); err != nil {
		return err
	}
	if r.out, err = r.buffers[1].Bytes(); err != nil {
		return err
	}
	clear(r.in)
	clear(r.out)
	r.door = doorbell.Words(r.in, 0, doorbell.Input/4)
	r.answers = doorbell.Words(r.out, doorbell.Answers, r.config.Groups)
	doorbell.Store(&r.door[doorbell.Polls/4], firstPolls)
	if r.config.Submitted {
		doorbell.Store(&r.door[doorbell.Stop/4], 1)
	}
	return r.clearState(ctx)
}

// clearState fills the state with zeros.
func (r *residentCore) clearState(ctx context.Context) (err error) {
	zeros, err := r.device.Pool(HostCoherent).New(BufferConfig{Name: r.config.Name + " zeros", Size: r.buffers[2].Size(), Usage: TransferSrc})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, zeros.Free()) }()
	b, err := zeros.Bytes()
	if err != nil {
		return err
	}
	clear(b)
	return r.queue.Batch().Upload(r.buffers[2], zeros).Run(ctx)
}

// record records the two launches.
func (r *residentCore) record(k *Kernel) error {
	for i := range r.jobs {
		arguments := append(r.buffers[:3:3], r.config.Arguments...)
		constants := binary.LittleEndian.AppendUint32(nil, uint32(i+1))
		b := r.queue.Batch().Dispatch(k, [3]uint32{uint32(r.config.Groups), 1, 1}, constants, arguments...)
		if len(b.commands) > 0 {
			b.commands[0].Barrier = true // each launch begins when the one before has ended
		}
		j, err := b.Record()
		if err != nil {
			return err
		}
		r.jobs[i] = j
	}
	return nil
}

func (r *residentCore) launchBoth() error {
	for _, j := range r.jobs {
		if err := j.Submit(); err != nil {
			return err
		}
		r.launches.Add(1)
	}
	return nil
}

// keep submits each launch again when it has ended, until Close or an error. It
// adapts the number of polls to the lifetime.
func (r *residentCore) keep() {
	defer close(r.ended)
	polls := uint32(firstPolls)
	last := time.Now()
	for i := 0; ; i ^= 1 {
		if !r.await(r.jobs[i]) {
			return
		}
		now := time.Now()
		polls = adapt(polls, now.Sub(last), r.config.Lifetime)
		last = now
		doorbell.Store(&r.door[doorbell.Polls/4], polls)
		if err := r.jobs[i].Submit(); err != nil {
			r.fail(err)
			return
		}
		r.launches.Add(1)
	}
}

// await waits until a launch has ended; false when the keeper is to end.
func (r *residentCore) await(j *Job) bool {
	for {
		select {
		case <-r.stop:
			return false
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), waitSlice)
		err := j.Wait(ctx)
		cancel()
		if err == nil {
			return true
		}
		if !errors.Is(err, ErrTimeout) {
			r.fail(err)
			return false
		}
	}
}

// adapt is how many polls a launch may make, after one that took so long.
func adapt(polls uint32, took, lifetime time.Duration) uint32 {
	if took >= lifetime/2 && took <= 2*lifetime {
		return polls
	}
	ratio := min(max(float64(lifetime)/float64(max(took, 1)), 1./16), 4)
	return uint32(min(max(float64(polls)*ratio, 1024), mostPolls))
}

func (r *residentCore) fail(err error) { r.failed.CompareAndSwap(nil, &err) }

func (r *residentCore) failure() error {
	if e := r.failed.Load(); e != nil {
		return *e
	}
	return nil
}

// probe makes rings. The kernel sees the input that is there, zeros. That all are
// answered is not enough: each may have been seen by another launch, when it began.
func (r *residentCore) probe(ctx context.Context) error {
	n := r.config.Probe
	tried := fmt.Sprintf("rang %d times, for %v each", n, r.config.ProbeLimit)
	if r.config.Submitted {
		n = 1
	}
	stayed := 0 // rings that needed no other launch
	for i := range n {
		before := r.launches.Load()
		err := r.probeOnce(ctx, i)
		switch {
		case err == nil:
		case errors.Is(err, ErrTimeout) && !r.config.Submitted:
			return r.refuse(tried, fmt.Sprintf("ring %d was not answered", i+1), i)
		default:
			return fmt.Errorf("gpu: resident %q: probe: %w", r.config.Name, err)
		}
		if r.launches.Load() == before {
			stayed++
		}
		if i+1 >= min(n, enough) && 2*stayed < i && !r.config.Submitted {
			return r.refuse(tried, fmt.Sprintf("of the first %d rings, %d were answered by the launch that had answered the one before; the others waited for the next launch to begin", i+1, stayed), i+1)
		}
	}
	r.rings.Store(0)
	r.late.Store(0)
	return nil
}

// enough rings to judge a probe by.
const enough = 16

func (r *residentCore) probeOnce(ctx context.Context, i int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.ready(); err != nil {
		return err
	}
	limit := r.config.ProbeLimit
	if i == 0 {
		limit = max(limit, firstLimit)
	}
	return r.ring(false, limit)
}

// ready reports why no ring can be made now.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *residentCore) ready() error {
	if e := r.failed.Load(); e != nil {
		return *e
	}
	if r.waiting && !r.caughtUp() {
		r.busy.Store(r.busy.Load() + 1)
		return ErrBusy
	}
	r.waiting = false
	return nil
}

// caughtUp reports whether a ring that came too late has been answered by now.
func (r *residentCore) caughtUp() bool {
	if r.config.Submitted {
		done, err := r.jobs[0].Done()
		return done && err == nil
	}
	return doorbell.Await(r.answers, r.number, 1)
}

// ring rings and polls for the answer. The input is in place.
//
// Cost: O(1) and the kernel. Allocates: no. Blocks: until limit. Caller: owner.
//
//rt:nonallocating
//rt:bound the limit given, and one turn more
func (r *residentCore) ring(silent bool, limit time.Duration) error {
	if r.config.Submitted {
		return r.submit(limit)
	}
	r.number++
	if r.number == 0 {
		r.number = 1
	}
	start := time.Now()
	if silent {
		doorbell.StoreAlone(&r.door[doorbell.Sequence/4], r.number)
	} else {
		doorbell.Store(&r.door[doorbell.Sequence/4], r.number)
	}
	r.waiting = true
	for !doorbell.Await(r.answers, r.number, looks) {
		if e := r.failed.Load(); e != nil {
			return *e
		}
		if time.Since(start) >= limit {
			if doorbell.Await(r.answers, r.number, 1) {
				break
			}
			r.late.Store(r.late.Load() + 1)
			return ErrTimeout
		}
		if r.device.caps.Software {
			yield()
		}
	}
	r.waiting = false
	r.rings.Store(r.rings.Load() + 1)
	return nil
}

// submit rings by a job that answers once and ends, because it finds the word Stop.
func (r *residentCore) submit(limit time.Duration) error {
	j := r.jobs[0]
	number := r.number + 1
	if number == 0 {
		number = 1
	}
	doorbell.Store(&r.door[doorbell.Sequence/4], number)
	if err := j.Submit(); err != nil {
		return r.orLost(err) // the next ring has the same number
	}
	r.number, r.waiting = number, true
	r.launches.Add(1)
	if err := j.Spin(limit); err != nil {
		if err == ErrTimeout {
			r.late.Store(r.late.Load() + 1)
		}
		return r.orLost(err)
	}
	r.waiting = false
	if !doorbell.Await(r.answers, number, 1) {
		return errUnanswered
	}
	r.rings.Store(r.rings.Load() + 1)
	return nil
}

var errUnanswered = errkind.Errorf(ErrKernel, "gpu: Ring: the kernel ended without an answer; does it follow resident.glsl?")

// orLost ends the kernel when the device is lost.
//
//rt:allow ML601 reason="only when the device is lost"
//rt:allow ML610 reason="the errors are those of this package"
//rt:allow ML613 reason="errors.Is compares types, and changes nothing"
func (r *residentCore) orLost(err error) error {
	if errors.Is(err, ErrDeviceLost) {
		r.fail(err)
	}
	return err
}

func (r *residentCore) stats() ResidentStats {
	return ResidentStats{Rings: r.rings.Load(), Late: r.late.Load(), Busy: r.busy.Load(), Launches: r.launches.Load()}
}

// Close ends the kernel and frees what it had.
func (r *residentCore) Close() error {
	r.closing.Do(func() { r.result = r.close() })
	return r.result
}

func (r *residentCore) close() error {
	r.fail(ErrClosed)
	close(r.stop)
	doorbell.Store(&r.door[doorbell.Stop/4], 1)
	<-r.ended
	return r.abandon()
}

// abandon ends all launches and frees all memory.
func (r *residentCore) abandon() error {
	d := r.device
	if r.door != nil {
		doorbell.Store(&r.door[doorbell.Stop/4], 1)
	}
	if err := r.queue.drain(closeLimit); errors.Is(err, ErrTimeout) {
		return fmt.Errorf("gpu: resident %q: the kernel does not end: %w", r.config.Name, err)
	}
	d.mu.Lock()
	delete(d.residents, r)
	d.mu.Unlock()
	return r.free()
}

func (r *residentCore) free() error {
	if r.own {
		r.device.returnResident(r.queue)
	}
	var errs []error
	for _, j := range r.jobs {
		if j != nil {
			j.release()
		}
	}
	for _, b := range r.buffers {
		if b.pool != nil {
			errs = append(errs, b.Free())
		}
	}
	return errors.Join(errs...)
}
