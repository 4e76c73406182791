package audio

import (
	"context"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/handoff"
)

// simBackend has one device, with as many channels as anybody wants.
type simBackend struct {
	sys    *system
	cfg    SimConfig
	pinned bool
}

func (b *simBackend) Name() string { return "sim" }

func (b *simBackend) Devices() ([]backend.Device, error) {
	return []backend.Device{{
		Name: "sim", In: maxChannels, Out: maxChannels, Rate: defaultRate, DefaultIn: true, DefaultOut: true,
	}}, nil
}

func (b *simBackend) Open(r backend.Request) (backend.Stream, error) {
	s := &simStream{
		owner: b, now: b.sys.now, alarm: handoff.NewAlarm(b.sys.now, b.sys.portable),
		info:  backend.Info{Rate: r.Rate, Frames: r.Frames, MaxFrames: r.Frames, In: r.In, Out: r.Out, Host: "sim"},
		cycle: handoff.Cycle{In: buffers(r.In, r.Frames), Out: buffers(r.Out, r.Frames), N: r.Frames},
	}
	s.period = period(r.Frames, r.Rate)
	s.info.InLatency, s.info.OutLatency = s.period, s.period
	return s, nil
}

// period of a block in ns.
func period(frames int, rate float64) int64 { return int64(float64(frames) * 1e9 / rate) }

func buffers(channels, frames int) [][]float32 {
	b := make([][]float32, channels)
	for c := range b {
		b[c] = make([]float32, frames)
	}
	return b
}

// simStream is a device whose interrupt is a loop's activation.
type simStream struct {
	owner    *simBackend
	now      func() int64
	info     backend.Info
	period   int64
	sink     backend.Sink
	exchange func(*backend.Cycle)

	cycle backend.Cycle
	end   context.CancelFunc
	done  chan error
	next  int64 // when the next period begins
	alarm *handoff.Alarm
}

func (s *simStream) Info() backend.Info { return s.info }

func (s *simStream) Bind(sink backend.Sink) error {
	s.sink, s.exchange = sink, sink.Cycle
	if sink.Cycle == nil && sink.Region != nil {
		d := sink.Region.Driver()
		s.exchange = func(c *backend.Cycle) { d.Exchange(c) }
	}
	return nil
}

func (s *simStream) Start() error {
	s.next = s.now() + s.period
	if s.sink.Blocking {
		return nil
	}
	modes := contained
	if s.owner.pinned {
		modes = held
	}
	c := rt.LoopConfig{Name: "audio sim", Period: time.Duration(s.period), Trigger: s.interrupt}
	ctx, end := context.WithCancel(context.Background())
	step := s.tick
	if !s.alarm.KeepsP() {
		// A loop is pinned in its Trigger, and not in its step.
		c.Trigger = func(int64) (due int64, ok bool) { return s.now(), true }
		step = func(t *rt.Tick) error { return s.sleepAndTick(ctx, t) }
	}
	t, err := s.owner.sys.thread(c, modes)
	if err != nil {
		end()
		return err
	}
	s.end, s.done = end, make(chan error, 1)
	go func() { s.done <- t.Run(ctx, step) }()
	return nil
}

// interrupt waits for the device's next period.
//
// Cost: O(1). Allocates: no. Blocks: until the time at most. Caller: the clock's thread.
//
//rt:nonallocating
func (s *simStream) interrupt(until int64) (due int64, ok bool) {
	if s.next > until {
		s.alarm.Sleep(until)
		return 0, false
	}
	return s.next, s.alarm.Sleep(s.next)
}

// sleepAndTick is interrupt and tick in one, for an alarm that parks the goroutine.
//
// Cost: as tick. Allocates: once, for a timer. Blocks: until the next period, and as the exchange does. Caller: the clock's thread.
//
//rt:nonallocating
func (s *simStream) sleepAndTick(ctx context.Context, t *rt.Tick) error {
	if due, ok := s.interrupt(s.now() + parkedFor); !ok || due == 0 || ctx.Err() != nil {
		return nil
	}
	t.Now = s.now()
	return s.tick(t)
}

// tick is one cycle of the device.
//
// Cost: O(frames), Source and Sink. Allocates: no. Blocks: as the exchange does. Caller: the clock's thread.
//
//rt:nonallocating
func (s *simStream) tick(t *rt.Tick) error {
	c := &s.cycle
	s.begin(c, t.Now)
	if source := s.owner.cfg.Source; source != nil {
		//rt:allow ML610 reason="the user's function, which stands for the device"
		source(c.In)
	}
	s.exchange(c)
	if sink := s.owner.cfg.Sink; sink != nil {
		//rt:allow ML610 reason="the user's function, which stands for the device"
		sink(c.Out)
	}
	return nil
}

// begin begins the period that now lies in. Those that have passed whole are an
// xrun.
//
// Cost: O(1), and one step for each period lost. Allocates: no. Blocks: no. Caller: the clock's thread.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the periods lost
func (s *simStream) begin(c *backend.Cycle, now int64) {
	c.N, c.Flags = s.info.Frames, 0
	for ; s.next+s.period <= now; s.next += s.period {
		c.Flags = handoff.XrunIn | handoff.XrunOut
	}
	c.Begin, c.Entry = s.next, now
	c.InTime, c.OutTime = c.Begin-s.info.InLatency, c.Begin+s.info.OutLatency
	s.next += s.period
}

func (s *simStream) Stop() error {
	if s.end == nil {
		return nil
	}
	s.end()
	s.end = nil
	<-s.done
	return nil
}

func (s *simStream) Close() error { return s.Stop() }

func (s *simStream) Err() error { return nil }

// Read waits for the device's next period.
func (s *simStream) Read(c *backend.Cycle) error {
	//rt:bound the device's period; Sleep ends early when another thread wakes it
	for !s.alarm.Sleep(s.next) {
	}
	s.begin(c, s.now())
	if source := s.owner.cfg.Source; source != nil {
		source(c.In)
	}
	return nil
}

// Write plays the block at once.
func (s *simStream) Write(c *backend.Cycle) error {
	if sink := s.owner.cfg.Sink; sink != nil {
		sink(c.Out)
	}
	return nil
}
