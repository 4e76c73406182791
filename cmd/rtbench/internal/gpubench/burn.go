package gpubench

import (
	"context"
	"errors"
	"time"

	"github.com/memkit-go/memkit/gpu"
)

// Burn keeps the device busy until ctx ends: the other process of a measurement. It
// tells how many jobs it has done, from the first one on, ten times a second.
func Burn(ctx context.Context, drivers []gpu.Driver, backend string, tell func(jobs int64)) error {
	d, err := gpu.Open(ctx, gpu.Config{Drivers: drivers, Backend: backend})
	if err != nil {
		return err
	}
	s := &session{device: d, config: Config{Progress: func(string) {}}}
	if err := s.setUp(ctx); err != nil {
		return errors.Join(err, d.Close())
	}
	unit, end, err := s.twoJobs(d.Compute(), s.burnJob)
	if err != nil {
		return errors.Join(err, s.tearDown())
	}
	var told time.Time
	for n := int64(1); ctx.Err() == nil; n++ {
		if err = unit(); err != nil {
			break
		}
		if now := time.Now(); now.Sub(told) > 100*time.Millisecond {
			told = now
			tell(n)
		}
	}
	return errors.Join(err, end(), s.tearDown())
}
