package audio

import (
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
	"github.com/memkit-go/memkit/rt/isolate"
)

// device is a backend whose devices and faults a test chooses. It never calls in.
type device struct {
	found    []backend.Device
	info     func(backend.Request) backend.Info
	startErr error
	err      atomic.Pointer[error]
	closed   bool
}

func (d *device) Name() string                       { return "fake" }
func (d *device) Devices() ([]backend.Device, error) { return d.found, nil }
func (d *device) Open(r backend.Request) (backend.Stream, error) {
	return &deviceStream{d, d.info(r)}, nil
}

type deviceStream struct {
	*device
	granted backend.Info
}

func (s *deviceStream) Info() backend.Info      { return s.granted }
func (s *deviceStream) Bind(backend.Sink) error { return nil }
func (s *deviceStream) Start() error            { return s.startErr }
func (s *deviceStream) Stop() error             { return nil }
func (s *deviceStream) Close() error            { s.closed = true; return nil }
func (s *deviceStream) Err() error {
	if err := s.err.Load(); err != nil {
		return *err
	}
	return nil
}

// generous grants whatever is asked for.
func generous(r backend.Request) backend.Info {
	if r.Rate == 0 {
		r.Rate = 44100
	}
	if r.Frames == 0 {
		r.Frames = 128
	}
	return backend.Info{Rate: r.Rate, Frames: r.Frames, MaxFrames: 2 * r.Frames, In: r.In, Out: r.Out}
}

func with(sys *system, d *device) *system {
	s := *sys
	s.portAudio = func(string, string) (backend.Backend, error) { return d, nil }
	return &s
}

