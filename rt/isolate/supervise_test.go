package isolate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/counters"
)

// playbook is generations that do what a test says, on a virtual clock.
type playbook struct {
	t       *testing.T
	isolate *Isolate
	mu      sync.Mutex // SafeState has a goroutine of its own
	log     []string   // what happened, in order, with the time since the start
	began   time.Time
	next    []func(*played) // what the generations do, one after another; nil cannot be launched
}

// played is one generation of a playbook.
type played struct {
	*playbook
	number  int
	reports chan reportKind
	crashed chan error
	ended   chan error
	asked   chan struct{}
	killed  chan error
}

func newPlaybook(t *testing.T, c Config, next ...func(*played)) *playbook {
	t.Helper()
	s := &playbook{t: t, began: time.Now(), next: next}
	own := c.SafeState
	c.SafeState = func(d Failure) {
		s.note("safe %d: %v", d.Generation, d.Err)
		if own != nil {
			own(d)
		}
	}
	c.Stdout, c.Stderr = io.Discard, io.Discard
	if c.FirstBeat == 0 {
		c.FirstBeat = -1 // most of these generations do not beat
	}
	c, err := c.validate()
	if err != nil {
		t.Fatal(err)
	}
	declared := declarations(nil)
	layout := layOut(declared, cellBytes)
	m, err := prepareMemory(heapMemory(int(layout.bytes)), layout, declared)
	if err != nil {
		t.Fatal(err)
	}
	s.isolate = newIsolate(&EntryPoint{name: "played"}, c)
	s.isolate.shared, s.isolate.launch = m, s.launch
	return s
}

func (s *playbook) note(format string, args ...any) {
	at := time.Since(s.began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, at.String()+" "+fmt.Sprintf(format, args...))
}

func (s *playbook) launch(number int) (*generation, error) {
	if len(s.next) == 0 {
		s.t.Errorf("generation %d was started; the script has no more", number)
		return nil, errors.New("no more")
	}
	s.note("launch %d", number)
	play := s.next[0]
	s.next = s.next[1:]
	if play == nil {
		return nil, errors.New("no processes")
	}
	p := &played{
		playbook: s, number: number, reports: make(chan reportKind, 4), crashed: make(chan error, 1), ended: make(chan error, 1),
		asked: make(chan struct{}, 1), killed: make(chan error, 1),
	}
	go func() {
		defer close(p.reports)
		play(p)
	}()
	return &generation{
		number: number, pid: 100 + number, reports: p.reports, crashed: p.crashed, ended: p.ended,
		freeze: func() { s.note("freeze %d", number) },
		ask:    func() { s.note("ask %d", number); p.asked <- struct{}{} },
		kill:   func(why error) { s.note("kill %d: %v", number, why); p.killed <- why },
	}, nil
}

func (p *played) runs() {
	p.reports <- reportHello
	p.reports <- reportRunning
}

func (p *played) dies(code int, err error) {
	p.ended <- &ExitError{Entry: "played", Generation: p.number, PID: 100 + p.number, Code: code, Err: err}
}

func crash(p *played) { p.runs(); p.dies(2, nil) }

func serve(p *played) { p.runs(); <-p.asked; p.ended <- nil }

func ignore(p *played) { p.runs(); why := <-p.killed; p.dies(-1, why) }

// run supervises until the isolate is down, while do works on it.
func (s *playbook) run(do func(i *Isolate)) error {
	g, err := s.isolate.begin(0)
	if err != nil {
		return err
	}
	go s.isolate.supervise(g)
	if err := s.isolate.awaitBeat(); err != nil {
		return err
	}
	do(s.isolate)
	return s.isolate.Wait()
}

func (s *playbook) want(log ...string) {
	s.t.Helper()
	if !slices.Equal(s.log, log) {
		s.t.Errorf("events\n%s\nwant\n%s", strings.Join(s.log, "\n"), strings.Join(log, "\n"))
	}
}

