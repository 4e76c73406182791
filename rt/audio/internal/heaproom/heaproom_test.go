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

// plenty are the settings of this program on a machine that has memory.
func plenty() settings {
	s := readSettings()
	s.left = func() int64 { return math.MaxInt64 }
	return s
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
				step.change(step.bytes, plenty())
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
		{settings{100, math.MaxInt64, nil}, 800}, {settings{200, math.MaxInt64, nil}, 400}, {settings{10, math.MaxInt64, nil}, 800},
		{settings{-1, math.MaxInt64, nil}, 0}, {settings{100, 1 << 40, nil}, 0},
	} {
		if got := c.settings.reserve(800); got != c.want {
			t.Errorf("%d%%, %d: %d bytes, want %d", c.settings.percent, c.settings.limit, got, c.want)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if s := readSettings(); s.percent >= 0 {
		t.Errorf("a collector that is off has %d%%", s.percent)
	}
	debug.SetGCPercent(123)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	if s := readSettings(); s.percent != 123 || s.limit != 1<<40 {
		t.Errorf("%d%%, %d bytes", s.percent, s.limit)
	}
}

// TestScarce: the room is a quarter of the memory that was left when the streams came.
func TestScarce(t *testing.T) {
	left := int64(100 << 20)
	looks := 0
	s := settings{100, math.MaxInt64, func() int64 { looks++; return left }}
	var r room
	for i, step := range []struct {
		left  int64
		bytes int
		want  int
		looks int
	}{
		{100 << 20, 64 << 20, 25 << 20, 1}, {8 << 20, 32 << 20, 25 << 20, 1}, {0, 65 << 20, 0, 2}, {1 << 30, 66 << 20, 66 << 20, 3},
	} {
		left = step.left
		if r.add(step.bytes, s); r.held.Cap() < step.want || r.held.Cap() > step.want+step.want/8 || looks != step.looks {
			t.Errorf("step %d: %d bytes after %d looks, want %d after %d", i, r.held.Cap(), looks, step.want, step.looks)
		}
	}
}

// TestFollow: the room goes when the program limits its memory or switches its collector
// off, and comes again.
func TestFollow(t *testing.T) {
	many := func() int64 { return math.MaxInt64 }
	var r room
	r.add(32<<20, settings{100, math.MaxInt64, many})
	for i, step := range []struct {
		settings settings
		want     int
	}{
		{settings{100, 1 << 30, many}, 0}, {settings{200, math.MaxInt64, many}, 16 << 20},
		{settings{-1, math.MaxInt64, many}, 0}, {settings{100, math.MaxInt64, many}, 32 << 20},
	} {
		if r.follow(step.settings); r.size != step.want || r.held.Cap() < step.want || step.want == 0 && r.held.Cap() != 0 {
			t.Errorf("step %d: %d bytes, %d held, want %d", i, r.size, r.held.Cap(), step.want)
		}
	}
}
