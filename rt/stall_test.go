package rt

import (
	"sync"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt/internal/counters"
)

func TestStallMonitor(t *testing.T) {
	const ms = time.Millisecond
	_, s, p := setUpKernel(t, ProcessConfig{})
	l := mustLoop(t, LoopConfig{StallAfter: 100 * ms}, s, p)
	l.counters.SetRunning(true)
	start := time.Now()
	m := stallMonitor{loop: l, since: start}
	at := time.Duration(0)
	look := func(after time.Duration, ticks int64, want time.Duration) {
		t.Helper()
		at += after
		l.counters.Of(counters.Ticks).Add(ticks)
		if got := m.look(start.Add(at)); got != want {
			t.Errorf("at %v: stalled for %v, want %v", at, got, want)
		}
	}
	look(25*ms, 25, 0)
	for range 3 {
		look(25*ms, 0, 0)
	}
	look(25*ms, 0, 100*ms)
	look(25*ms, 0, 0) // once for each stall
	look(25*ms, 1, 0)
	look(10*time.Second, 0, 0) // the machine was stopped: one look is no stall
	look(25*ms, 0, 0)
	look(25*ms, 0, 0)
	look(25*ms, 0, 10*time.Second+75*ms) // four are
	look(25*ms, 1, 0)
	for range 3 {
		look(25*ms, 0, 0)
	}
	p.window.Store(new(maintenance))
	look(25*ms, 0, 0)
	p.window.Store(nil)
	for range 3 {
		look(25*ms, 0, 0)
	}
	look(25*ms, 0, 100*ms)
	l.counters.SetRunning(false)
	for range 10 {
		look(25*ms, 0, 0)
	}
}

// TestOnStall: a step that does not return is told of.
func TestOnStall(t *testing.T) {
	freed := make(chan struct{})
	var once sync.Once
	l, err := NewLoop(LoopConfig{
		Period: time.Millisecond, Mode: Portable, StallAfter: 20 * time.Millisecond,
		OnStall: func(stalled time.Duration) {
			if stalled < 20*time.Millisecond {
				t.Errorf("stalled for %v", stalled)
			}
			once.Do(func() { close(freed) })
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	err = l.Run(t.Context(), func(tick *Tick) error {
		if tick.Index < 20 {
			return nil
		}
		<-freed
		return ErrStop
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStallConfig(t *testing.T) {
	for _, c := range []LoopConfig{
		{StallAfter: -1}, {StallAfter: 3 * time.Millisecond},
		{OnStall: func(time.Duration) {}, Trigger: func(int64) (int64, bool) { return 0, false }},
	} {
		c.Period, c.Mode = time.Millisecond, Portable
		field := "LoopConfig.StallAfter"
		if c.OnStall != nil {
			field = "LoopConfig.OnStall"
		}
		_, err := NewLoop(c)
		wantConfigError(t, err, field)
	}
	for period, want := range map[time.Duration]time.Duration{time.Millisecond: 250 * time.Millisecond, time.Second: 4 * time.Second} {
		c, err := LoopConfig{Period: period}.validate()
		if err != nil || c.StallAfter != want {
			t.Errorf("period %v: StallAfter %v, want %v", period, c.StallAfter, want)
		}
	}
}
