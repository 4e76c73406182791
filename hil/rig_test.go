package hil

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/rttest"
)

// integrator is a plant of one state: its input, summed up.
type integrator struct {
	x    float64
	step func(t Tick) error
}

func (p *integrator) Step(t Tick, u, y []float64) error {
	p.x += u[0] * float64(t.Period) / 1e9
	y[0] = p.x
	if p.step != nil && t.Period != 0 {
		return p.step(t)
	}
	return nil
}
func (p *integrator) Save(b []byte) []byte { return AppendFloats(b, p.x) }
func (p *integrator) Restore(b []byte) error {
	_, err := TakeFloats(b, &p.x)
	return err
}

// device answers each frame with a controller, as a test wants it to.
type device struct {
	queue   [][]byte
	in, out []float64
	sent    []uint32
	closed  int
	safe    [][]float64 // values of the frames with number 0
	gain    float64
	// answer, when not nil, decides what comes back for a frame: nothing, itself, or
	// something else.
	answer func(sequence uint32, frame []byte) [][]byte
	// wait, when not nil, is called by Receive without a frame and with a deadline.
	wait  func(deadline int64)
	codec Codec
}

func newDevice() *device {
	return &device{in: make([]float64, 2), out: make([]float64, 1), gain: 10, codec: Floats{}}
}

func (d *device) Send(_ Tick, frame []byte) error {
	s, err := d.codec.Decode(frame, d.in)
	if err != nil {
		return nil
	}
	if s == 0 {
		d.safe = append(d.safe, slices.Clone(d.in))
	} else {
		d.sent = append(d.sent, s)
		d.out[0] = d.gain * (d.in[1] - d.in[0])
	}
	reply := make([]byte, MaxFrame)
	reply = reply[:d.codec.Encode(reply, s, d.out)]
	if d.answer != nil && s != 0 {
		d.queue = append(d.queue, d.answer(s, reply)...)
		return nil
	}
	d.queue = append(d.queue, reply)
	return nil
}

func (d *device) Receive(_ Tick, frame []byte, deadline int64) (int, error) {
	if len(d.queue) == 0 && d.wait != nil && deadline != 0 {
		d.wait(deadline)
	}
	if len(d.queue) == 0 {
		return 0, ErrEmpty
	}
	n := copy(frame, d.queue[0])
	d.queue = d.queue[1:]
	return n, nil
}

func (d *device) Close() error {
	d.closed++
	return nil
}

func config(d Link) Config {
	return Config{
		Rate: 1000, Plant: &integrator{},
		Sensors:     []Channel{{Name: "level", Unit: "m"}},
		Setpoints:   []Channel{{Name: "target", Unit: "m"}},
		Actuators:   []Channel{{Name: "flow", Unit: "m/s", Min: -5, Max: 5, Safe: -1}},
		Connections: []Connection{{Name: "valve", Link: d}},
		Record:      1000,
	}
}