var cards = []backend.Device{
	{Index: 0, Name: "HDA Intel: front", HostAPI: "ALSA", In: 2, Out: 2},
	{Index: 1, Name: "USB Audio", HostAPI: "ALSA", In: 1},
	{Index: 2, Name: "HDA Intel: back", HostAPI: "ALSA", Out: 6},
	{Index: 3, Name: "system", HostAPI: "JACK", In: 2, Out: 2, DefaultIn: true, DefaultOut: true},
	{Index: 4, Name: "sys", HostAPI: "JACK", In: 2, Out: 2},
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		cfg     Config
		in, out int // index, -1 none
		err     string
	}{
		{Config{Out: 2}, -1, 3, ""},
		{Config{In: 2, Out: 2}, 3, 3, ""},
		{Config{In: 1, Device: "usb"}, 1, -1, ""},
		{Config{Out: 6, Device: "BACK"}, -1, 2, ""},
		{Config{Out: 2, Device: "sys"}, -1, 4, ""},
		{Config{Out: 2, HostAPI: "alsa"}, -1, 0, ""},
		{Config{Out: 2, HostAPI: "oss"}, 0, 0, `audio: host API "oss": no device has it; there are "ALSA", "JACK"`},
		{Config{Out: 2, Device: "hda"}, 0, 0, `audio: output device "hda": several have that name: "HDA Intel: front" (ALSA), "HDA Intel: back" (ALSA); give the whole name, or HostAPI`},
		{Config{Out: 2, Device: "moon"}, 0, 0, `audio: output device "moon": no such device; there are "HDA Intel: front" (ALSA), "HDA Intel: back" (ALSA), "system" (JACK), "sys" (JACK)`},
		{Config{In: 2, Device: "USB Audio"}, 0, 0, `audio: 2 input channels: device "USB Audio" has 1; set Config.In to at most that`},
		{Config{Out: 1, Device: "USB Audio"}, 0, 0, `audio: output device "USB Audio": no such device; there are`},
	} {
		in, out, err := c.cfg.choose(cards)
		if c.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("%+v: %v, want %s", c.cfg, err, c.err)
			}
			continue
		}
		index := func(d *backend.Device) int {
			if d == nil {
				return -1
			}
			return d.Index
		}
		if err != nil || index(in) != c.in || index(out) != c.out {
			t.Errorf("%+v: %d, %d, %v", c.cfg, index(in), index(out), err)
		}
	}
	if _, _, err := (Config{In: 1}).choose(cards[2:3]); err == nil || !strings.Contains(err.Error(), "no device has any input channel") {
		t.Errorf("no input at all: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	silent := &process{process: func(*Block) {}}
	for name, c := range map[string]struct {
		cfg  Config
		p    Processor
		want string
	}{
		"Backend":    {Config{Backend: 9}, silent, "Config.Backend 9"},
		"Mode":       {Config{Mode: 9}, silent, "Config.Mode 9"},
		"OnMiss":     {Config{OnMiss: 9}, silent, "Config.OnMiss 9"},
		"Rate":       {Config{Rate: math.NaN()}, silent, "Config.Rate NaN"},
		"Frames":     {Config{Frames: -1}, silent, "Config.Frames -1"},
		"In":         {Config{In: 65}, silent, "Config.In 65"},
		"Out":        {Config{Out: -1}, silent, "Config.Out -1"},
		"Priority":   {Config{Priority: 100}, silent, "Config.Priority 100"},
		"Name":       {Config{Name: "left:right"}, silent, `Config.Name "left:right"`},
		"NUL":        {Config{Name: "a\x00b"}, silent, `Config.Name "a\x00b"`},
		"Budget":     {Config{Budget: 2.5}, silent, "Config.Budget 2.5"},
		"Stall":      {Config{Stall: -1}, silent, "Config.Stall -1ns"},
		"Scratch":    {Config{ScratchBytes: -1}, silent, "Config.ScratchBytes -1"},
		"a GiB more": {Config{ScratchBytes: 1<<30 + 1}, silent, "Config.ScratchBytes 1073741825"},
		"HeapRoom":   {Config{HeapRoom: 1<<30 + 1}, silent, "Config.HeapRoom 1073741825"},
		"Queue":      {Config{Queue: -1}, silent, "Config.Queue -1"},
		"Samples":    {Config{Samples: -1}, silent, "Config.Samples -1"},
		"half Hz":    {Config{Rate: 48000.5}, silent, "Config.Rate 48000.5"},
		"many":       {Config{Samples: 1 << 34}, silent, "Config.Samples 17179869184"},
		"here":       {Config{InProcess: true}, silent, "Config.InProcess true"},
		"restart":    {Config{Restart: isolate.Restart{Max: 1}}, silent, "Config.Restart"},
		"args":       {Config{Args: []string{"x"}}, silent, "Config.Args x"},
		"functions":  {Config{Sim: SimConfig{Sink: func([][]float32) {}}}, tester, "Config.Sim functions"},
	} {
		_, err := Open(c.cfg, c.p)
		var config *ConfigError
		if !errors.As(err, &config) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoProcessor: neither a nil Processor nor a constructor that makes none is run.
func TestNoProcessor(t *testing.T) {
	var pointer *process
	for _, p := range []Processor{nil, pointer} {
		if _, err := Open(Config{Backend: Sim}, p); err == nil || !strings.Contains(err.Error(), "the Processor is nil") {
			t.Errorf("%v", err)
		}
	}
	if _, err := Open(Config{Backend: Sim, InProcess: true}, none); err == nil || !strings.Contains(err.Error(), "no Processor and no error") {
		t.Errorf("%v", err)
	}
}

var none = Declare("none", func([]string) (Processor, error) { return nil, nil })

func TestDeviceFaults(t *testing.T) {
	silent := &process{process: func(*Block) {}}
	wrong := func(change func(*backend.Info)) *device {
		return &device{found: cards, info: func(r backend.Request) backend.Info {
			i := generous(r)
			change(&i)
			return i
		}}
	}
	for name, c := range map[string]struct {
		d    *device
		cfg  Config
		p    Processor
		want string
	}{
		"no device":  {&device{}, Config{}, silent, "no device; plug one in, start a sound server, or use Backend Sim"},
		"rate":       {wrong(func(i *backend.Info) { i.Rate = 44100 }), Config{Rate: 48000}, silent, "audio: rate 48000: the device runs at 44100; set Config.Rate to that, or to 0"},
		"channels":   {wrong(func(i *backend.Info) { i.Out = 1 }), Config{}, silent, "audio: 2 output channels: the device has opened 1"},
		"inputs":     {wrong(func(i *backend.Info) { i.In = 2 }), Config{}, silent, "audio: 0 input channels: the device has opened 2"},
		"no frames":  {wrong(func(i *backend.Info) { i.Frames = 0 }), Config{}, silent, "granted 0 frames"},
		"unprepared": {wrong(func(i *backend.Info) {}), Config{}, &process{prepare: func(Spec) error { return errors.New("no coefficients") }}, "audio: Prepare: no coefficients"},
	} {
		s, err := open(c.cfg, c.p, with(&host, c.d))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if s != nil || len(c.d.found) > 0 && !c.d.closed {
			t.Errorf("%s: the device was left open", name)
		}
	}
}

func TestWithoutPortAudio(t *testing.T) {
	if _, err := portAudio("", ""); err == nil {
		t.Skip("built with PortAudio")
	}
	if _, err := Open(Config{Backend: PortAudio}, &process{}); !errors.Is(err, ErrNoBackend) || !strings.Contains(err.Error(), "-tags portaudio") || !strings.Contains(err.Error(), "Sim") {
		t.Errorf("%v", err)
	}
	if _, err := Open(Config{Mode: Blocking}, &process{}); !errors.Is(err, ErrNoBackend) || !strings.Contains(err.Error(), "Config.Mode blocking: needs PortAudio") {
		t.Errorf("Blocking: %v", err)
	}
	if _, err := Devices(PortAudio); !errors.Is(err, ErrNoBackend) {
		t.Errorf("Devices: %v", err)
	}
	if d, err := Devices(Sim); err != nil || len(d) != 1 {
		t.Errorf("Devices of Sim: %v, %v", d, err)
	}
}

func TestStartFails(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		d := &device{found: cards, info: generous, startErr: errors.New("busy")}
		s := mustOpen(t, Config{}, &process{process: func(*Block) {}}, with(sys, d))
		if err := s.Start(); err == nil || !strings.Contains(err.Error(), "busy") {
			t.Errorf("Start: %v", err)
		}
		if st := s.Stats(); st.State != Ready {
			t.Errorf("state %v", st.State)
		}
		if s.source.(*local).done != nil {
			t.Error("after a Start that failed its thread runs")
		}
		d.startErr = nil
		if err := s.Start(); err != nil {
			t.Errorf("Start again: %v", err)
		}
		if err := s.Start(); !errors.Is(err, ErrRunning) {
			t.Errorf("Start twice: %v", err)
		}
	})
}

// TestStartDiscards: a block that was posted before Start, by a device whose stream had
// no thread any more, is not processed after it.
func TestStartDiscards(t *testing.T) {
	virtual(t, func(t *testing.T, sys *system) {
		var frames []int64
		s := mustOpen(t, Config{Backend: Sim, Out: 1}, &process{process: func(b *Block) { frames = append(frames, b.Frame) }}, sys)
		l := s.source.(*local)
		if missed := l.region.Driver().Exchange(&handoff.Cycle{Out: buffers(1, 64), N: 64, Begin: sys.now(), Entry: sys.now()}); !missed {
			t.Fatal("a block was processed before Start")
		}
		run(t, s, 3)
		if !slices.Equal(frames, []int64{64, 128, 192}) {
			t.Errorf("blocks at %v, want those of the three cycles behind the first", frames)
		}
	})
}

// TestBadSamples: NaN, infinities and denormal numbers reach neither the Processor
// nor the device, and are counted.
// TestPrepareClosesTheDevice: Open gives the device back when Prepare panics.
func TestPrepareClosesTheDevice(t *testing.T) {
	d := &device{found: cards, info: generous}
	defer func() {
		if r := recover(); r != "prepare" || !d.closed {
			t.Errorf("panic %v, closed %v", r, d.closed)
		}
	}()
	_, err := open(Config{}, &process{prepare: func(Spec) error { panic("prepare") }}, with(&host, d))
	t.Errorf("Open returns %v", err)
}

func TestBadSamples(t *testing.T) {
	nan, inf, tiny := float32(math.NaN()), float32(math.Inf(-1)), math.Float32frombits(1<<31|5)
	normal := math.Float32frombits(smallestNormal)
	var heard []float32
	s := mustOpen(t, Config{Backend: Offline, Frames: 8, In: 1, Out: 1}, &process{process: func(b *Block) {
		heard = slices.Clone(b.In[0])
		copy(b.Out[0], []float32{inf, 1, nan, math.MaxFloat32, tiny, 0, -normal, nan})
	}}, &host)
	out := [][]float32{make([]float32, 8)}
	if err := s.Render(out, [][]float32{{nan, 0.5, tiny, inf, -0.25, normal, tiny, 0}}); err != nil {
		t.Fatal(err)
	}
	if want := []float32{0, 0.5, 0, 0, -0.25, normal, 0, 0}; !slices.Equal(heard, want) {
		t.Errorf("heard %v, want %v", heard, want)
	}
	if want := []float32{0, 1, 0, math.MaxFloat32, 0, 0, -normal, 0}; !slices.Equal(out[0], want) {
		t.Errorf("played %v, want %v", out[0], want)
	}
	st := s.Stats()
	if st.BadIn != 2 || st.DenormalIn != 2 || st.BadOut != 3 || st.DenormalOut != 1 {
		t.Errorf("%+v", st)
	}
}

// TestDenormalsAreFlushed inside Process, and nowhere else: not in the goroutine
// that renders, before and after, and not in others while Process runs.
func TestDenormalsAreFlushed(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("no control register is known for " + runtime.GOARCH)
	}
	if product(smallestNormal) == 0 {
		t.Fatal("denormal numbers are flushed before anything has run")
	}
	var inside [3]float32
	elsewhere := make(chan uint32) // bits, because a comparison flushes too
	ask := make(chan struct{})
	go func() {
		for range ask {
			elsewhere <- math.Float32bits(product(smallestNormal))
		}
	}()
	defer close(ask)
	calls := 0
	s := mustOpen(t, Config{Backend: Offline, Out: 1}, &process{process: func(b *Block) {
		inside[calls] = product(smallestNormal)
		ask <- struct{}{}
		if <-elsewhere == 0 {
			t.Error("another goroutine computes without denormal numbers")
		}
		runtime.Gosched()
		if calls++; calls == 3 {
			panic("after three")
		}
	}}, &host)
	for range 3 {
		s.Render([][]float32{make([]float32, 64)}, nil)
		if product(smallestNormal) == 0 {
			t.Error("the control register was not restored")
		}
	}
	if inside != [3]float32{} || calls != 3 {
		t.Errorf("products inside Process: %v in %d calls", inside, calls)
	}
}

