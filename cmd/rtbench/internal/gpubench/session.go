package gpubench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/rt"
)

// session is one measurement.
type session struct {
	config  Config
	device  *gpu.Device
	result  *Result
	nothing *gpu.Kernel
	burn    *gpu.Kernel
	empty   *gpu.Kernel
	echo    *gpu.Kernel
	copying *gpu.Kernel
	yielded int64 // when pause did
	word    gpu.Buffer
}

const (
	// spinLimit is when a device that does not answer is given up; a busy machine may
	// take seconds.
	spinLimit = 20 * time.Second
	// warm rings come before a row.
	warm = 200
)

// Measure runs the parts. What fails is in Result.Failed; an error means that there
// is no device.
func Measure(ctx context.Context, c Config) (r *Result, err error) {
	c, err = c.validate()
	if err != nil {
		return nil, err
	}
	d, err := gpu.Open(ctx, gpu.Config{Drivers: c.Drivers, Backend: c.Backend, Validation: c.Validation})
	if err != nil {
		return nil, err
	}
	caps := d.Caps()
	s := &session{config: c, device: d, result: &Result{Backend: caps.Backend, Device: caps.Device, Caps: caps, CPU: c.CPU}}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s.result.Priority = s.schedule()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if err := s.setUp(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{RoundTrips, s.roundTrips}, {FIR, s.fir}, {Rings, s.rings}, {Interference, s.interference}, {Bandwidth, s.bandwidth}, {Memory, s.memory}} {
		if !c.has(part.name) || ctx.Err() != nil {
			continue
		}
		start := time.Now()
		if err := part.run(ctx); err != nil {
			s.result.Failed = append(s.result.Failed, part.name+": "+err.Error())
			c.Progress("FAILED " + part.name + ": " + err.Error())
		}
		c.Progress(fmt.Sprintf("%s took %.1fs", part.name, time.Since(start).Seconds()))
		debug.FreeOSMemory()
	}
	s.messages()
	return s.result, errors.Join(ctx.Err(), s.tearDown())
}

// messages takes over what a validation layer said.
func (s *session) messages() {
	if m, ok := s.device.Backend().(interface{ Messages() (int, []string) }); ok {
		s.result.ValidationMessages, s.result.Messages = m.Messages()
	}
}

func (s *session) setUp(ctx context.Context) (err error) {
	for _, k := range []struct {
		to   **gpu.Kernel
		code gpu.KernelCode
	}{{&s.nothing, nothingKernel()}, {&s.burn, burnKernel()}, {&s.empty, emptyKernel()}, {&s.echo, echoKernel()}, {&s.copying, copyKernel()}} {
		if *k.to, err = s.device.NewKernel(k.code); err != nil {
			return err
		}
	}
	s.word, err = s.device.Pool(gpu.DeviceLocal).New(gpu.BufferConfig{Name: "word", Size: 256, Usage: gpu.Storage})
	return err
}

func (s *session) tearDown() error {
	var errs []error
	for _, k := range []*gpu.Kernel{s.nothing, s.burn, s.empty, s.echo, s.copying} {
		errs = append(errs, k.Close())
	}
	return errors.Join(append(errs, s.word.Free(), s.device.Close())...)
}

func (s *session) add(r Row) Row {
	s.result.Rows = append(s.result.Rows, r)
	s.say(r)
	return r
}

func (s *session) say(r Row) {
	s.config.Progress(fmt.Sprintf("%-44s n=%-6d min %8.2f p50 %8.2f p99 %8.2f p99.9 %8.2f max %9.2f µs", r.Name, r.N, r.Min, r.P50, r.P99, r.P999, r.Max))
}

