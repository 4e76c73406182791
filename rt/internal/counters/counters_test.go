package counters

import (
	"testing"
)

func TestCounters(t *testing.T) {
	var c Counters
	var s struct{ A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W int64 }
	c.Of(Skipped).Store(7)
	c.Of(Preemptions).Store(9)
	c.SetRunning(true)
	c.Fill(&s)
	if s.B != 7 || s.W != 9 || s.A != 0 || !c.Running() {
		t.Errorf("%+v", s)
	}
	c.Reset()
	c.Fill(&s)
	if s.B != 0 || s.W != 0 || !c.Running() {
		t.Errorf("after Reset: %+v, running %v", s, c.Running())
	}
	c.SetRunning(false)
	if c.Running() {
		t.Error("still running")
	}
	if n := testing.AllocsPerRun(100, func() { c.Of(Ticks).Add(1); c.Reset(); c.SetRunning(true) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	defer func() {
		if recover() == nil {
			t.Error("Fill took a struct of another shape")
		}
	}()
	c.Fill(&struct{ A int64 }{})
}