func open(t *testing.T, c Config) *Rig {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func target(_ Tick, v []float64) { v[0] = 1 }

func run(t *testing.T, r *Rig, steps int64) *Result {
	t.Helper()
	res, err := r.Run(context.Background(), Stimulus{Steps: steps, Setpoints: target})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// TestStepOrder follows the values of the first steps by hand.
func TestStepOrder(t *testing.T) {
	r := open(t, config(newDevice()))
	res := run(t, r, 400)
	if res.End != nil || res.Steps != 400 || res.Misses != (Misses{}) {
		t.Fatal(res)
	}
	level := 0.0
	for i := range 400 {
		flow := min(5, 10*(1-level))
		if got := res.Recording.Signal("level")[i]; got != level {
			t.Fatalf("step %d begins at %v, want %v", i, got, level)
		}
		if got := res.Recording.Signal("flow")[i]; got != flow {
			t.Fatalf("step %d has the flow %v, want %v", i, got, flow)
		}
		if got := res.Recording.Signal("flow.command")[i]; got != 10*(1-level) {
			t.Fatalf("step %d has the command %v", i, got)
		}
		level += flow * float64(1e6) / 1e9
		if i == 100 {
			break
		}
	}
	if res.Limited == 0 {
		t.Error("no limit counted")
	}
	if c := res.Connections[0]; c.Sent != 400 || c.Answered != 400 || c.Missed != 0 {
		t.Error(c)
	}
}

// A second run of a rig is the first again: plant, set points and numbers start anew.
func TestRunIsRepeatable(t *testing.T) {
	d := newDevice()
	r := open(t, config(d))
	one, two := run(t, r, 200), run(t, r, 200)
	if one.Hash != two.Hash || !slices.Equal(d.sent[:200], d.sent[200:]) || d.sent[0] != 1 {
		t.Errorf("%v, then %v", one, two)
	}
	d.gain = 9
	if three := run(t, r, 200); three.Hash == one.Hash {
		t.Error("another controller has the same hash")
	}
	if err := r.Close(); err != nil || d.closed != 1 {
		t.Error(err, d.closed)
	}
}

// Every value of every run ends with the safe values on the link.
func TestSafeValuesAtTheEnd(t *testing.T) {
	d := newDevice()
	c := config(d)
	c.Setpoints[0].Safe = 0.25
	r := open(t, c)
	run(t, r, 10)
	if n := len(d.safe); n != 2 || d.safe[1][1] != 0.25 { // handshake and end
		t.Errorf("safe frames: %v", d.safe)
	}
}

func TestLimitsHold(t *testing.T) {
	d := newDevice()
	c := config(d)
	c.Sensors[0].Min, c.Sensors[0].Max, c.Sensors[0].Safe = -0.1, 0.1, 0.05
	var seen []float64
	d.answer = func(_ uint32, frame []byte) [][]byte {
		seen = append(seen, d.in[0])
		out := math.Inf(1)
		switch len(seen) % 4 {
		case 1:
			out = math.NaN()
		case 2:
			out = -1e300
		}
		b := make([]byte, MaxFrame)
		return [][]byte{b[:Floats{}.Encode(b, d.sent[len(d.sent)-1], []float64{out})]}
	}
	res := run(t, open(t, c), 400)
	for i, v := range res.Recording.Signal("flow") {
		want := []float64{5, -1, -5, 5}[(i+1)%4] // infinity, NaN, far below, infinity
		if v != want {
			t.Fatalf("step %d: flow %v, want %v", i, v, want)
		}
	}
	for i, v := range seen {
		if v < -0.1 || v > 0.1 {
			t.Fatalf("the device got %v in step %d", v, i)
		}
	}
	if math.Abs(res.Recording.Signal("level")[399]) < 0.1 {
		t.Error("the plant did not leave the sensor's limits")
	}
}

// A NaN of a channel without limits goes to the device as it is.
func TestNaNPassesWithoutLimits(t *testing.T) {
	l := limits([]Channel{{Name: "a"}, {Name: "b", Min: -1, Max: 1, Safe: 0.5}})
	if v := l[0].apply(math.NaN()); v == v {
		t.Error(v)
	}
	if v := l[1].apply(math.NaN()); v != 0.5 {
		t.Error(v)
	}
	if v := l[0].apply(math.Inf(-1)); !math.IsInf(v, -1) {
		t.Error(v)
	}
}

// Answers that come again, late, out of order or damaged.
func TestSequenceNumbers(t *testing.T) {
	d := newDevice()
	var kept [][]byte
	d.answer = func(s uint32, frame []byte) [][]byte {
		frame = slices.Clone(frame)
		switch s {
		case 3: // twice
			return [][]byte{frame, slices.Clone(frame)}
		case 5: // later
			kept = append(kept, frame)
			return nil
		case 6:
			return [][]byte{kept[0], frame}
		case 8:
			kept = append(kept, frame)
			return nil
		case 9: // overtaken
			return [][]byte{frame, kept[1]}
		case 2: // a handshake's, which answers no exchange
			hello := make([]byte, MaxFrame)
			return [][]byte{hello[:Floats{}.Encode(hello, 0, []float64{0})], frame}
		case 11:
			frame[10] ^= 1
			return [][]byte{frame}
		case 12:
			return [][]byte{frame[:7]}
		}
		return [][]byte{frame}
	}
	c := config(d)
	c.Watchdog = time.Second
	d.wait = func(int64) {}
	r := open(t, c)
	// A device that does not answer in lock-step is a stall; here it is known.
	link := &silent{device: d}
	r.connections[0].Link = link
	res := run(t, r, 20)
	got := res.Connections[0]
	want := Counts{Connection: "valve", Sent: 20, Answered: 16, Late: 1, Old: 2, Missed: 4, Damaged: 2}
	if res.End != nil || got != want {
		t.Errorf("%v\n%v, want\n%v", res.End, got, want)
	}
	if res.Misses != (Misses{Device: 4}) {
		t.Error(res.Misses)
	}
	// In a step without an answer the command stays; a late one counts when it is the
	// newest.
	flow := res.Recording.Signal("flow.command")
	if flow[4] != flow[3] || flow[10] != flow[9] || flow[11] != flow[9] || flow[5] == flow[4] {
		t.Error(flow)
	}
}

// silent knows that nothing is on its way.
type silent struct{ *device }

func (s *silent) Receive(t Tick, frame []byte, deadline int64) (int, error) {
	n, err := s.device.Receive(t, frame, 0)
	if err == ErrEmpty {
		err = ErrNone
	}
	return n, err
}

// narrow is Floats with numbers of 4 bits.
type narrow struct{ Floats }

func (narrow) SequenceBits() int { return 4 }

// The numbers go on with 1 after 15, and a late answer is found across that.
func TestSequenceNumbersBeginAgain(t *testing.T) {
	d := newDevice()
	var kept []byte
	n := 0
	d.answer = func(s uint32, frame []byte) [][]byte {
		n++
		switch n {
		case 15:
			kept = slices.Clone(frame)
			return nil
		case 16:
			return [][]byte{kept}
		case 17:
			return [][]byte{slices.Clone(frame), kept}
		}
		return [][]byte{frame}
	}
	c := config(&silent{d})
	c.Connections[0].Codec = narrow{}
	res := run(t, open(t, c), 40)
	if got := res.Connections[0]; got.Late != 1 || got.Old != 1 || got.Missed != 2 || got.Answered != 38 {
		t.Error(got)
	}
	if slices.Contains(d.sent, 0) || d.sent[14] != 15 || d.sent[15] != 1 {
		t.Error(d.sent)
	}
}

// A command that is older than the time-out is replaced by the safe value, until the
// device answers again. The time is simulated.
func TestTimeoutIsInSimulatedTime(t *testing.T) {
	d := newDevice()
	d.answer = func(s uint32, frame []byte) [][]byte {
		if s > 10 && s <= 60 {
			return nil
		}
		return [][]byte{frame}
	}
	c := config(&silent{d})
	c.Connections[0].Timeout = 20 * time.Millisecond
	res := run(t, open(t, c), 100)
	flow := res.Recording.Signal("flow")
	for i, v := range flow {
		safe := i >= 30 && i < 60 // the 21st exchange without an answer is in step 30
		if (v == -1) != safe {
			t.Fatalf("step %d has the flow %v", i, v)
		}
	}
	var kinds []string
	for _, e := range res.Recording.Events() {
		kinds = append(kinds, e.Kind)
	}
	if c := res.Connections[0]; c.Timeouts != 1 || !slices.Equal(kinds, []string{"timeout", "recovered"}) {
		t.Error(c, kinds)
	}
}

// A device that never answers: its channel is named, the safe values are sent.
func TestDeviceThatNeverAnswersInLockStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDevice()
		d.answer = func(s uint32, frame []byte) [][]byte {
			if s == 7 {
				return nil
			}
			return [][]byte{frame}
		}
		d.wait = func(deadline int64) { time.Sleep(time.Duration(deadline) - time.Duration(virtualNow())) }
		c := config(d)
		c.Watchdog = 300 * time.Millisecond
		told := 0
		c.OnStall = func(*StallError) { told++ }
		r := open(t, c)
		r.now = virtualNow
		res := run(t, r, 100)
		var stall *StallError
		if !errors.As(res.End, &stall) || stall.Where != "connection valve" || !slices.Equal(stall.Channels, []string{"flow"}) || stall.At.Step != 6 {
			t.Fatalf("%+v", res)
		}
		if res.Steps != 6 || res.Misses.Device != 1 || told != 1 || len(d.safe) != 2 {
			t.Errorf("%v, told %d times, %d safe frames", res, told, len(d.safe))
		}
		if res := run(t, r, 5); res.End != nil { // the rig lives
			t.Error(res)
		}
	})
}