// time calls f n times, a period apart.
func (s *session) time(name string, n int, period time.Duration, f func() error) (Row, error) {
	for range min(warm, n) {
		if err := f(); err != nil {
			return Row{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	ns := make([]int64, n)
	next := rt.Now() + 1e6
	for i := range ns {
		if period > 0 {
			s.pause(next)
			next += int64(period)
		}
		from := rt.Now()
		err := f()
		ns[i] = rt.Now() - from
		if err != nil {
			return Row{}, fmt.Errorf("%s, %d of %d: %w", name, i, n, err)
		}
	}
	return newRow(name, ns), nil
}

// pause waits until a time, awake, as the thread of a real-time loop that keeps its
// CPU. It yields often enough not to be preempted in the middle of a round trip, as
// goroutines that run for 10 ms are; those of a pinned loop are not.
func (s *session) pause(until int64) {
	if now := rt.Now(); now-s.yielded > int64(yieldEvery) {
		runtime.Gosched()
		s.yielded = now
	}
	for rt.Now() < until {
	}
}

const yieldEvery = 6 * time.Millisecond

// clockUp is how long a device must work until it runs at full speed.
const clockUp = time.Second

// shorter is d on a device, and a tenth of it where software plays one: its clock does
// not change, and its figures mean nothing.
func (s *session) shorter(d time.Duration) time.Duration {
	if s.device.Caps().Software {
		return d / 10
	}
	return d
}

// warmUp calls f for a while.
func warmUp(f func() error, d time.Duration) error {
	for end := rt.Now() + int64(d); rt.Now() < end; {
		for range 100 {
			if err := f(); err != nil {
				return err
			}
		}
		runtime.Gosched()
	}
	return nil
}

// start shows how round trips get faster in the first second of a kernel's life: the
// median of each 50 ms.
func (s *session) start(name string, f func() error) error {
	const slice = 50 * time.Millisecond
	x := Start{Name: name, Slice: float64(slice) / 1e6}
	for range int(clockUp / slice) {
		var ns []int64
		for end := rt.Now() + int64(slice); rt.Now() < end; {
			from := rt.Now()
			if err := f(); err != nil {
				return err
			}
			ns = append(ns, rt.Now()-from)
		}
		x.P50 = append(x.P50, newRow(name, ns).P50)
	}
	s.result.Starts = append(s.result.Starts, x)
	s.config.Progress(fmt.Sprintf("%s, median of each %v after the launch, µs: %.2f", name, slice, x.P50))
	return nil
}

// job records the job that does nothing, on a queue.
func (s *session) job(q *gpu.Queue) (*gpu.Job, error) {
	return q.Batch().Dispatch(s.nothing, [3]uint32{1, 1, 1}, nil, s.word).Record()
}

func submitAndSpin(j *gpu.Job) func() error {
	return func() error {
		if err := j.Submit(); err != nil {
			return err
		}
		return j.Spin(spinLimit)
	}
}

// burnJob records a job that computes for a while.
func (s *session) burnJob(q *gpu.Queue) (*gpu.Job, error) {
	groups, rounds := uint32(16384), uint32(4000)
	if s.device.Caps().Software {
		groups, rounds = 16, 100
	}
	return q.Batch().Dispatch(s.burn, [3]uint32{groups, 1, 1}, binary.LittleEndian.AppendUint32(nil, rounds), s.word).Record()
}

type none = struct{}

func (s *session) newEmpty(ctx context.Context, c gpu.ResidentConfig) (*gpu.Resident[none, none], error) {
	c.Name = "empty"
	return gpu.NewResident[none, none](ctx, s.device, s.empty, c)
}

// both measures the same in Go and in C.
func (s *session) both(name string, n int, period time.Duration, f func() error, reference func(period time.Duration, ns []int64) error) (Row, error) {
	r, err := s.time(name+", Go", n, period, f)
	if err != nil {
		return r, err
	}
	s.add(r)
	ns := make([]int64, n)
	if err := reference(period, ns); err != nil {
		return r, nil // the backend has no reference
	}
	s.add(newRow(name+", C", ns))
	return r, nil
}

func (s *session) roundTrips(ctx context.Context) error {
	return errors.Join(s.submitted(), s.resident(ctx))
}

func (s *session) submitted() (err error) {
	for i, q := range s.device.Queues() {
		if info := q.Info(); !info.Compute || info.Index > 0 {
			continue
		}
		j, err := s.job(q)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("submitted empty, family %d", q.Info().Family)
		if !s.device.Caps().Software {
			if err := s.start(name, submitAndSpin(j)); err != nil {
				return err
			}
		}
		r, err := s.both(name, s.config.N, 0, submitAndSpin(j), j.Reference)
		if err == nil {
			_, err = s.both(name+", paced", s.config.paced(), Period, submitAndSpin(j), j.Reference)
		}
		if i == s.device.Caps().Compute && err == nil {
			s.result.Submitted = Mode{Supported: true, P50: r.P50, P99: r.P99}
			s.result.AllocsPerSubmit = testing.AllocsPerRun(200, func() { _ = submitAndSpin(j)() })
		}
		if err := errors.Join(err, j.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) resident(ctx context.Context) error {
	r, err := s.newEmpty(ctx, gpu.ResidentConfig{})
	if errors.Is(err, gpu.ErrNoResident) {
		s.result.Resident.Reason = err.Error()
		s.config.Progress(err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	ring := func() error { return r.Ring(&none{}, &none{}, spinLimit) }
	if !s.device.Caps().Software {
		if err := s.start("resident empty", ring); err != nil {
			return err
		}
	}
	row, err := s.both("resident empty", s.config.N, 0, ring, r.Reference)
	s.result.Resident = Mode{Supported: err == nil, P50: row.P50, P99: row.P99}
	if err == nil {
		_, err = s.both("resident empty, paced", s.config.paced(), Period, ring, r.Reference)
	}
	s.config.Progress(fmt.Sprintf("%+v", r.Stats()))
	if err := errors.Join(err, r.Close()); err != nil {
		return err
	}
	return s.echoes(ctx)
}

// echoes measures a ring with a block of data.
func (s *session) echoes(ctx context.Context) error {
	e, err := gpu.NewResident[[64]float32, [64]float32](ctx, s.device, s.echo, gpu.ResidentConfig{Name: "echo"})
	if errors.Is(err, gpu.ErrNoResident) {
		return nil // the queues are used up
	}
	if err != nil {
		return err
	}
	var in, out [64]float32
	ring := func() error {
		in[0]++
		if err := e.Ring(&in, &out, spinLimit); err != nil {
			return err
		}
		if out != in {
			return errors.New("the echo differs")
		}
		return nil
	}
	if !s.device.Caps().Software {
		if err := s.start("resident echo", ring); err != nil {
			return err
		}
	}
	row, err := s.time("resident echo of 256 bytes", s.config.N, 0, ring)
	if err == nil {
		s.add(row)
	}
	return errors.Join(err, e.Close())
}