func nothing(*Isolate) {}

func TestIsolateRestartBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{Restart: Restart{Max: 4, Backoff: time.Second, MaxBackoff: 3 * time.Second}},
			crash, crash, crash, crash, crash)
		err := s.run(nothing)
		var exit *ExitError
		if !errors.As(err, &exit) || exit.Code != 2 || exit.Generation != 4 || s.isolate.Restarts() != 4 || s.isolate.PID() != 104 {
			t.Errorf("error %v after %d restarts, process %d", err, s.isolate.Restarts(), s.isolate.PID())
		}
		s.want(
			"0s launch 0", "0s safe 0: isolate: played: exit status 2",
			"1s launch 1", "1s safe 1: isolate: played, restart 1: exit status 2",
			"3s launch 2", "3s safe 2: isolate: played, restart 2: exit status 2",
			"6s launch 3", "6s safe 3: isolate: played, restart 3: exit status 2",
			"9s launch 4", "9s safe 4: isolate: played, restart 4: exit status 2",
		)
	})
}

func TestIsolateNoRestartByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{}, crash)
		if err := s.run(nothing); err == nil {
			t.Error("Wait after a crash: nil")
		}
		s.want("0s launch 0", "0s safe 0: isolate: played: exit status 2")
	})
}

func TestIsolateEntryThatReturnsNilIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{Restart: Restart{Max: 3}}, func(p *played) { p.runs(); p.ended <- nil })
		if err := s.run(nothing); err != nil {
			t.Error(err)
		}
		s.want("0s launch 0")
	})
}

func TestIsolateFailedRestartCountsAndIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{Restart: Restart{Max: 2, Backoff: time.Second}}, crash, nil, serve)
		err := s.run(func(i *Isolate) {
			time.Sleep(time.Minute)
			if i.Restarts() != 2 {
				t.Errorf("%d restarts, want 2", i.Restarts())
			}
			i.Stop(t.Context())
		})
		if err != nil {
			t.Error(err)
		}
		s.want("0s launch 0", "0s safe 0: isolate: played: exit status 2",
			"1s launch 1", "1s safe 1: no processes",
			"2s launch 2", "1m0s ask 2")
	})
}

func TestIsolateStopAsksAndThenKills(t *testing.T) {
	for _, c := range []struct {
		name  string
		plays func(*played)
		ctx   time.Duration // of Stop's context
		want  []string
	}{
		{"obedient", serve, time.Hour, []string{"0s launch 0", "1m0s ask 0"}},
		{"deaf", ignore, time.Hour, []string{"0s launch 0", "1m0s ask 0", "1m2s kill 0: <nil>", "1m2s safe 0: isolate: played: exit status -1"}},
		{"deaf, short patience", ignore, time.Second, []string{"0s launch 0", "1m0s ask 0", "1m1s kill 0: <nil>", "1m1s safe 0: isolate: played: exit status -1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newPlaybook(t, Config{Restart: Restart{Max: 3}}, c.plays)
				s.run(func(i *Isolate) {
					time.Sleep(time.Minute)
					ctx, cancel := context.WithTimeout(t.Context(), c.ctx)
					defer cancel()
					i.Stop(ctx)
				})
				s.want(c.want...)
			})
		})
	}
}

func TestIsolateStopDuringBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{Restart: Restart{Max: 3, Backoff: time.Hour}}, crash)
		err := s.run(func(i *Isolate) {
			time.Sleep(time.Minute)
			i.Stop(t.Context())
		})
		if err == nil || time.Since(s.began) != time.Minute {
			t.Errorf("error %v after %v", err, time.Since(s.began))
		}
		s.want("0s launch 0", "0s safe 0: isolate: played: exit status 2")
	})
}

func TestIsolateChildThatNeverReachesMain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{}, func(p *played) { p.dies(-1, <-p.killed) })
		err := s.run(nothing)
		if !errors.Is(err, ErrNoMain) || time.Since(s.began) != helloWithin {
			t.Errorf("error %v after %v", err, time.Since(s.began))
		}
	})
}