// virtualNow is a clock of a bubble, never 0.
func virtualNow() int64 { return time.Now().UnixNano() }

// A plant that does not return: Run does, with the safe values on the link.
func TestPlantThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDevice()
		c := config(d)
		release := make(chan struct{})
		c.Plant.(*integrator).step = func(t Tick) error {
			if t.Step == 5 {
				<-release
			}
			return nil
		}
		c.Watchdog = time.Second
		r := open(t, c)
		begun := time.Now()
		res := run(t, r, 100)
		var stall *StallError
		if !errors.As(res.End, &stall) || stall.Where != "the plant" || stall.At.Step != 5 || stall.Channels[0] != "level" {
			t.Fatalf("%+v", res)
		}
		if took := time.Since(begun); took < time.Second || took > 3*time.Second {
			t.Errorf("noticed after %v", took)
		}
		if len(d.safe) != 2 || len(d.sent) != 6 {
			t.Errorf("%d safe frames, %d others", len(d.safe), len(d.sent))
		}
		if _, err := r.Run(context.Background(), Stimulus{Steps: 1}); !errors.Is(err, ErrRunning) {
			t.Errorf("while the plant hangs: %v", err)
		}
		if err := r.Close(); err != nil || d.closed != 1 {
			t.Errorf("the link of a rig whose plant hangs is not closed: %v", err)
		}
		close(release)
		synctest.Wait()
		if len(d.safe) != 2 || len(d.sent) != 6 {
			t.Error("a run that was given up goes on to use its link")
		}
		if res := run(t, r, 5); res.End != nil {
			t.Error(res)
		}
	})
}

