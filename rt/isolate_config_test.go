package rt

import (
	"github.com/memkit-go/memkit/rt/internal/counters"
	"math"
	"strings"
	"testing"
	"time"
)

func TestIsolateConfigErrors(t *testing.T) {
	good := NewQueue[message]("good", 8)
	for field, c := range map[string]IsolateConfig{
		"IsolateConfig.CPU":                {CPU: OnCPU(-1)},
		"IsolateConfig.Policy":             {Policy: FIFO(100)},
		"IsolateConfig.Heartbeat":          {Heartbeat: time.Microsecond},
		"IsolateConfig.Args[1]":            {Args: []string{"a", "b\x00c"}},
		"IsolateConfig.Restart.Max":        {Restart: Restart{Max: -1}},
		"IsolateConfig.Restart.Backoff":    {Restart: Restart{Backoff: -1}},
		"IsolateConfig.Restart.MaxBackoff": {Restart: Restart{MaxBackoff: -1}},
		"IsolateConfig.Channels":           {Channels: make([]Channel, maxChannels)},
		"IsolateConfig.Channels[0]":        {Channels: []Channel{nil}},
		"IsolateConfig.Channels[1]":        {Channels: []Channel{good, good}},
	} {
		_, err := Start(t.Context(), echoEntry, c)
		wantConfigError(t, err, field)
	}
	for name, c := range map[string]Channel{
		"pointers":      NewQueue[*int]("x", 8),
		"a string":      NewCell[struct{ Name string }]("x"),
		"a slice":       NewBlocks[[]byte]("x", 8),
		"no name":       NewQueue[int]("", 8),
		"a long name":   NewQueue[int](strings.Repeat("x", maxNameBytes+1), 8),
		"a NUL":         NewQueue[int]("x\x00y", 8),
		"rt's name":     NewCell[int]("rt.state"),
		"no capacity":   NewQueue[int]("x", 0),
		"much capacity": NewBlocks[int]("x", math.MaxInt),
	} {
		_, err := Start(t.Context(), echoEntry, IsolateConfig{Channels: []Channel{good, c}})
		t.Run(name, func(t *testing.T) { wantConfigError(t, err, "IsolateConfig.Channels[1]") })
	}
	_, err := Start(t.Context(), nil, IsolateConfig{})
	wantConfigError(t, err, "Start's entry")
}

func TestIsolateEntryPanics(t *testing.T) {
	run := func(*Child) error { return nil }
	for name, call := range map[string]func(){
		"empty name": func() { Entry("", run) },
		"nil":        func() { Entry("test nil", nil) },
		"used twice": func() { Entry(echoEntry.Name(), run) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func TestIsolateRestartWait(t *testing.T) {
	r, err := Restart{Max: 100}.validate()
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]time.Duration{0: 10 * time.Millisecond, 1: 20 * time.Millisecond, 6: 640 * time.Millisecond, 7: time.Second, 1 << 30: time.Second} {
		if got := r.wait(n); got != want {
			t.Errorf("wait %d is %v, want %v", n, got, want)
		}
	}
	if r, _ := (Restart{Backoff: time.Minute}).validate(); r.wait(9) != time.Minute {
		t.Errorf("a backoff beyond the default limit waits %v", r.wait(9))
	}
}

func TestIsolateExitErrorTellsWhy(t *testing.T) {
	for want, e := range map[string]*ExitError{
		"rt: isolate arm: exit status 2: panic: overheated":      {Entry: "arm", Code: 2, Stderr: "hot\npanic: overheated\n\ngoroutine 1 [running]:\n"},
		"rt: isolate arm: exit status 9: last words":             {Entry: "arm", Code: 9, Stderr: "first\nlast words\n\n"},
		"rt: isolate arm, restart 2: killed: " + ErrHung.Error(): {Entry: "arm", Generation: 2, Code: -1, Signal: 9, Err: ErrHung},
		"rt: isolate arm: " + ErrOverrun.Error():                 {Entry: "arm", Code: 1, Err: ErrOverrun},
		"rt: isolate arm: exit status 3: " + ErrOrphaned.Error(): {Entry: "arm", Code: 3, Err: ErrOrphaned},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestIsolateLoopCells: what a parent reads of a loop is what the child wrote, however
// long its texts are.
func TestIsolateLoopCells(t *testing.T) {
	long := Granted{Mode: Portable, CPU: OnCPU(0), Wake: Hybrid(time.Microsecond), CollectorOff: true, TimerSlack: 1}
	for range 40 {
		long.Missing = append(long.Missing, strings.Repeat("x", 60))
	}
	var d description
	if _, ok := d.load(); ok {
		t.Error("an unused description was read")
	}
	d.store(describedLoop{Name: "loop", Period: time.Second, Granted: long})
	got, ok := d.load()
	if !ok || got.Name != "loop" || got.Period != time.Second || got.Granted.CPU != OnCPU(0) || !got.Granted.CollectorOff ||
		got.Granted.Wake != long.Wake || len(got.Granted.Missing) < 10 || got.Granted.Missing[0] != long.Missing[0] {
		t.Errorf("read %+v, %v", got, ok)
	}
	d.bytes.Store(1 << 40)
	if got, ok := d.load(); ok {
		t.Errorf("a description beyond its words was read: %+v", got)
	}
	d.store(describedLoop{Name: strings.Repeat("n", 5000), Granted: Granted{CPU: AnyCPU}})
	if got, ok := d.load(); !ok || got.Name != "" || got.Granted.CPU != AnyCPU || got.Granted.Missing != nil {
		t.Errorf("read %+v, %v", got, ok)
	}
}

func TestIsolateLoopCellsRunOut(t *testing.T) {
	cells := new(sharedCells)
	for i := range maxIsolateLoops {
		c, err := cells.show(LoopConfig{Name: string(rune('a' + i))}, Granted{})
		if err != nil {
			t.Fatal(err)
		}
		c.Of(counters.Ticks).Store(9)
	}
	_, err := cells.show(LoopConfig{Name: "one more"}, Granted{})
	wantConfigError(t, err, "LoopConfig.Name")
	again, err := cells.show(LoopConfig{Name: "c"}, Granted{})
	if err != nil || again.Of(counters.Ticks).Load() != 0 {
		t.Errorf("a loop that follows one of its name: %v, %d ticks", err, again.Of(counters.Ticks).Load())
	}
	again.SetRunning(true)
	if _, err := cells.show(LoopConfig{Name: "c"}, Granted{}); err == nil {
		t.Error("the cells of a running loop were given away")
	}
	if stats := cells.stats(); len(stats) != maxIsolateLoops || stats[2].Name != "c" || !stats[2].Running || stats[0].Stats.Ticks != 9 {
		t.Errorf("stats %+v", stats)
	}
}
