package gpubench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/gpu/fir"
)

// load is other work on the device.
type load struct {
	name string
	// start begins it; the function that it returns ends it and says how many units
	// were done.
	start func() (func() (int64, error), error)
}

// interference measures round trips under load, and what a resident kernel costs
// the load.
func (s *session) interference(ctx context.Context) error {
	r, err := s.newEmpty(ctx, gpu.ResidentConfig{})
	if errors.Is(err, gpu.ErrNoResident) {
		r = nil
	} else if err != nil {
		return err
	}
	f, err := s.newFilter(ctx, false)
	if err != nil {
		return err
	}
	submitted, err := s.newFilter(ctx, true)
	if err != nil {
		return err
	}
	if r != nil {
		if err := warmUp(func() error { return r.Ring(&none{}, &none{}, spinLimit) }, s.shorter(clockUp)); err != nil {
			return err
		}
	}
	for _, l := range s.loads() {
		if ctx.Err() != nil {
			break
		}
		if err := s.contest(l, r, f, submitted); err != nil {
			s.result.Failed = append(s.result.Failed, "interference, "+l.name+": "+err.Error())
			s.config.Progress("FAILED " + l.name + ": " + err.Error())
		}
	}
	errs := []error{f.Close(), submitted.Close()}
	if r != nil {
		errs = append(errs, r.Close())
		errs = append(errs, s.alone())
	}
	return errors.Join(errs...)
}

// contest measures under one load.
func (s *session) contest(l load, r *gpu.Resident[none, none], f, submitted *fir.Filter) (err error) {
	stop, err := l.start()
	if err != nil {
		return err
	}
	begun := time.Now()
	c := Contest{Load: l.name}
	add := func(row Row, e error) {
		err = errors.Join(err, e)
		if e == nil {
			row.Name += " | " + l.name
			c.Rows = append(c.Rows, row)
			s.say(row)
		}
	}
	n, paced := s.config.N*4+10, s.config.paced()/2+5
	if s.device.Caps().Software {
		n = s.config.N/4 + 10
	}
	if r != nil {
		ring := func() error { return r.Ring(&none{}, &none{}, spinLimit) }
		if e := warmUp(ring, s.shorter(100*time.Millisecond)); e != nil {
			err = errors.Join(err, e)
		}
		add(s.time("resident empty", n, 0, ring))
		add(s.time("resident empty, paced", paced, Period, ring))
	}
	var in, out [fir.Block]float32
	if resident, _ := f.Resident(); resident {
		add(s.time("resident FIR, paced", paced, Period, func() error { return f.Process(out[:], in[:]) }))
	}
	add(s.time("submitted FIR", min(n, 1000), 0, func() error { return submitted.Process(out[:], in[:]) }))
	units, e := stop()
	c.Contended = float64(units) / time.Since(begun).Seconds()
	s.result.Interference = append(s.result.Interference, c)
	return errors.Join(err, e)
}

// alone measures the loads without a resident kernel next to them.
func (s *session) alone() error {
	for i, l := range s.loads() {
		if l.name == nothingElse || i >= len(s.result.Interference) {
			continue
		}
		stop, err := l.start()
		if err != nil {
			return err
		}
		begun := time.Now()
		for lasting := s.shorter(700 * time.Millisecond); time.Since(begun) < lasting; {
			time.Sleep(10 * time.Millisecond)
		}
		units, err := stop()
		if err != nil {
			return err
		}
		for j := range s.result.Interference {
			if c := &s.result.Interference[j]; c.Load == l.name {
				c.Alone = float64(units) / time.Since(begun).Seconds()
				s.config.Progress(fmt.Sprintf("%-44s %.0f/s alone, %.0f/s next to resident kernels", l.name, c.Alone, c.Contended))
			}
		}
	}
	return nil
}

const nothingElse = "nothing"