// A paused run waits as long as it is paused, and ends as one that was not.
func TestPauseChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		want := run(t, open(t, config(newDevice())), 300).Hash
		c := config(newDevice())
		pausing := make(chan struct{})
		c.Tasks = []Task{{Every: 100, Offset: 50, Run: func(Tick, Values) error {
			pausing <- struct{}{}
			<-pausing
			return nil
		}}}
		r := open(t, c)
		go func() {
			for range 3 {
				<-pausing
				r.Pause()
				r.Pause() // twice is once
				pausing <- struct{}{}
				time.Sleep(time.Minute) // far beyond the watchdog
				r.Resume()
			}
		}()
		res := run(t, r, 300)
		if res.End != nil || res.Hash != want {
			t.Errorf("%v, want the hash %016x", res, want)
		}
	})
}

// A period that is longer than the watchdog is no stall.
func TestLongPeriodIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := config(newDevice())
		c.Rate, c.Speed = 1, 0.05
		r := open(t, c)
		r.now = virtualNow
		r.runner = func(_ context.Context, c rt.LoopConfig, step func(*rt.Tick) error) error {
			for {
				time.Sleep(c.Period)
				if err := step(&rt.Tick{}); errors.Is(err, rt.ErrStop) {
					return nil
				} else if err != nil {
					return err
				}
			}
		}
		if res := run(t, r, 5); res.End != nil || res.Steps != 5 {
			t.Error(res)
		}
	})
}

// Periods that pass in a pause are no steps and no misses.
func TestPauseOfAPacedRun(t *testing.T) {
	want := run(t, open(t, config(newDevice())), 300).Hash
	clock := &rttest.Clock{}
	clock.Advance(time.Second)
	c := config(newDevice())
	c.Mode = Paced
	var r *Rig
	c.Tasks = []Task{{Every: 1000, Offset: 50, Run: func(Tick, Values) error { r.Pause(); return nil }}}
	clock.Late = func(index int64) time.Duration {
		if index == 500 {
			r.Resume()
		}
		return 0
	}
	begun := clock.Now()
	r = open(t, c)
	paced(r, clock)
	res := run(t, r, 300)
	if res.End != nil || res.Hash != want || res.Misses != (Misses{}) || res.Steps != 300 {
		t.Errorf("%v, want the hash %016x", res, want)
	}
	if periods := (clock.Now() - begun) / 1e6; periods != 749 && periods != 750 {
		t.Errorf("%d periods have passed, want 750", periods)
	}
}

func TestContextEndsARun(t *testing.T) {
	d := newDevice()
	c := config(d)
	ctx, cancel := context.WithCancel(context.Background())
	c.Tasks = []Task{{Every: 20, Offset: 19, Run: func(Tick, Values) error { cancel(); return nil }}}
	r := open(t, c)
	res, err := r.Run(ctx, Stimulus{Steps: 1 << 40})
	if err != nil || !errors.Is(res.End, context.Canceled) || res.Steps < 20 || len(d.safe) != 2 {
		t.Error(err, res)
	}
	synctest.Test(t, func(t *testing.T) { // and a pause
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		r := open(t, config(newDevice()))
		r.Pause()
		go func() {
			time.Sleep(time.Hour)
			cancel()
		}()
		res, err := r.Run(ctx, Stimulus{Steps: 10})
		if err != nil || !errors.Is(res.End, context.Canceled) || res.Steps != 0 {
			t.Error(err, res)
		}
	})
}

