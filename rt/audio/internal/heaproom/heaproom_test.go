package heaproom

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// heapGoal is the size of the heap at which the next collection ends.
func heapGoal() int {
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(s)
	return int(s[0].Value.Uint64())
}

// TestRoom: the heap grows by as much more before it is collected as the stream that
// wants the most asks for, whatever GOGC is, and no longer once the streams are gone.
func TestRoom(t *testing.T) {
	const small, large = 32 << 20, 64 << 20
	for _, percent := range []int{100, 400} {
		func() {
			defer debug.SetGCPercent(debug.SetGCPercent(percent))
			live := make([]byte, 8<<20) // a heap of less than 4 MB is taken for that
			defer runtime.KeepAlive(live)
			var r room
			before := heapGoal()
			for i, step := range []struct {
				change func(int, settings)
				bytes  int
				want   int
			}{
				{r.add, small, small}, {r.add, large, large}, {r.add, small, large},
				{r.remove, large, small}, {r.remove, small, small}, {r.remove, small, 0},
			} {
				step.change(step.bytes, readSettings())
				goal := heapGoal() - r.held.Cap()
				runtime.KeepAlive(&r)
				if got := goal - before; got < step.want-small/4 || got > step.want+small/4 {
					t.Errorf("GOGC %d, step %d: %d bytes more garbage, want %d", percent, i, got, step.want)
				}
			}
		}()
	}
}

// TestReserve: there is none where the collector is off, and none towards a limit.
func TestReserve(t *testing.T) {
	for _, c := range []struct {
		settings settings
		want     int
	}{
		{settings{100, math.MaxInt64}, 800}, {settings{200, math.MaxInt64}, 400}, {settings{10, math.MaxInt64}, 800},
		{settings{-1, math.MaxInt64}, 0}, {settings{100, 1 << 40}, 0},
	} {
		if got := c.settings.reserve(800); got != c.want {
			t.Errorf("%+v: %d bytes, want %d", c.settings, got, c.want)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if s := readSettings(); s.percent >= 0 {
		t.Errorf("a collector that is off has %d%%", s.percent)
	}
	debug.SetGCPercent(123)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	if s := readSettings(); s != (settings{123, 1 << 40}) {
		t.Errorf("%+v", s)
	}
}
