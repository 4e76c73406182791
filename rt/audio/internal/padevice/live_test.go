//go:build portaudio && cgo && linux

package padevice

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// system is the server's only device.
func system(t *testing.T) *backend.Device {
	t.Helper()
	b := &Backend{jack: true}
	devices, err := b.Devices()
	if err := errors.Join(err, b.Drop()); err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		if d.HostAPI == "JACK" && d.Name == "system" {
			return &d
		}
	}
	t.Fatalf("no device system among %+v", devices)
	return nil
}

func opened(t *testing.T, r backend.Request) backend.Stream {
	t.Helper()
	s, err := (&Backend{jack: true}).Open(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// serve fills the posted block with what depends on its input.
func serve(p *handoff.Worker) {
	var b handoff.Block
	p.Accept(&b)
	for c, out := range b.Out {
		for i := range out[:b.N] {
			out[i] = 0.5
			if c < len(b.In) {
				out[i] = b.In[c][i] * 0.5
			}
		}
	}
}

// engine is the least that can stand behind a hand-off.
type engine struct {
	region *handoff.Region
	blocks atomic.Int64
	many   chan struct{} // closed after enough blocks
	stop   atomic.Bool
	ended  chan struct{}
}

const enough = 20

func startEngine(t *testing.T, i backend.Info) *engine {
	t.Helper()
	period := int64(float64(i.Frames) / i.Rate * 1e9)
	config := handoff.Config{
		In: i.In, Out: i.Out, MaxFrames: i.MaxFrames, Period: period, Budget: period * 8 / 10,
		Records: 64, Now: rt.Now, Portable: i.InGo,
	}
	memory, err := arena.New(arena.Config{Size: config.Size()})
	if err != nil {
		t.Fatal(err)
	}
	r, err := handoff.New(memory.Bytes(), config)
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{region: r, many: make(chan struct{}), ended: make(chan struct{})}
	go e.run()
	t.Cleanup(func() {
		e.stop.Store(true)
		<-e.ended
		if err := memory.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func (e *engine) run() {
	defer close(e.ended)
	p := e.region.Worker()
	for !e.stop.Load() {
		if _, ok := p.Posted(rt.Now() + 20e6); !ok {
			continue
		}
		serve(p)
		p.Done()
		if e.blocks.Add(1) == enough {
			close(e.many)
		}
	}
}

// within waits for c or fails.
func within(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(time.Minute):
		t.Fatalf("%s: not within a minute", what)
	}
}

func TestMain(m *testing.M) {
	jackdtest.Private()
	os.Exit(m.Run())
}

func TestDevices(t *testing.T) {
	jackdtest.Start(t)
	d := system(t)
	if d.In != 2 || d.Out != 2 || d.Rate != 48000 || !d.DefaultIn || !d.DefaultOut {
		t.Errorf("%+v: want two channels each way at 48000, the default", d)
	}
}

func TestHandoffOverJACK(t *testing.T) {
	jackdtest.Start(t)
	d := system(t)
	s := opened(t, backend.Request{InDevice: d, OutDevice: d, In: 2, Out: 2, Frames: 64, Name: "memkit-test"})
	i := s.Info()
	if i.Rate != 48000 || i.Frames != 64 || i.In != 2 || i.Out != 2 || i.Host != "JACK" || i.InGo != inGo {
		t.Fatalf("granted %+v", i)
	}
	e := startEngine(t, i)
	if err := s.Bind(backend.Sink{Region: e.region, Now: rt.Now}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // start and stop may alternate
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		within(t, e.many, "blocks")
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	stopped := e.region.Counters()
	if stopped.Cycles < enough {
		t.Errorf("%d cycles, want %d", stopped.Cycles, enough)
	}
	n := 0
	e.region.Drain(func(r *handoff.Record) {
		n++
		if r.Begin > r.Entry || r.Entry > r.End || r.N != 64 {
			t.Errorf("record %+v: begin, entry and end are not in order, or not 64 frames", r)
		}
	})
	if n == 0 {
		t.Error("no records")
	}
	if after := e.region.Counters(); after != stopped {
		t.Errorf("counters went on after Stop: %+v, then %+v", stopped, after)
	}
}

func TestDirectOverJACK(t *testing.T) {
	jackdtest.Start(t)
	d := system(t)
	s := opened(t, backend.Request{InDevice: d, OutDevice: d, In: 2, Out: 2, Frames: 64, Mode: backend.Direct})
	many := make(chan struct{})
	calls, wrong := 0, 0
	err := s.Bind(backend.Sink{Now: rt.Now, Cycle: func(c *backend.Cycle) {
		if c.N != 64 || len(c.In) != 2 || len(c.Out) != 2 || len(c.In[0]) != 64 || len(c.Out[1]) != 64 || c.Begin > c.Entry {
			wrong++
		}
		for _, out := range c.Out {
			clear(out)
		}
		if calls++; calls == enough {
			close(many)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, many, "calls")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if wrong > 0 {
		t.Errorf("%d of %d calls had wrong buffers or times", wrong, calls)
	}
}

func TestBlockingOverJACK(t *testing.T) {
	jackdtest.Start(t)
	d := system(t)
	s := opened(t, backend.Request{InDevice: d, OutDevice: d, In: 2, Out: 2, Frames: 64, Mode: backend.Blocking})
	b, ok := s.(backend.Blocker)
	if !ok {
		t.Fatal("the stream is no Blocker")
	}
	if err := s.Bind(backend.Sink{Now: rt.Now}); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	c := backend.Cycle{}
	for range 2 {
		c.In, c.Out = append(c.In, make([]float32, 64)), append(c.Out, make([]float32, 64))
	}
	for i := range 200 {
		if err := errors.Join(b.Read(&c), b.Write(&c)); err != nil {
			t.Fatalf("block %d: %v", i, err)
		}
	}
	if c.N != 64 || c.Begin == 0 {
		t.Errorf("last cycle %+v", c)
	}
	blocks := func() {
		for range 20 {
			_, _ = b.Read(&c), b.Write(&c)
		}
	}
	if got := testing.AllocsPerRun(3, blocks); got != 0 {
		t.Errorf("%v allocations in 20 blocks", got)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// TestRefusals: what a server or device cannot do is named, with the remedy.
func TestRefusals(t *testing.T) {
	jackdtest.Start(t)
	d := system(t)
	gone := *d
	gone.Name = "unplugged"
	for _, c := range []struct {
		request backend.Request
		want    string
	}{
		{backend.Request{OutDevice: d, Out: 2, Rate: 44100}, "Config.Rate 0 or 48000"},
		{backend.Request{OutDevice: d, Out: 5}, "Config.Out 2"},
		{backend.Request{InDevice: d, In: 3}, "Config.In 2"},
		{backend.Request{OutDevice: d, Out: 1, Mode: backend.Blocking}, "two channels"},
		{backend.Request{OutDevice: &gone, Out: 2}, "unplugged"},
	} {
		s, err := (&Backend{jack: true}).Open(c.request)
		if err == nil {
			t.Errorf("%+v was granted %+v", c.request, s.Info())
			s.Close()
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
}