// A plant that leaves all bounds ends the run with the channel's name.
func TestUnstablePlant(t *testing.T) {
	for _, bad := range []struct {
		value, trip float64
	}{{math.NaN(), 0}, {math.Inf(-1), 0}, {-3.5, 3}, {1e308, 1e300}} {
		d := newDevice()
		c := config(d)
		p := c.Plant.(*integrator)
		c.Sensors[0].Trip = bad.trip
		p.step = func(t Tick) error {
			if t.Step == 8 {
				p.x = bad.value
			}
			return nil
		}
		r := open(t, c)
		res := run(t, r, 100)
		var plant *PlantError
		if !errors.As(res.End, &plant) || !errors.Is(res.End, ErrUnstable) || plant.Channel != "level" || plant.At.Step != 9 {
			t.Errorf("%v: %v", bad, res)
		}
		if len(d.safe) != 2 {
			t.Errorf("%v: the safe values were not sent", bad.value)
		}
	}
	c := config(newDevice())
	mine := errors.New("mine")
	c.Plant.(*integrator).step = func(Tick) error { return mine }
	if res := run(t, open(t, c), 10); !errors.Is(res.End, mine) || res.Steps != 0 {
		t.Error(res)
	}
}

func TestSubRates(t *testing.T) {
	d := newDevice()
	c := config(d)
	c.Connections[0].Every = 4
	var ran []int64
	c.Tasks = []Task{{Every: 5, Offset: 2, Run: func(t Tick, v Values) error {
		ran = append(ran, t.Step)
		if len(v.Sensors) != 1 || len(v.Seen) != 1 || len(v.Setpoints) != 1 || len(v.Commands) != 1 || len(v.Actuators) != 1 {
			return errors.New("values are missing")
		}
		return nil
	}}}
	res := run(t, open(t, c), 20)
	if res.End != nil || len(d.sent) != 5 || !slices.Equal(ran, []int64{2, 7, 12, 17}) || !slices.Equal(d.sent, []uint32{1, 2, 3, 4, 5}) {
		t.Error(res, d.sent, ran)
	}
	flow := res.Recording.Signal("flow.command")
	for i := range flow {
		if flow[i] != flow[i/4*4] {
			t.Errorf("step %d has the command %v, want that of step %d", i, flow[i], i/4*4)
		}
	}
}

// A device that starts late is waited for; one that never starts is named.
func TestHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDevice()
		late := &starting{device: d, at: time.Now().Add(700 * time.Millisecond)}
		r := open(t, config(late))
		r.now = virtualNow
		if res := run(t, r, 50); res.End != nil || res.Misses != (Misses{}) {
			t.Error(res)
		}
		never := &starting{device: newDevice(), at: time.Now().Add(time.Hour)}
		r = open(t, config(never))
		r.now = virtualNow
		begun := time.Now()
		_, err := r.Run(context.Background(), Stimulus{Steps: 1})
		if !errors.Is(err, ErrNotReady) || !strings.Contains(err.Error(), "valve") || time.Since(begun) > 6*time.Second {
			t.Error(err, time.Since(begun))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := r.Run(ctx, Stimulus{Steps: 1}); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// starting takes no frame before its time.
type starting struct {
	*device
	at time.Time
}

func (s *starting) Send(t Tick, frame []byte) error {
	if time.Now().Before(s.at) {
		return ErrDown
	}
	return s.device.Send(t, frame)
}

func (s *starting) Receive(t Tick, frame []byte, deadline int64) (int, error) {
	n, err := s.device.Receive(t, frame, deadline)
	if left := deadline - virtualNow(); err == ErrEmpty && deadline != 0 && left > 0 {
		time.Sleep(time.Duration(left))
	}
	return n, err
}

// paced makes r run by a virtual clock.
func paced(r *Rig, clock *rttest.Clock) {
	r.now = clock.Now
	r.runner = func(ctx context.Context, c rt.LoopConfig, step func(*rt.Tick) error) error {
		return rttest.Run(clock, c, math.MaxInt, func(t *rt.Tick) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return step(t)
		})
	}
}