func (s *session) loads() []load {
	list := []load{
		{nothingElse, func() (func() (int64, error), error) { return func() (int64, error) { return 0, nil }, nil }},
		{"allocating and freeing 64 MiB", s.background(func() (func() error, func() error, error) {
			b := s.device.Backend()
			size := min(uint64(64<<20), s.config.MostBytes)
			return func() error {
				m, err := b.Allocate(size, gpu.DeviceLocal)
				if err == nil {
					b.Free(m)
				}
				return err
			}, func() error { return nil }, nil
		})},
	}
	caps := s.device.Caps()
	residents := map[int]bool{}
	for _, i := range caps.Residents {
		residents[caps.Queues[i].Family] = true
	}
	// The last queue of a family is not the one that anything else here uses.
	last := map[int]int{}
	for i, q := range caps.Queues {
		last[q.Family] = i
	}
	for i, q := range s.device.Queues() {
		info := q.Info()
		if last[info.Family] != i || len(caps.Queues) == 1 {
			continue
		}
		where := fmt.Sprintf("family %d", info.Family)
		if residents[info.Family] {
			where += " (the resident kernels')"
		}
		if info.Compute {
			list = append(list, load{"heavy compute, " + where, s.background(func() (func() error, func() error, error) { return s.twoJobs(q, s.burnJob) })})
		}
		list = append(list, load{fmt.Sprintf("%d MiB uploads, %s", min(64, s.config.MostBytes>>20), where), s.background(func() (func() error, func() error, error) { return s.uploads(q) })})
	}
	if s.config.Burner != nil && caps.Backend == "vulkan" { // a dummy is shared with no process
		list = append(list, load{"another process computing", func() (func() (int64, error), error) {
			stop, err := s.config.Burner()
			if err != nil {
				return nil, err
			}
			return func() (int64, error) { return stop(), nil }, nil
		}})
	}
	return list
}

// background makes a load of a unit of work that another thread repeats.
func (s *session) background(prepare func() (unit, end func() error, err error)) func() (func() (int64, error), error) {
	return func() (func() (int64, error), error) {
		unit, end, err := prepare()
		if err != nil {
			return nil, err
		}
		var stop atomic.Bool
		var n int64
		done := make(chan error, 1)
		go func() {
			runtime.LockOSThread() // and not unlocked: its settings end with it
			ordinary()
			var err error
			for err == nil && !stop.Load() {
				err = unit()
				n++
			}
			done <- errors.Join(err, end())
		}()
		return func() (int64, error) {
			stop.Store(true)
			err := <-done
			return n, err
		}, nil
	}
}

// twoJobs keeps two submissions of a job in flight.
func (s *session) twoJobs(q *gpu.Queue, record func(q *gpu.Queue) (*gpu.Job, error)) (unit, end func() error, err error) {
	var jobs [2]*gpu.Job
	for i := range jobs {
		if jobs[i], err = record(q); err != nil {
			return nil, nil, err
		}
	}
	i := 0
	unit = func() error {
		j := jobs[i]
		i ^= 1
		if err := j.Wait(context.Background()); err != nil {
			return err
		}
		return j.Submit()
	}
	end = func() error {
		var errs []error
		for _, j := range jobs {
			errs = append(errs, j.Wait(context.Background()), j.Close())
		}
		return errors.Join(errs...)
	}
	return unit, end, nil
}

// uploads keeps two uploads in flight.
func (s *session) uploads(q *gpu.Queue) (unit, end func() error, err error) {
	size := min(uint64(64<<20), s.config.MostBytes)
	src, err := s.device.Pool(gpu.HostCoherent).New(gpu.BufferConfig{Name: "load, source", Size: size, Usage: gpu.TransferSrc})
	if err != nil {
		return nil, nil, err
	}
	dst, err := s.device.Pool(gpu.DeviceLocal).New(gpu.BufferConfig{Name: "load, destination", Size: size, Usage: gpu.TransferDst})
	if err != nil {
		return nil, nil, err
	}
	unit, finish, err := s.twoJobs(q, func(q *gpu.Queue) (*gpu.Job, error) { return q.Batch().Upload(dst, src).Record() })
	if err != nil {
		return nil, nil, err
	}
	return unit, func() error { return errors.Join(finish(), src.Free(), dst.Free()) }, nil
}
