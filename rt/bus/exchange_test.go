package bus

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// device is a port to a device in virtual time, with a kernel and a wire that do as
// the test says.
type device struct {
	clock *ticks
	// delay of the answer to the next command; drop loses it on the wire, full lets
	// the port refuse the command, overflow lets the kernel drop the answer, twice
	// sends it twice.
	delay                       int64
	drop, full, overflow, twice bool
	answers                     []arrival
	dropped                     uint64
}

type arrival struct {
	at     int64
	frame  []byte
	hidden int64 // the kernel hands it over so much later
}

const roundTrip = 300_000

func (d *device) Send(frame []byte) error {
	if d.full {
		return ErrFull
	}
	if d.drop {
		return nil
	}
	at := d.clock.now() + roundTrip + d.delay
	d.answers = append(d.answers, arrival{at: at, frame: slices.Clone(frame)})
	if d.overflow {
		d.answers[len(d.answers)-1].frame = nil
	}
	if d.twice {
		d.answers = append(d.answers, arrival{at: at, frame: slices.Clone(frame)})
	}
	slices.SortStableFunc(d.answers, func(a, b arrival) int { return int(a.at - b.at) })
	return nil
}

func (d *device) Receive(frame []byte) (int, int64, error) {
	for len(d.answers) > 0 && d.answers[0].at+d.answers[0].hidden <= d.clock.now() {
		a := d.answers[0]
		d.answers = d.answers[1:]
		if a.frame == nil { // dropped by the kernel: counted, not delivered
			d.dropped++
			continue
		}
		return copy(frame, a.frame), a.at, nil
	}
	return 0, 0, ErrEmpty
}

func (d *device) Dropped() uint64 { return d.dropped }
func (d *device) FD() int         { return -1 }
func (d *device) Close() error    { return nil }

func newVirtual(t testing.TB) (*Exchange, *device, *ticks) {
	t.Helper()
	clock := newTicks(1e6)
	d := &device{clock: clock}
	x, err := NewExchange(ExchangeConfig{Port: d, Period: 1e6, CommandSize: 12, AnswerSize: 12, SequenceAt: 4})
	if err != nil {
		t.Fatal(err)
	}
	x.now = clock.now
	return x, d, clock
}

// TestAttribution: faults of each kind, of random size, one at a time in quiet
// traffic. At least 95% of the late and lost answers of each kind are attributed to
// the one who held them up.
func TestAttribution(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var table [causes][causes]uint64 // by injected, by attributed
	for injected := range causes {
		for range 2000 {
			x, d, clock := newVirtual(t)
			kind := r.IntN(4)
			noise := func() int64 { return 10_000 + r.Int64N(60_000) }
			size := 1_100_000 + r.Int64N(8_000_000)
			for k := range 160 {
				late, think, after := noise(), noise(), int64(0)
				d.delay = noise()
				d.drop, d.full, d.overflow = false, false, false
				if k == 20 {
					switch injected {
					case Controller:
						switch kind {
						case 0: // computes for so long before it sends
							think = size
						case 1: // goes on after it has sent
							after = size
						default: // sends late within the period
							think = 650_000 + r.Int64N(250_000)
						}
					case Kernel:
						switch kind {
						case 0: // wakes late by more than a period
							clock.advance(size)
						case 1: // wakes late within the period
							late = 650_000 + r.Int64N(250_000)
						case 2:
							d.overflow = true
						case 3:
							d.full = true
						}
					case Wire:
						if kind < 2 {
							d.drop = true
						} else {
							d.delay = 700_000 + size
						}
					}
				}
				tick := clock.tick(late)
				x.Receive(tick)
				clock.advance(think)
				x.Send(tick, make([]byte, 12))
				clock.advance(after)
				x.StepEnded()
			}
			s := x.Stats()
			for c := range causes {
				table[injected][c] += s.LateBy[c] + s.LostBy[c]
			}
		}
	}
	for injected, row := range table {
		total := row[0] + row[1] + row[2]
		t.Logf("%v injected: attributed to controller %d, kernel %d, wire %d", Cause(injected), row[0], row[1], row[2])
		if total < 1500 {
			t.Errorf("%v: only %d of 2,000 faults made an answer late or lost", Cause(injected), total)
		}
		if float64(row[injected]) < 0.95*float64(total) {
			t.Errorf("%v: %d of %d attributed rightly", Cause(injected), row[injected], total)
		}
	}
}

// TestExchangeCounts: late, duplicate, out of order, lost, unsent and missed, each
// counted once.
func TestExchangeCounts(t *testing.T) {
	x, d, clock := newVirtual(t)
	command := make([]byte, 12)
	step := func(change func()) Answer {
		d.delay, d.drop, d.full, d.twice = 0, false, false, false
		if change != nil {
			change()
		}
		a, _ := x.Step(clock.tick(0), command)
		clock.advance(1)
		return a
	}
	if a := step(nil); a.Sequence != 0 || a.Fresh() {
		t.Errorf("the first answer: %+v", a)
	}
	step(func() { d.delay = 1_100_000 }) // 2: late, and after 3
	step(nil)                            // 3
	if a := step(func() { d.twice = true }); a.Sequence != 3 || !a.Fresh() {
		t.Errorf("after a late answer: %+v", a)
	}
	step(func() { d.drop = true }) // 5
	step(func() { d.full = true }) // 6
	clock.advance(3_000_000)       // three periods
	a := step(nil)                 // 7
	if a.Sequence != 4 || a.Age != 6 || a.Fresh() {
		t.Errorf("after an outage: %+v", a)
	}
	for range 120 {
		step(nil)
	}
	want := Stats{
		Sent: 126, Unsent: 1, Answered: 123, Late: 1, Lost: 2, Duplicate: 1, OutOfOrder: 1, Missed: 3,
		Success: 98, Decided: 100, // the two lost ones were decided at the end of their window
	}
	want.LateBy[Wire], want.LostBy[Wire], want.LostBy[Kernel] = 1, 1, 1
	got := x.Stats()
	// The last command is still open.
	if got != want {
		t.Errorf("got  %+v\nwant %+v", fields(got), fields(want))
	}
}