// slowDevice answers after a time of its own.
type slowDevice struct {
	*device
	clock *rttest.Clock
	takes func(sequence uint32) time.Duration
	due   int64
}

func (s *slowDevice) Send(t Tick, frame []byte) error {
	err := s.device.Send(t, frame)
	s.due = s.clock.Now()
	if len(s.sent) > 0 {
		s.due += int64(s.takes(s.sent[len(s.sent)-1]))
	}
	return err
}

func (s *slowDevice) Receive(t Tick, frame []byte, deadline int64) (int, error) {
	if wait := s.due - s.clock.Now(); wait > 0 {
		if deadline == 0 {
			return 0, ErrEmpty
		}
		if s.due > deadline {
			s.clock.Advance(time.Duration(max(0, deadline-s.clock.Now())))
			return 0, ErrEmpty
		}
		s.clock.Advance(time.Duration(wait))
		if n := len(s.sent); n > 0 && s.sent[n-1] == 51 && s.takes(51) == 50*time.Microsecond {
			s.clock.Advance(940 * time.Microsecond)
		}
	}
	return s.device.Receive(t, frame, deadline)
}

// Each miss is the rig's or the device's.
func TestMissesAreAttributed(t *testing.T) {
	clock := &rttest.Clock{}
	clock.Advance(time.Second)
	d := &slowDevice{device: newDevice(), clock: clock, takes: func(s uint32) time.Duration {
		switch s {
		case 11: // too slow
			return 700 * time.Microsecond
		case 41: // in its time, but the rig was late
			return 400 * time.Microsecond
		case 51: // in its time, but the rig does not run when its wait ends
			return 50 * time.Microsecond
		}
		return 100 * time.Microsecond
	}}
	clock.Late = func(index int64) time.Duration {
		switch index {
		case 30: // late, and the device makes up for it
			return 800 * time.Microsecond
		case 40:
			return 900 * time.Microsecond
		case 60: // a step is lost
			return 1500 * time.Microsecond
		}
		return 20 * time.Microsecond
	}
	c := config(d)
	c.Mode = Paced
	r := open(t, c)
	paced(r, clock)
	res := run(t, r, 100)
	// Of the rig: the exchange of step 40, the one of step 60, which the rig began too
	// late, and the step that it skipped.
	// And the exchange of step 50, whose answer it took too late, with the step that it
	// skipped for that.
	if res.End != nil || res.Misses != (Misses{Rig: 5, Device: 1}) || res.Steps != 100 {
		t.Fatal(res, res.Connections)
	}
	if periods := (clock.Now() - 1e9) / 1e6; periods != 100 {
		t.Errorf("100 steps took %d periods: one that is skipped is a step too", periods)
	}
	if got := res.Connections[0]; got.Late != 2 && got.Late != 3 {
		t.Error(got)
	}
	if res.Wake.Max() != 1500*time.Microsecond || res.RoundTrip.Quantile(0.5) > 104*time.Microsecond || res.RoundTrip.Quantile(0.5) < 100*time.Microsecond {
		t.Error(res.Wake.String(), res.RoundTrip.String())
	}
}

// Without a miss a paced run, at any speed, is the one in lock-step.
func TestPacedWithoutAMissIsLockStep(t *testing.T) {
	want := run(t, open(t, config(newDevice())), 500).Hash
	for _, c := range []struct {
		mode  Mode
		speed float64
	}{{Paced, 1}, {Paced, 0.5}, {Paced, 10}, {LockStep, 3}, {LockStep, 0.1}} {
		clock := &rttest.Clock{}
		clock.Advance(time.Second)
		clock.Late = func(index int64) time.Duration {
			if c.mode == LockStep && index%7 == 0 {
				return time.Second // is no event there
			}
			return time.Microsecond
		}
		begun := clock.Now()
		conf := config(newDevice())
		conf.Mode, conf.Speed = c.mode, c.speed
		r := open(t, conf)
		paced(r, clock)
		res := run(t, r, 500)
		if res.Hash != want || res.Misses != (Misses{}) || res.End != nil {
			t.Errorf("%v at %v: %v, want the hash %016x", c.mode, c.speed, res, want)
		}
		if took := float64(clock.Now() - begun); c.mode == Paced && math.Abs(took*c.speed/0.5e9-1) > 0.01 {
			t.Errorf("%v at %v took %v ns", c.mode, c.speed, took)
		}
	}
}

