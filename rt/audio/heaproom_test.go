package audio

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

// TestHeapRoom: the heap grows by as much more before it is collected as the stream that
// wants the most asks for, whatever GOGC is, and no longer once the streams are gone.
func TestHeapRoom(t *testing.T) {
	const small, large = 32 << 20, 64 << 20
	for _, percent := range []int{100, 400} {
		func() {
			defer debug.SetGCPercent(debug.SetGCPercent(percent))
			live := make([]byte, 8<<20) // a heap of less than 4 MB is taken for that
			defer runtime.KeepAlive(live)
			var r heapRoom
			before := heapGoal()
			for i, step := range []struct {
				change func(int, heapSettings)
				bytes  int
				want   int
			}{
				{r.add, small, small}, {r.add, large, large}, {r.add, small, large},
				{r.remove, large, small}, {r.remove, small, small}, {r.remove, small, 0},
			} {
				step.change(step.bytes, readHeapSettings())
				goal := heapGoal() - r.held.Cap()
				runtime.KeepAlive(&r)
				if got := goal - before; got < step.want-small/4 || got > step.want+small/4 {
					t.Errorf("GOGC %d, step %d: %d bytes more garbage, want %d", percent, i, got, step.want)
				}
			}
		}()
	}
}

// TestHeapReserve: there is none where the collector is off, and none towards a limit.
func TestHeapReserve(t *testing.T) {
	for _, c := range []struct {
		settings heapSettings
		want     int
	}{
		{heapSettings{100, math.MaxInt64}, 800}, {heapSettings{200, math.MaxInt64}, 400}, {heapSettings{10, math.MaxInt64}, 800},
		{heapSettings{-1, math.MaxInt64}, 0}, {heapSettings{100, 1 << 40}, 0},
	} {
		if got := c.settings.reserve(800); got != c.want {
			t.Errorf("%+v: %d bytes, want %d", c.settings, got, c.want)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if s := readHeapSettings(); s.percent >= 0 {
		t.Errorf("a collector that is off has %d%%", s.percent)
	}
	debug.SetGCPercent(123)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	if s := readHeapSettings(); s != (heapSettings{123, 1 << 40}) {
		t.Errorf("%+v", s)
	}
}

// TestHeapRoomWhileRunning: a stream in an ordinary program has room from Start to Stop.
func TestHeapRoomWhileRunning(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  Config
		want int
	}{
		"Handoff": {Config{}, 64 << 20},
		"Direct":  {Config{Mode: Direct}, 64 << 20},
		"another": {Config{HeapRoom: 1 << 20}, 1 << 20},
		"none":    {Config{HeapRoom: -1}, 0},
		"Sim":     {Config{Backend: Sim}, 0},
	} {
		s := mustOpen(t, c.cfg, counting(), with(&host, &device{found: cards, info: generous}))
		for range 2 {
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			if room.given != c.want {
				t.Errorf("%s: %d bytes, want %d", name, room.given, c.want)
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			if room.given != 0 || len(room.wanted) != 0 {
				t.Errorf("%s: %d bytes are left, for %v", name, room.given, room.wanted)
			}
		}
	}
	l := &local{cfg: Config{HeapRoom: 1 << 20}, sys: &system{isolated: true}}
	if l.addRoom(); room.given != 0 {
		t.Error("an isolate has room")
	}
}
