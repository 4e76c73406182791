package isolate

import (
	"fmt"
	"time"
)

// Restart says whether an isolate that went down is started again. The zero
// value never does.
type Restart struct {
	// Max is how many restarts an isolate gets in its life. The one after the
	// last ends it: what keeps crashing needs a person.
	Max int
	// Backoff is the wait before the first restart; it doubles from one restart
	// to the next. Zero means 10 ms, which is about what a start takes.
	Backoff time.Duration
	// MaxBackoff bounds the wait; zero means 1 s, or Backoff where that is longer.
	MaxBackoff time.Duration
}

const (
	defaultBackoff    = 10 * time.Millisecond
	defaultMaxBackoff = time.Second
)

func (r Restart) validate() (Restart, error) {
	wrong := func(field string, value any) (Restart, error) {
		return r, configError("Config.Restart."+field, fmt.Sprint(value), "must not be negative", "give 0 for the default")
	}
	switch {
	case r.Max < 0:
		return wrong("Max", r.Max)
	case r.Backoff < 0:
		return wrong("Backoff", r.Backoff)
	case r.MaxBackoff < 0:
		return wrong("MaxBackoff", r.MaxBackoff)
	}
	if r.Backoff == 0 {
		r.Backoff = defaultBackoff
	}
	if r.MaxBackoff == 0 {
		r.MaxBackoff = defaultMaxBackoff
	}
	r.MaxBackoff = max(r.MaxBackoff, r.Backoff)
	return r, nil
}

// delay is how long to wait before restart number n, the first being 0.
func (r Restart) delay(n int) time.Duration {
	d := r.Backoff
	for ; n > 0 && d < r.MaxBackoff; n-- {
		d *= 2
	}
	return min(d, r.MaxBackoff)
}