// The overrun policies are those of rt.
func TestOverrunPolicies(t *testing.T) {
	for policy, want := range map[rt.Overrun]Misses{rt.Skip: {Rig: 3}, rt.CatchUp(5): {Rig: 2}, rt.Rebase: {Rig: 1}, rt.Stop: {Rig: 2}} {
		clock := &rttest.Clock{}
		clock.Advance(time.Second)
		clock.Late = func(index int64) time.Duration {
			if index == 10 {
				return 2500 * time.Microsecond
			}
			return 0
		}
		c := config(&slowDevice{device: newDevice(), clock: clock, takes: func(uint32) time.Duration { return time.Microsecond }})
		c.Mode, c.Loop.Overrun = Paced, policy
		r := open(t, c)
		paced(r, clock)
		res := run(t, r, 50)
		if res.Misses != want || (policy == rt.Stop) != errors.Is(res.End, rt.ErrOverrun) || policy != rt.Stop && res.Steps != 50 {
			t.Errorf("%v: %v, want misses %v", policy, res, want)
		}
	}
}

// A free run takes the newest command that has come, and its recording replays it.
func TestFreeRunIsReplayed(t *testing.T) {
	clock := &rttest.Clock{}
	clock.Advance(time.Second)
	d := &slowDevice{device: newDevice(), clock: clock, takes: func(s uint32) time.Duration { return time.Duration(s%3) * 700 * time.Microsecond }}
	c := config(d)
	c.Mode = FreeRun
	r := open(t, c)
	paced(r, clock)
	res := run(t, r, 300)
	if res.End != nil || res.Misses != (Misses{}) || res.Connections[0].Late == 0 {
		t.Fatal(res, res.Connections)
	}
	if lock := run(t, open(t, config(newDevice())), 300); lock.Hash == res.Hash {
		t.Fatal("the free run is no other than lock-step")
	}
	dead := newDevice()
	dead.answer = func(uint32, []byte) [][]byte { panic("a replay does not ask the device") }
	again, err := open(t, config(dead)).Run(context.Background(), Stimulus{Steps: 300, Setpoints: target, Replay: res.Recording})
	if err != nil || again.Hash != res.Hash || again.End != nil || len(dead.safe) != 0 {
		t.Errorf("%v, %v, want the hash %016x", err, again, res.Hash)
	}
	other := config(newDevice())
	other.Sensors[0].Name = "height"
	if _, err := open(t, other).Run(context.Background(), Stimulus{Steps: 300, Replay: res.Recording}); err == nil {
		t.Error("the recording of another rig is replayed")
	}
	if _, err := open(t, config(newDevice())).Run(context.Background(), Stimulus{Steps: 301, Replay: res.Recording}); err == nil {
		t.Error("more steps are replayed than were recorded")
	}
}

func TestTimesQuantiles(t *testing.T) {
	var d Times
	if d.Quantile(0.5) != 0 || d.String() != "none" {
		t.Error(d.String())
	}
	for i := int64(1); i <= 100_000; i++ {
		d.Add(i * 10)
	}
	d.Add(-5)
	for _, p := range []float64{0, 0.01, 0.5, 0.9, 0.999, 1} {
		want := p * 1e6
		if got := float64(d.Quantile(p)); got < want*0.99-20 || got > want*1.04+20 {
			t.Errorf("quantile %v is %v, want about %v", p, got, want)
		}
	}
	if d.Max() != time.Millisecond || d.N() != 100_001 {
		t.Error(d.String())
	}
	for ns := int64(0); ns < 1<<14; ns++ {
		class := timesClass(ns)
		if timesUpper(class) < ns || class > 0 && timesUpper(class-1) >= ns {
			t.Fatalf("%d is in the class up to %d", ns, timesUpper(class))
		}
	}
	if c := timesClass(math.MaxInt64); c >= len(d.counts) {
		t.Error(c)
	}
}