func TestIsolateChildThatEndsBeforeMain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{}, func(p *played) { p.dies(7, nil) })
		err := s.run(nothing)
		var exit *ExitError
		if !errors.Is(err, ErrNoMain) || !errors.As(err, &exit) || exit.Code != 7 {
			t.Errorf("error %v", err)
		}
	})
}

func TestIsolateChildThatFailsBeforeItsEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &rt.PrivilegeError{Op: "mlockall"}
		s := newPlaybook(t, Config{}, func(p *played) { p.reports <- reportHello; p.dies(1, refused) })
		err := s.run(nothing)
		if errors.Is(err, ErrNoMain) || !errors.Is(err, refused) {
			t.Errorf("error %v", err)
		}
	})
}

func TestIsolateChildWhoseSetupHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{}, func(p *played) { p.reports <- reportHello; p.dies(-1, <-p.killed) })
		if err := s.run(nothing); err == nil || errors.Is(err, ErrNoMain) || time.Since(s.began) != runningWithin {
			t.Errorf("error %v after %v", err, time.Since(s.began))
		}
	})
}

// ticking beats as a loop of the period would, for ticks periods.
func ticking(period time.Duration, ticks int) func(*played) {
	return func(p *played) {
		p.runs()
		c, err := p.isolate.shared.cells.place("loop", period, rt.Granted{})
		if err != nil {
			p.t.Error(err)
			return
		}
		c.SetRunning(true)
		for range ticks {
			c.Of(counters.Ticks).Add(1)
			time.Sleep(period)
		}
		p.dies(-1, <-p.killed)
	}
}

func TestIsolateHeartbeat(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name      string
		heartbeat time.Duration
		plays     func(*played)
		want      string // when the child is killed
	}{
		{"a loop that stops is hung after its heartbeat", 100 * ms, ticking(ms, 1000), "1.125s"},
		{"a slow loop has four periods", 100 * ms, ticking(990*ms, 3), "5.975s"},
		{"an entry that beats by hand", 40 * ms, func(p *played) {
			p.runs()
			for range 100 {
				p.isolate.shared.cells.childBeat.Add(1)
				time.Sleep(9 * ms)
			}
			p.dies(-1, <-p.killed)
		}, "950ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newPlaybook(t, Config{Heartbeat: c.heartbeat}, c.plays)
				if err := s.run(nothing); !errors.Is(err, ErrHung) {
					t.Errorf("error %v, want ErrHung", err)
				}
				s.want("0s launch 0", c.want+" freeze 0", c.want+" safe 0: "+ErrHung.Error(), c.want+" kill 0: "+ErrHung.Error())
			})
		})
	}
}

// TestIsolateNobodyIsHung: what does not beat is not watched, nor is a loop that has
// ended, nor anything with a negative heartbeat.
func TestIsolateNobodyIsHung(t *testing.T) {
	wait := func(p *played) { time.Sleep(time.Hour); p.ended <- nil }
	for name, plays := range map[string]func(*played){
		"neither loop nor beat": func(p *played) { p.runs(); wait(p) },
		"a loop that has ended": func(p *played) {
			p.runs()
			c, _ := p.isolate.shared.cells.place("loop", time.Millisecond, rt.Granted{})
			c.Of(counters.Ticks).Store(5)
			wait(p)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			if err := newPlaybook(t, Config{}, plays).run(nothing); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{Heartbeat: -1}, func(p *played) {
			p.runs()
			p.isolate.shared.cells.childBeat.Add(1)
			wait(p)
		})
		if err := s.run(nothing); err != nil {
			t.Error(err)
		}
	})
}