// TestSequenceWidths: numbers of one and two bytes wrap without a miss.
func TestSequenceWidths(t *testing.T) {
	for _, bytes := range []int{1, 2, 4} {
		clock := newTicks(1e6)
		d := &device{clock: clock}
		x, err := NewExchange(ExchangeConfig{Port: d, Period: 1e6, CommandSize: 8, AnswerSize: 8, SequenceBytes: bytes})
		if err != nil {
			t.Fatal(err)
		}
		x.now = clock.now
		n := 70_000
		for k := range n {
			a, err := x.Step(clock.tick(0), make([]byte, 8))
			if err != nil || k > 0 && (!a.Fresh() || a.Sequence != uint64(k)) {
				t.Fatalf("%d bytes, step %d: %+v, %v", bytes, k, a, err)
			}
			clock.advance(1)
		}
		if s := x.Stats(); s.Answered != uint64(n-1) || s.Late+s.Lost+s.Unexpected != 0 {
			t.Errorf("%d bytes: %v", bytes, s)
		}
	}
}

// scripted is a port that delivers what a test gives it.
type scripted struct{ frames [][]byte }

func (p *scripted) Send([]byte) error { return nil }
func (p *scripted) Receive(b []byte) (int, int64, error) {
	if len(p.frames) == 0 {
		return 0, 0, ErrEmpty
	}
	f := p.frames[0]
	p.frames = p.frames[1:]
	if len(f) > len(b) {
		return 0, 0, ErrSize
	}
	return copy(b, f), 0, nil
}
func (p *scripted) Dropped() uint64 { return uint64(len(p.frames)) }
func (p *scripted) FD() int         { return -1 }
func (p *scripted) Close() error    { return nil }

// FuzzExchange: whatever frames a device sends, the counters add up and no number
// runs away.
func FuzzExchange(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, uint8(1))
	f.Add([]byte{4, 1, 0, 0, 0, 4, 2, 0, 0, 0}, uint8(4))
	f.Fuzz(func(t *testing.T, data []byte, width uint8) {
		p := &scripted{}
		bytes := []int{1, 2, 4}[width%3]
		clock := newTicks(1e6)
		x, err := NewExchange(ExchangeConfig{Port: p, Period: 1e6, CommandSize: 4, AnswerSize: 4, SequenceBytes: bytes, Window: 5})
		if err != nil {
			t.Fatal(err)
		}
		x.now = clock.now
		steps := uint64(0)
		for len(data) > 0 && steps < 1000 {
			n := int(data[0]) % 8
			data = data[1:]
			for range n % 3 {
				size := min(n, len(data))
				p.frames = append(p.frames, data[:size])
				data = data[size:]
			}
			if n == 7 {
				clock.advance(int64(n) * 1e6)
			}
			a, err := x.Step(clock.tick(0), make([]byte, 4))
			if err != nil || a.Age < 0 || a.Sequence > steps {
				t.Fatalf("%+v, %v after %d steps", a, err, steps)
			}
			clock.advance(1)
			steps++
		}
		s := x.Stats()
		if s.Answered+s.Late+s.Lost > s.Sent || s.Success < 0 || s.Success > s.Decided || s.Decided > 100 {
			t.Fatalf("%+v", s)
		}
		if sum := s.LateBy[0] + s.LateBy[1] + s.LateBy[2]; sum != s.Late {
			t.Fatalf("%+v", s)
		}
		if s.Sent > 10 && s.Answered+s.Late+s.Lost < s.Sent-6 {
			t.Fatalf("commands that are never decided: %+v", s)
		}
	})
}

func TestExchangeConfigErrors(t *testing.T) {
	ok := ExchangeConfig{Port: &scripted{}, Period: 1, CommandSize: 8, AnswerSize: 8}
	for want, change := range map[string]func(*ExchangeConfig){
		"Port is nil":             func(c *ExchangeConfig) { c.Port = nil },
		"Period is 0s":            func(c *ExchangeConfig) { c.Period = 0 },
		"SequenceBytes is 3":      func(c *ExchangeConfig) { c.SequenceBytes = 3 },
		"CommandSize is 0":        func(c *ExchangeConfig) { c.CommandSize = 0 },
		"AnswerSize is 1501":      func(c *ExchangeConfig) { c.AnswerSize = 1501 },
		"SequenceAt is 5":         func(c *ExchangeConfig) { c.SequenceAt = 5 },
		"SequenceAt is -1":        func(c *ExchangeConfig) { c.SequenceAt = -1 },
		"Window is 121; set 2 to": func(c *ExchangeConfig) { c.Window = 121 },
	} {
		c := ok
		change(&c)
		if _, err := NewExchange(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	x, err := NewExchange(ok)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Send(newTicks(1).tick(0), make([]byte, 7)); !errors.Is(err, ErrSize) {
		t.Errorf("a command of another size: %v", err)
	}
}

// fields lets a Stats print without its String.
type fields Stats