// Every single wrong bit of a frame is found.
func TestFloatsFindsWrongBits(t *testing.T) {
	var frame [MaxFrame]byte
	values := make([]float64, MaxFloats)
	for i := range values {
		values[i] = float64(i)*1.5 - 7
	}
	n := Floats{}.Encode(frame[:], 42, values)
	got := make([]float64, MaxFloats)
	if s, err := (Floats{}).Decode(frame[:n], got); err != nil || s != 42 || !slices.Equal(got, values) {
		t.Fatal(s, err, got)
	}
	clear(got)
	for bit := range n * 8 {
		frame[bit/8] ^= 1 << (bit % 8)
		if _, err := (Floats{}).Decode(frame[:n], got); err != ErrFrame {
			t.Errorf("bit %d: %v", bit, err)
		}
		frame[bit/8] ^= 1 << (bit % 8)
	}
	if got[1] != 0 {
		t.Error("a damaged frame changes values")
	}
	for _, cut := range []int{0, 1, 8, n - 8, n - 1} {
		if _, err := (Floats{}).Decode(frame[:cut], got); err != ErrFrame {
			t.Errorf("%d bytes: %v", cut, err)
		}
	}
}

func FuzzFloatsDecode(f *testing.F) {
	var frame [MaxFrame]byte
	f.Add(frame[:Floats{}.Encode(frame[:], 7, []float64{1, math.Inf(1)})])
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		values := make([]float64, 2)
		s, err := Floats{}.Decode(b, values)
		if err != nil {
			return
		}
		var again [MaxFrame]byte
		if n := (Floats{}).Encode(again[:], s, values); string(again[:n]) != string(b) {
			t.Errorf("% x is encoded again as % x", b, again[:n])
		}
	})
}

func TestConfigsAreRefused(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"Config.Rate 0":                func(c *Config) { c.Rate = 0 },
		"divisor of 1e9, e.g. 2":       func(c *Config) { c.Rate = 3 },
		"Config.Mode":                  func(c *Config) { c.Mode = 9 },
		"Config.Speed":                 func(c *Config) { c.Speed = math.NaN() },
		"Config.Plant":                 func(c *Config) { c.Plant = nil },
		"Actuators: give at least one": func(c *Config) { c.Actuators = nil },
		"Config.Connections empty":     func(c *Config) { c.Connections = nil },
		"Config.Watchdog":              func(c *Config) { c.Watchdog = -1 },
		"Config.Record":                func(c *Config) { c.Record = -1 },
		"Config.Loop":                  func(c *Config) { c.Loop.Period = 1 },
		"two channels":                 func(c *Config) { c.Setpoints[0].Name = "level" },
		"channel without a name":       func(c *Config) { c.Sensors[0].Name = "" },
		"Max -1: must be above Min":    func(c *Config) { c.Sensors[0].Max = -1 },
		"Safe 9: must lie within":      func(c *Config) { c.Actuators[0].Safe = 9 },
		"must be finite":               func(c *Config) { c.Actuators[0].Max = math.Inf(1) },
		"Trip 1: must be":              func(c *Config) { c.Actuators[0].Trip = 1 },
		"Config.Tasks 0":               func(c *Config) { c.Tasks = []Task{{}} },
		"Link nil":                     func(c *Config) { c.Connections[0].Link = nil },
		"has one without a name":       func(c *Config) { c.Connections[0].Name = "" },
		"Every -1":                     func(c *Config) { c.Connections[0].Every = -1 },
		"Deadline 1s":                  func(c *Config) { c.Connections[0].Deadline = time.Second },
		"Timeout -1ns":                 func(c *Config) { c.Connections[0].Timeout = -1 },
		"Send x":                       func(c *Config) { c.Connections[0].Send = []string{"x"} },
		`the names are ["flow"]`:       func(c *Config) { c.Connections[0].Receive = []string{"level"} },
		"give each actuator one":       func(c *Config) { c.Connections = append(c.Connections, Connection{Name: "b", Link: newDevice()}) },
		"is the name of two":           func(c *Config) { c.Connections = append(c.Connections, c.Connections[0]) },
		"SequenceBits 0":               func(c *Config) { c.Connections[0].Codec = numberBits(0) },
	} {
		c := config(newDevice())
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "hil: ") != 1 {
			t.Errorf("want an error about %q, got %v", want, err)
		}
	}
	if _, err := open(t, config(newDevice())).Run(context.Background(), Stimulus{}); err == nil {
		t.Error("a run of no steps begins")
	}
}

type numberBits int

func (numberBits) Encode([]byte, uint32, []float64) int     { return 0 }
func (numberBits) Decode([]byte, []float64) (uint32, error) { return 0, nil }
func (b numberBits) SequenceBits() int                      { return int(b) }