// TestIsolateOneLookIsNoHang: after a stop of the whole machine the parent's first look
// finds no beat, however long the stop was.
func TestIsolateOneLookIsNoHang(t *testing.T) {
	cells := new(sharedCells)
	w := &heartbeatMonitor{cells: cells, every: 25 * time.Millisecond}
	c, _ := cells.place("loop", time.Millisecond, rt.Granted{})
	c.SetRunning(true)
	for range 1000 {
		c.Of(counters.Ticks).Add(1)
		for range looksPerBeat + 1 { // the first sees the beat
			if w.check() {
				t.Fatal("hung though it beats once a heartbeat")
			}
		}
	}
	if !w.check() {
		t.Error("not hung after a heartbeat of silence")
	}
}

func TestIsolateGenerationsStartWithoutOldLoops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{Restart: Restart{Max: 1}}, func(p *played) {
			p.runs()
			c, _ := p.isolate.shared.cells.place("control", time.Second, rt.Granted{Mode: rt.Cooperative})
			c.SetRunning(true)
			c.Of(counters.Ticks).Store(7)
			if got := p.isolate.Stats(); len(got) != 1 || got[0].Name != "control" || !got[0].Running ||
				got[0].Stats.Ticks != 7 || got[0].Period != time.Second || got[0].Granted.Mode != rt.Cooperative {
				p.t.Errorf("Stats %+v", got)
			}
			p.dies(2, nil)
		}, serve)
		s.run(func(i *Isolate) {
			time.Sleep(time.Hour)
			if got := i.Stats(); len(got) != 0 {
				t.Errorf("Stats %+v after a restart, want none", got)
			}
			i.Stop(t.Context())
		})
	})
}

// TestIsolateSafeStateThatBlocks: the kill of a stopped child waits for
// SafeStateLimit, and the next generation for SafeState to return.
func TestIsolateSafeStateThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{
			Heartbeat: 100 * time.Millisecond, Restart: Restart{Max: 1},
			SafeState: func(d Failure) {
				if d.Generation == 0 {
					time.Sleep(10 * time.Second)
				}
			},
		}, ticking(time.Millisecond, 1000), serve)
		s.run(func(i *Isolate) {
			time.Sleep(time.Minute)
			i.Stop(t.Context())
		})
		s.want("0s launch 0", "1.125s freeze 0", "1.125s safe 0: "+ErrHung.Error(), "1.225s kill 0: "+ErrHung.Error(),
			"11.125s launch 1", "1m0s ask 1")
	})
}

// TestIsolateCrashIsToldAtOnce: SafeState does not wait for the runtime to write all
// stacks, is called once, and other loops of the child are halted before it.
func TestIsolateCrashIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *playbook
		s = newPlaybook(t, Config{SafeState: func(Failure) {
			if !s.isolate.shared.cells.loops[0].counters.Halted() {
				t.Error("the loop may go on beside SafeState")
			}
		}}, func(p *played) {
			p.runs()
			time.Sleep(time.Second)
			p.crashed <- &ExitError{Entry: "played", Code: exitPanic, Err: errors.New("panic: overheated")}
			time.Sleep(400 * time.Millisecond)
			p.dies(exitPanic, nil)
		})
		if err := s.run(nothing); err == nil {
			t.Error("Wait after a crash: nil")
		}
		s.want("0s launch 0", "1s safe 0: isolate: played: exit status 2: panic: overheated")
	})
}

// TestIsolateCrashThatTakesTooLong: a runtime that never ends its stacks is killed.
func TestIsolateCrashThatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{}, func(p *played) {
			p.runs()
			p.crashed <- &ExitError{Entry: "played", Code: exitPanic}
			p.dies(-1, <-p.killed)
		})
		s.run(nothing)
		s.want("0s launch 0", "0s safe 0: isolate: played: exit status 2", "5s kill 0: <nil>")
	})
}

