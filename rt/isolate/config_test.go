package isolate

import (
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/counters"
	"math"
	"strings"
	"testing"
	"time"
)

func TestIsolateConfigErrors(t *testing.T) {
	good := NewQueue[message]("good", 8)
	for field, c := range map[string]Config{
		"Config.CPU":                {CPU: rt.OnCPU(-1)},
		"Config.Policy":             {Policy: rt.FIFO(100)},
		"Config.Heartbeat":          {Heartbeat: time.Microsecond},
		"Config.Args[1]":            {Args: []string{"a", "b\x00c"}},
		"Config.Restart.Max":        {Restart: Restart{Max: -1}},
		"Config.Restart.Backoff":    {Restart: Restart{Backoff: -1}},
		"Config.Restart.MaxBackoff": {Restart: Restart{MaxBackoff: -1}},
		"Config.Channels":           {Channels: make([]Channel, maxChannels)},
		"Config.Channels[0]":        {Channels: []Channel{nil}},
		"Config.Channels[1]":        {Channels: []Channel{good, good}},
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
		_, err := Start(t.Context(), echoEntry, Config{Channels: []Channel{good, c}})
		t.Run(name, func(t *testing.T) { wantConfigError(t, err, "Config.Channels[1]") })
	}
	_, err := Start(t.Context(), nil, Config{})
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
		if got := r.delay(n); got != want {
			t.Errorf("wait %d is %v, want %v", n, got, want)
		}
	}
	if r, _ := (Restart{Backoff: time.Minute}).validate(); r.delay(9) != time.Minute {
		t.Errorf("a backoff beyond the default limit waits %v", r.delay(9))
	}
}

func TestIsolateExitErrorTellsWhy(t *testing.T) {
	for want, e := range map[string]*ExitError{
		"isolate: arm: exit status 2: panic: overheated":             {Entry: "arm", Code: 2, Stderr: "hot\npanic: overheated\n\ngoroutine 1 [running]:\n"},
		"isolate: arm: exit status 9: last words":                    {Entry: "arm", Code: 9, Stderr: "first\nlast words\n\n"},
		"isolate: arm, restart 2: killed: the heartbeat has stopped": {Entry: "arm", Generation: 2, Code: -1, Signal: 9, Err: ErrHung},
		"isolate: arm: " + rt.ErrOverrun.Error():                     {Entry: "arm", Code: 1, Err: rt.ErrOverrun},
		"isolate: arm: exit status 3: the parent is gone":            {Entry: "arm", Code: 3, Err: ErrOrphaned},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestIsolateLoopCells: what a parent reads of a loop is what the child wrote, however
// long its texts are.
func TestIsolateLoopCells(t *testing.T) {
	long := rt.Granted{Mode: rt.Portable, CPU: rt.OnCPU(0), Wake: rt.Hybrid(time.Microsecond), CollectorOff: true, TimerSlack: 1}
	for range 40 {
		long.Missing = append(long.Missing, strings.Repeat("x", 60))
	}
	var d description
	if _, ok := d.load(); ok {
		t.Error("an unused description was read")
	}
	d.store(describedLoop{Name: "loop", Period: time.Second, Granted: long})
	got, ok := d.load()
	if !ok || got.Name != "loop" || got.Period != time.Second || got.Granted.CPU != rt.OnCPU(0) || !got.Granted.CollectorOff ||
		got.Granted.Wake != long.Wake || len(got.Granted.Missing) < 10 || got.Granted.Missing[0] != long.Missing[0] {
		t.Errorf("read %+v, %v", got, ok)
	}
	d.bytes.Store(1 << 40)
	if got, ok := d.load(); ok {
		t.Errorf("a description beyond its words was read: %+v", got)
	}
	d.store(describedLoop{Name: strings.Repeat("n", 5000), Granted: rt.Granted{CPU: rt.AnyCPU}})
	if got, ok := d.load(); !ok || got.Name != "" || got.Granted.CPU != rt.AnyCPU || got.Granted.Missing != nil {
		t.Errorf("read %+v, %v", got, ok)
	}
}

func TestIsolateLoopCellsRunOut(t *testing.T) {
	cells := new(sharedCells)
	for i := range maxLoops {
		c, err := cells.place(string(rune('a'+i)), time.Second, rt.Granted{})
		if err != nil {
			t.Fatal(err)
		}
		c.Of(counters.Ticks).Store(9)
	}
	_, err := cells.place("one more", time.Second, rt.Granted{})
	wantConfigError(t, err, "LoopConfig.Name")
	again, err := cells.place("c", time.Second, rt.Granted{})
	if err != nil || again.Of(counters.Ticks).Load() != 0 {
		t.Errorf("a loop that follows one of its name: %v, %d ticks", err, again.Of(counters.Ticks).Load())
	}
	again.SetRunning(true)
	if _, err := cells.place("c", time.Second, rt.Granted{}); err == nil {
		t.Error("the cells of a running loop were given away")
	}
	if stats := cells.stats(); len(stats) != maxLoops || stats[2].Name != "c" || !stats[2].Running || stats[0].Stats.Ticks != 9 {
		t.Errorf("stats %+v", stats)
	}
}
