package rt

import (
	"errors"
	"strings"
	"testing"
)

// TestMemoryCap: steps that allocate with the collector off end with a named error, and
// the collector stays off.
func TestMemoryCap(t *testing.T) {
	for _, c := range []struct {
		name   string
		config ProcessConfig
		mode   Mode
		cap    int64 // in MiB; 0: none
	}{
		{"default", ProcessConfig{}, Strict, 500},
		{"given", ProcessConfig{MemoryCap: 64 << 20}, Strict, 64},
		{"cooperative", ProcessConfig{MemoryCap: 64 << 20}, Cooperative, 64},
		{"portable", ProcessConfig{MemoryCap: 64 << 20}, Portable, 64},
		{"none", ProcessConfig{MemoryCap: -1}, Strict, 0},
		{"collector on", ProcessConfig{Keep: KeepCollector}, Strict, 0},
	} {
		k, s, p := setUpKernel(t, c.config)
		l := mustLoop(t, LoopConfig{Name: "arm", Mode: c.mode}, s, p)
		percent := k.state.gcPercent
		steps := int64(0)
		err := l.Run(t.Context(), func(*Tick) error {
			k.heap += 1 << 20
			p.checkMemory()
			if steps++; steps == 2000 {
				return ErrStop
			}
			return nil
		})
		switch {
		case c.cap == 0 && (err != nil || steps != 2000):
			t.Errorf("%s: %d steps, error %v", c.name, steps, err)
		case c.cap > 0 && (!errors.Is(err, ErrMemoryCap) || steps != c.cap+1 || !strings.HasPrefix(err.Error(), "rt: arm: the Go heap has grown to ")):
			t.Errorf("%s: %d steps, error %v; want %d and ErrMemoryCap", c.name, steps, err, c.cap+1)
		}
		if k.state.gcPercent != percent {
			t.Errorf("%s: GOGC %d, was %d", c.name, k.state.gcPercent, percent)
		}
		k.heap = 0
		if err := l.Run(t.Context(), func(*Tick) error { return ErrStop }); err != nil {
			t.Errorf("%s: the next run: %v", c.name, err)
		}
		if len(p.loops) != 0 {
			t.Errorf("%s: %d loops are left to be stopped", c.name, len(p.loops))
		}
	}
}
