package isolate

import (
	"bytes"
	"context"
	"errors"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/internal/machine"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// bornChild is a child process without a process.
type bornChild struct {
	inherited
	orders  orders
	memory  *sharedMemory
	tell    *io.PipeWriter // the parent's end of the lifeline
	reports bytes.Buffer
	exits   atomic.Int64
	parent  atomic.Int64
}

func newBornChild(t *testing.T, entry string) *bornChild {
	t.Helper()
	m, err := viewMemory(someMemory(t))
	if err != nil {
		t.Fatal(err)
	}
	b := &bornChild{memory: m, orders: orders{Entry: entry, CPU: -1, Parent: 1000, Heartbeat: defaultHeartbeat}}
	b.parent.Store(1000)
	lifeline, tell := io.Pipe()
	b.tell = tell
	b.inherited = inherited{
		memory:   func() (*sharedMemory, error) { return b.memory, nil },
		lifeline: lifeline,
		reports:  &b.reports,
		reset:    func(*machine.System) error { return nil },
		setup:    func(rt.ProcessConfig) (*rt.Process, error) { return new(rt.Process), nil },
		parent:   func() int { return int(b.parent.Load()) },
		exit:     func(code int) { b.exits.Store(int64(code)) },
	}
	return b
}

// live runs the child to its end and returns its reports.
func (b *bornChild) live() (code int, reports []report) {
	go b.tell.Write(line(b.orders))
	code = b.run()
	for text := range bytes.Lines(b.reports.Bytes()) {
		reports = append(reports, parseReport(text))
	}
	return code, reports
}

var bornEntry = Entry("test born", func(c *Child) error {
	<-c.Context().Done()
	return context.Cause(c.Context())
})

func TestIsolateChildThatCannotBegin(t *testing.T) {
	refused := &rt.PrivilegeError{Op: "mlockall", Need: "n", Have: "h", Remedy: "r", Err: syscall.EPERM}
	for name, c := range map[string]struct {
		spoil func(*bornChild)
		want  string
	}{
		"no memory": {func(b *bornChild) {
			b.inherited.memory = func() (*sharedMemory, error) { return nil, io.ErrUnexpectedEOF }
		}, "unexpected EOF"},
		"unknown entry":  {func(b *bornChild) { b.orders.Entry = "nobody" }, "no such entry"},
		"refused policy": {func(b *bornChild) { b.reset = func(*machine.System) error { return refused } }, "mlockall refused"},
		"refused setup":  {func(b *bornChild) { b.setup = func(rt.ProcessConfig) (*rt.Process, error) { return nil, refused } }, "mlockall refused: " + machine.ErrorName(syscall.EPERM) + "; need n, have h; r"},
		"state in use": {func(b *bornChild) {
			if _, err := handOverCell.Reader(&Child{shared: b.memory}); err != nil {
				t.Error(err)
			}
		}, "side is held"},
	} {
		b := newBornChild(t, bornEntry.Name())
		c.spoil(b)
		code, reports := b.live()
		if code != exitFailed || len(reports) != 2 || reports[0].Kind != reportHello || reports[1].Kind != reportFailed ||
			!strings.Contains(reports[1].Failure.Text, c.want) {
			t.Errorf("%s: exit %d, reports %+v, want %q", name, code, reports, c.want)
			continue
		}
		var p *rt.PrivilegeError
		if err := reports[1].Failure.err(); strings.HasPrefix(name, "refused") && (!errors.As(err, &p) || *p != *refused || !errors.Is(err, syscall.EPERM)) {
			t.Errorf("%s: %#v came across, want %#v", name, p, refused)
		}
	}
}

func TestIsolateOrdersThatAreNone(t *testing.T) {
	for text, want := range map[string]int{"": exitOrphaned, "no JSON\n": exitFailed, "{}\n": exitFailed} {
		b := newBornChild(t, "")
		b.lifeline = strings.NewReader(text)
		if code := b.run(); code != want {
			t.Errorf("orders %q: exit %d, want %d", text, code, want)
		}
	}
}

// TestIsolateProcessConfigCrosses: Setup in the child is told what the parent's
// config says.
func TestIsolateProcessConfigCrosses(t *testing.T) {
	told := rt.ProcessConfig{}
	b := newBornChild(t, bornEntry.Name())
	b.orders.CPU = 3
	b.orders.Process = rt.ProcessConfig{Loops: 2, MemoryLimit: 1 << 40, Keep: rt.KeepLatency, Required: true}
	b.setup = func(c rt.ProcessConfig) (*rt.Process, error) { told = c; return nil, io.EOF }
	b.live()
	want := b.orders.Process
	if len(told.LoopCPUs) != 1 || told.LoopCPUs[0] != 3 {
		t.Errorf("LoopCPUs %v, want the isolate's CPU", told.LoopCPUs)
	}
	told.LoopCPUs = nil
	if told.Loops != want.Loops || told.MemoryLimit != want.MemoryLimit || told.Keep != want.Keep || !told.Required {
		t.Errorf("Setup(%+v), want %+v", told, want)
	}
}

func TestIsolateLifeline(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(b *bornChild)
		code  int
		takes time.Duration
	}{
		{"asked to stop", func(b *bornChild) { b.tell.Write([]byte{stopByte}) }, 0, time.Minute},
		{"the parent is gone", func(b *bornChild) { b.tell.Close() }, exitOrphaned, time.Minute},
		{"the parent is gone and somebody holds the pipe", func(b *bornChild) { b.parent.Store(1) }, exitOrphaned, time.Minute + looksPerBeat*defaultHeartbeat},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBornChild(t, bornEntry.Name())
				began := time.Now()
				beating := time.NewTicker(10 * time.Millisecond)
				go func() {
					for range 6000 { // for a minute
						<-beating.C
						b.memory.cells.parentBeat.Add(1)
					}
					beating.Stop()
					c.after(b)
				}()
				code, _ := b.live()
				if took := time.Since(began); code != c.code || took < c.takes || took > c.takes+2*defaultHeartbeat {
					t.Errorf("exit %d after %v, want %d after %v", code, took, c.code, c.takes)
				}
				time.Sleep(2 * orphanGrace)
				if exited := int(b.exits.Load()); exited != c.code {
					t.Errorf("after the grace the process exits with %d, want %d", exited, c.code)
				}
				b.tell.Close()
				time.Sleep(2 * orphanGrace)
			})
		})
	}
}

// TestIsolateParentThatIsOnlySlow: a parent whose beat stops, a debugger's say,
// keeps its child as long as it is there.
func TestIsolateParentThatIsOnlySlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBornChild(t, bornEntry.Name())
		go func() {
			time.Sleep(time.Hour)
			b.tell.Write([]byte{stopByte})
		}()
		if code, _ := b.live(); code != 0 {
			t.Errorf("exit %d, want 0", code)
		}
		b.tell.Close()
		time.Sleep(2 * orphanGrace)
	})
}
