//go:build rtdebug

package rt

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

// debugging: this is a build with tag rtdebug, which judges every step.
const debugging = true

// debugWarmUp is how many steps are not judged where LoopConfig.WarmUp does not
// say: first calls fault pages in.
const debugWarmUp = 100

// checkStep stops the loop by a panic, from which its caller can recover, if the step
// has done what no step may do: allocate and make ordinary system calls in any
// loop, lose its P and fault in a Strict one. A loop with a Trigger is judged only
// if it is Strict: others may recover panics, which allocates, and wait for devices
// in ordinary calls.
func (l *Loop) checkStep(f stepEvents, step func(*Tick) error) {
	if l.cfg.Trigger != nil && l.granted.Mode != Strict {
		return
	}
	var did []string
	if f.allocated {
		did = append(did, "allocated on the heap")
	}
	if f.lostP {
		did = append(did, "lost its P")
	}
	if f.called {
		did = append(did, "made ordinary system or cgo calls")
	}
	if f.faults > 0 && l.granted.Mode == Strict {
		did = append(did, fmt.Sprintf("met %d page faults", f.faults))
	}
	if did == nil || l.counters.Of(counters.Ticks).Load() <= debugWarmUp && l.cfg.WarmUp == 0 || l.warm != warmedUp {
		return
	}
	l.unpin()
	names := l.stepNames(step)
	var calls string
	if f.allocated {
		calls = allocations(names)
	}
	panic(fmt.Sprintf("rtdebug: %s: period %d: %s %s%s", l.cfg.Name, l.tick.Index, strings.Join(names, " or "), strings.Join(did, " and "), calls))
}

// debugProfileRate lets the heap profile see one of n bytes allocated: of a step
// that allocates in each period some soon, of a large allocation every one. At 1
// byte the runtime would keep the count by which an allocation is noticed at 0.
const debugProfileRate = 128

// The runtime wants the rate set once, as early as possible.
func init() { runtime.MemProfileRate = debugProfileRate }

// allocations names what allocated inside the functions: "fmt.Sprintf, from
// main.control at control.go:17".
func allocations(functions []string) string {
	// The profile lags two collections behind.
	runtime.GC()
	runtime.GC()
	n, _ := runtime.MemProfile(nil, true)
	records := make([]runtime.MemProfileRecord, n+100)
	n, _ = runtime.MemProfile(records, true)
	var calls []string
	for _, r := range records[:min(n, len(records))] {
		if call := callIn(functions, r.Stack()); call != "" && !slices.Contains(calls, call) {
			calls = append(calls, call)
		}
	}
	slices.Sort(calls)
	if calls == nil {
		return ""
	}
	return "; allocations of the run: " + strings.Join(calls, "; ")
}

// callIn describes the allocation at the top of the stack if one of the functions
// is in it: what the function called, and where.
func callIn(functions []string, stack []uintptr) string {
	frames := runtime.CallersFrames(stack)
	for called := ""; ; {
		f, more := frames.Next()
		if slices.Contains(functions, f.Function) {
			return fmt.Sprintf("%s, from %s at %s:%d", called, f.Function, f.File, f.Line)
		}
		called = f.Function
		if !more {
			return ""
		}
	}
}
