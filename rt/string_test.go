package rt

import (
	"testing"
	"time"
)

// TestSentences: the types that programs print read as sentences.
func TestSentences(t *testing.T) {
	for want, v := range map[string]interface{ String() string }{
		"strict under SCHED_FIFO 80 on CPU 1, woken by sleep, pinned, signals blocked, alone on its CPU, memory locked, collector off": Granted{
			Policy: FIFO(80), CPU: OnCPU(1), Pinned: true, SignalsBlocked: true, Confined: true, MemoryLocked: true, CollectorOff: true},
		"portable under SCHED_OTHER on any CPU, woken by hybrid 60µs, timer slack 1 ns; missing: no right; no CPU": Granted{
			Mode: Portable, Policy: Other, Wake: Hybrid(60 * time.Microsecond), TimerSlack: 1, Missing: []string{"no right", "no CPU"}},
		"0 ticks, latency up to 0s": Stats{},
		"7 ticks, latency up to 2ms, 3 skipped, 1 overruns, 2 steps allocated, longest window 5µs": Stats{
			Ticks: 7, MaxLatency: 2e6, Skipped: 3, Overruns: 1, Allocs: 2, MaxWindow: 5000},
		"2 misses in any 10 periods":       MissBudget{M: 2, K: 10},
		"no budget":                        MissBudget{},
		"nothing":                          Reading{},
		"lost its P, 2 stops of the world": Reading{LostP: true, Stops: 2},
		"collector, affinity":              KeepCollector | KeepAffinity,
		"GOMAXPROCS: 3, was 2":             Change{Setting: "GOMAXPROCS", Before: "2", After: "3"},
		"locked memory: 0 kB, unchanged: rt: Strict needs a process that is set up: call rt.Setup before rt.NewLoop and keep its Process open": Change{
			Setting: "locked memory", Before: "0 kB", After: "0 kB", Refused: ErrNoSetup},
		"Period 1ms, Mode portable, CPU 1, Policy SCHED_FIFO 80, StopWait 5ms, OnStall given": LoopConfig{
			Period: time.Millisecond, Mode: Portable, CPU: OnCPU(1), Policy: FIFO(80), StopWait: 5e6, OnStall: func(time.Duration) {}},
		"defaults": ProcessConfig{},
		"Loops 2, LoopCPUs [1, 3], MemoryCap 1048576, Keep collector, Required": ProcessConfig{
			Loops: 2, LoopCPUs: []int{1, 3}, MemoryCap: 1 << 20, Keep: KeepCollector, Required: true},
		`Name "planner", Ticks 7`: SubStepStats{Name: "planner", Ticks: 7},
		"timerfd":                 Timerfd, "invalid wake": Hybrid(-1),
	} {
		if got := v.String(); got != want {
			t.Errorf("%#v\n got %q\nwant %q", v, got, want)
		}
	}
}