// TestIsolateFirstBeat: with FirstBeat, Start waits for the first loop or beat, and an
// entry that hangs before it is killed.
func TestIsolateFirstBeat(t *testing.T) {
	for name, begin := range map[string]func(p *played){
		"a beat": func(p *played) { p.isolate.shared.cells.childBeat.Add(1) },
		"a loop": func(p *played) {
			c, _ := p.isolate.shared.cells.place("loop", time.Hour, rt.Granted{})
			c.SetRunning(true)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newPlaybook(t, Config{FirstBeat: time.Second, Heartbeat: -1}, func(p *played) {
				p.runs()
				time.Sleep(500 * time.Millisecond)
				begin(p)
				<-p.asked
				p.ended <- nil
			})
			err := s.run(func(i *Isolate) {
				if took := time.Since(s.began); took < 500*time.Millisecond || took > 510*time.Millisecond {
					t.Errorf("%s: begun after %v", name, took)
				}
				i.Stop(t.Context())
			})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// TestIsolateFailsBeforeItsFirstBeat: the child is stopped, SafeState called, and Start
// fails; only a later generation is followed by another one.
func TestIsolateFailsBeforeItsFirstBeat(t *testing.T) {
	beat := func(p *played) { p.isolate.shared.cells.childBeat.Add(1) }
	const late = "isolate: no heartbeat within 1s: the entry has not run a loop or called Child.Beat; give Config.FirstBeat more time, or -1 for an entry that does neither"
	for _, c := range []struct {
		name  string
		plays []func(*played)
		hung  bool
		want  []string
	}{
		{"it hangs", []func(*played){ignore}, true, []string{
			"0s launch 0", "1s freeze 0", "1s safe 0: " + late, "1s kill 0: " + late,
		}},
		{"it crashes", []func(*played){func(p *played) {
			p.runs()
			p.crashed <- &ExitError{Entry: "played", Code: exitPanic, Err: errors.New("panic: overheated")}
			time.Sleep(400 * time.Millisecond)
			p.dies(exitPanic, nil)
		}}, false, []string{
			"0s launch 0", "0s safe 0: isolate: played: exit status 2: panic: overheated",
		}},
		{"it fails", []func(*played){crash}, false, []string{"0s launch 0", "0s safe 0: isolate: played: exit status 2"}},
		{"the second hangs", []func(*played){
			func(p *played) { p.runs(); beat(p); time.Sleep(2 * time.Millisecond); p.dies(2, nil) },
			ignore,
			func(p *played) { p.runs(); beat(p); time.Sleep(2 * time.Millisecond); p.ended <- nil },
		}, false, []string{
			"0s launch 0", "2ms safe 0: isolate: played: exit status 2",
			"102ms launch 1", "1.102s freeze 1", "1.102s safe 1: " + late, "1.102s kill 1: " + late,
			"1.302s launch 2",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newPlaybook(t, Config{FirstBeat: time.Second, Heartbeat: -1, Restart: Restart{Max: 3, Backoff: 100 * time.Millisecond}}, c.plays...)
				err := s.run(nothing)
				if succeeds := len(c.plays) > 1; (err == nil) != succeeds || errors.Is(err, ErrHung) != c.hung {
					t.Errorf("error %v", err)
				}
				s.want(c.want...)
			})
		})
	}
}

// TestIsolateReturnsBeforeItsFirstBeat: an entry with a short task is no failure.
func TestIsolateReturnsBeforeItsFirstBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newPlaybook(t, Config{FirstBeat: time.Second}, func(p *played) { p.runs(); p.ended <- nil })
		if err := s.run(nothing); err != nil {
			t.Error(err)
		}
	})
}

// TestFirstBeatCountsLooks: a stop of the whole machine does not use up the time.
func TestFirstBeatCountsLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cells := new(sharedCells)
		f := newFirstBeat(time.Second, cells)
		defer f.stop()
		time.Sleep(time.Hour)
		if begun, late := f.check(); begun || late {
			t.Errorf("after one look: begun %v, late %v", begun, late)
		}
		cells.childBeat.Add(1)
		if begun, late := f.check(); !begun || late {
			t.Errorf("after the beat: begun %v, late %v", begun, late)
		}
	})
}
