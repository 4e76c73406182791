package gpubench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/gpu"
)

// rings is the long run: many launches, and no ring may be missed.
func (s *session) rings(ctx context.Context) error {
	if s.config.Rings == 0 {
		return nil
	}
	r, err := gpu.NewResident[[64]float32, [64]float32](ctx, s.device, s.echo, gpu.ResidentConfig{Name: "long run", Lifetime: 50 * time.Millisecond})
	if errors.Is(err, gpu.ErrNoResident) {
		return nil
	}
	if err != nil {
		return err
	}
	before := r.Stats().Launches
	l := &LongRun{Rings: s.config.Rings}
	start := time.Now()
	var in, out [64]float32
	l.Row, err = s.time("long run of echoes", s.config.Rings, 0, func() error {
		in[0]++
		if err := r.Ring(&in, &out, spinLimit); err != nil {
			l.Missed++
			return err
		}
		if out[0] != in[0] {
			l.Missed++
		}
		return nil
	})
	l.Seconds = time.Since(start).Seconds()
	l.Launches = r.Stats().Launches - before
	s.result.LongRun = l
	if err == nil {
		s.say(l.Row)
	}
	s.config.Progress(fmt.Sprintf("long run: %d rings, %d missed, %d launches, %.1f s", l.Rings, l.Missed, l.Launches, l.Seconds))
	return errors.Join(err, r.Close())
}