// product is half of the number with these bits.
//
//go:noinline
func product(bits uint32) float32 { return math.Float32frombits(bits) * 0.5 }

// TestCollectWhileStreaming: collections do no harm but to the times.
func TestCollectWhileStreaming(t *testing.T) {
	for _, mode := range modes {
		s := mustOpen(t, Config{Backend: Sim, Mode: mode}, counting(), &host)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a block", func() bool { return s.Stats().Blocks > 0 })
		runtime.GC()
		for range 4 {
			if !testing.Short() { // a collection takes long under the race detector
				runtime.GC()
			}
		}
		eventually(t, "20 callbacks", func() bool { return s.Stats().Callbacks >= 20 })
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		st := s.Stats()
		if st.Blocks+st.Misses < st.Callbacks || st.Unrecorded != 0 || s.Err() != nil {
			t.Errorf("mode %d: %+v, %v", mode, st, s.Err())
		}
		if st.Pauses == 0 {
			t.Errorf("mode %d: no pause was counted", mode)
		}
		if told() && st.Stops == 0 {
			t.Errorf("mode %d: no block is marked with the stops", mode)
		}
	}
}

// TestBusyGoroutines: under load from goroutines that never yield, on two processors, every
// cycle is answered, by a block or by a substitute, and nothing hangs.
func TestBusyGoroutines(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var stop atomic.Bool
	defer stop.Store(true)
	for range 2 {
		go func() {
			for x := 1; !stop.Load(); x *= 3 {
			}
		}()
	}
	for _, mode := range modes {
		s := mustOpen(t, Config{Backend: Sim, Mode: mode}, counting(), &host)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "20 blocks", func() bool { return s.Stats().Blocks >= 20 })
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		// A substituted cycle's block may have been processed all the same.
		if st := s.Stats(); st.Blocks > st.Callbacks || st.Blocks+st.Misses < st.Callbacks || s.Err() != nil {
			t.Errorf("mode %d: %+v, %v", mode, st, s.Err())
		}
	}
}

// TestBadSamplesLive: what TestBadSamples says holds in every mode, block after
// block.
func TestBadSamplesLive(t *testing.T) {
	nan, tiny := float32(math.NaN()), math.Float32frombits(7)
	for _, mode := range modes {
		virtual(t, func(t *testing.T, sys *system) {
			var k tape
			s := mustOpen(t, Config{
				Backend: Sim, Mode: mode, Frames: 4, In: 1, Out: 1,
				Sim: SimConfig{Sink: k.sink, Source: func(in [][]float32) { copy(in[0], []float32{nan, tiny, 0.5, 0}) }},
			}, &process{process: func(b *Block) {
				copy(b.Out[0], []float32{b.In[0][0], b.In[0][1], b.In[0][2], nan})
			}}, sys)
			run(t, s, 5)
			n := uint64(cycles(mode, 5))
			if st := s.Stats(); st.BadIn != n || st.DenormalIn != n || st.BadOut != n || st.DenormalOut != 0 {
				t.Errorf("mode %d: %+v", mode, st)
			}
			if want := slices.Repeat([]float32{0, 0, 0.5, 0}, int(n)); !slices.Equal(k.played, want) {
				t.Errorf("mode %d: played %v", mode, k.played)
			}
		})
	}
}
