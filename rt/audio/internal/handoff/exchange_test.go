package handoff

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/atomics"
	"github.com/memkit-go/memkit/internal/testenv"
)

// clock is virtual time that a test moves.
type clock struct{ now int64 }

func (c *clock) read() int64 { return c.now }

const canary = 0xA5

// newRegion lays a region between two canaries and checks them at the end.
func newRegion(t testing.TB, c Config) *Region {
	t.Helper()
	const guard = 4096
	memory := make([]byte, max(2*guard+c.Size(), 64<<10)) // so large, it begins with a page
	for i := range memory {
		memory[i] = canary
	}
	r, err := New(memory[guard:guard+c.Size()], c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, side := range [][]byte{memory[:guard], memory[guard+c.Size():]} {
			if !bytes.Equal(side, bytes.Repeat([]byte{canary}, len(side))) {
				t.Error("memory beside the region was written")
			}
		}
	})
	return r
}

func cycle(in, out, n int) *Cycle {
	c := &Cycle{N: n}
	for range in {
		c.In = append(c.In, make([]float32, n))
	}
	for range out {
		c.Out = append(c.Out, make([]float32, n))
	}
	return c
}

func TestNewRefuses(t *testing.T) {
	good := Config{In: 1, Out: 1, MaxFrames: 8, Period: 1000, Budget: 800, Records: 4, Now: (&clock{}).read}
	for name, change := range map[string]func(*Config){
		"In": func(c *Config) { c.In = -1 }, "MaxFrames": func(c *Config) { c.MaxFrames = 0 },
		"Period": func(c *Config) { c.Period = 0 }, "Budget": func(c *Config) { c.Budget = 0 },
		"Now": func(c *Config) { c.Now = nil }, "Records": func(c *Config) { c.Records = 3 },
	} {
		c := good
		change(&c)
		if _, err := New(make([]byte, 1<<16), c); err == nil {
			t.Errorf("a wrong %s is accepted", name)
		}
	}
	if _, err := New(make([]byte, good.Size()-1), good); err == nil || !strings.Contains(err.Error(), "bytes of memory") {
		t.Errorf("too little memory: %v", err)
	}
}

// script drives both halves on one goroutine: the worker serves when the
// driver waits, if the script lets it, and is late by what the script says.
type script struct {
	*clock
	r    *Region
	p    *Worker
	lag  func() (ns int64, answer bool)
	work func(*Block)
	busy bool
	due  int64
	b    Block
}

// look is what the worker does when time has come.
func (s *script) look() {
	if !s.busy && atomics.Load32(&s.r.posted) != s.p.mine {
		lag, answer := s.lag()
		if !answer {
			lag = 1 << 62
		}
		s.p.Accept(&s.b)
		s.busy, s.due = true, s.now+lag
	}
	if s.busy && s.now >= s.due {
		s.work(&s.b)
		s.p.Done()
		s.busy = false
	}
}

// newScript makes a region whose driver, reading the clock while it waits, lets
// the worker work and time pass.
func newScript(t testing.TB, c Config) *script {
	s := &script{clock: &clock{now: 1000}}
	c.Now = func() int64 {
		if s.p != nil {
			s.now += 100
			s.look()
		}
		return s.now
	}
	c.Portable = true
	s.r = newRegion(t, c)
	// The bells would wait in real time.
	s.r.posting.signal, s.r.finishing.signal = nil, nil
	s.p = s.r.Worker()
	return s
}

// TestRandomSchedules compares with an oracle: whatever the worker's delays
// are, each cycle plays either its own output or the substitute, frames and gaps
// are right, and the counters add up.
func TestRandomSchedules(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for seed := range uint64(24) { // FuzzSchedule has the others
		checkSchedule(t, seed)
	}
}

func FuzzSchedule(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { checkSchedule(t, seed) })
}

func checkSchedule(t *testing.T, seed uint64) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	const maxFrames, period = 16, 1000
	onMiss := int(seed % 3)
	s := newScript(t, Config{In: 1, Out: 2, MaxFrames: maxFrames, Period: period, Budget: 800, OnMiss: onMiss, Records: 1024})
	s.lag = func() (int64, bool) {
		if random.IntN(4) == 0 {
			return random.Int64N(4 * period), true
		}
		return random.Int64N(300), true
	}
	var taken []Block
	s.work = func(b *Block) {
		taken = append(taken, *b)
		for ch, out := range b.Out {
			for i := range out[:b.N] {
				out[i] = b.In[0][i] * float32(ch+2)
			}
		}
	}
	d := s.r.Driver()
	var want Counters
	frame, lastOut, silenced := int64(0), []float32(nil), false
	start := s.now
	for k := range 200 {
		n := 1 + random.IntN(maxFrames)
		c := cycle(1, 2, n)
		for i := range c.In[0] {
			c.In[0][i] = float32(frame + int64(i) + 1)
		}
		if random.IntN(10) == 0 {
			c.Flags = XrunIn
			want.XrunsIn++
		}
		s.now = max(s.now, start+int64(k)*period)
		c.Begin, c.Entry = s.now, s.now
		missed := d.Exchange(c)
		want.Cycles++
		own := make([]float32, n)
		for i := range own {
			own[i] = 2 * float32(frame+int64(i)+1)
		}
		if missed {
			want.Misses++
			own = substituteOracle(onMiss, n, lastOut, &silenced)
		} else {
			lastOut = slices.Clone(own)
			if silenced {
				for i := range own {
					own[i] *= float32(i+1) / float32(n)
				}
				silenced = false
			}
		}
		if !slices.Equal(c.Out[0], own) {
			t.Fatalf("seed %d, cycle %d, missed %v: played %v, want %v", seed, k, missed, c.Out[0], own)
		}
		frame += int64(n)
	}
	got := s.r.Counters()
	want.Late = got.Late
	if got != want {
		t.Errorf("seed %d: counters %+v, want %+v", seed, got, want)
	}
	checkRecords(t, s.r, want)
	checkBlocks(t, taken, s.r)
}

// substituteOracle is the slow counterpart of substitute.
func substituteOracle(onMiss, n int, last []float32, silenced *bool) []float32 {
	out := make([]float32, n)
	if len(last) > 0 && onMiss != Silence && !*silenced {
		for i := range out {
			out[i] = last[i%len(last)]
			if onMiss == Fade {
				out[i] *= float32(n-1-i) / float32(n)
			}
		}
	}
	*silenced = onMiss == Fade
	return out
}

// checkRecords demands one record a cycle, in order, that agree with the
// counters.
func checkRecords(t *testing.T, r *Region, want Counters) {
	t.Helper()
	var got Counters
	next := int64(0)
	r.Drain(func(rec *Record) {
		got.Cycles++
		if rec.Flags&Missed != 0 {
			got.Misses++
		}
		if rec.Flags&Late != 0 {
			got.Late++
		}
		if rec.Flags&XrunIn != 0 {
			got.XrunsIn++
		}
		if rec.Frame != next || rec.End < rec.Begin {
			t.Errorf("record %+v, want frame %d", rec, next)
		}
		next += int64(rec.N)
	})
	if got != want {
		t.Errorf("records add up to %+v, want %+v", got, want)
	}
}

// checkBlocks demands that frames only go on, that a jump carries Gap, and that
// the input was that of the frame.
func checkBlocks(t *testing.T, taken []Block, r *Region) {
	t.Helper()
	end := int64(0)
	for _, b := range taken {
		if b.Frame < end {
			t.Errorf("block %d after frame %d", b.Frame, end)
		}
		if b.Frame > end && b.Flags&Gap == 0 {
			t.Errorf("block %d after frame %d without the gap flag", b.Frame, end)
		}
		end = b.Frame + int64(b.N)
	}
}

// TestStall: the worker is away for three periods and comes back after the
// driver has gone. The driver takes nothing that it writes then.
func TestStall(t *testing.T) {
	s := newScript(t, Config{Out: 1, MaxFrames: 4, Period: 1000, Budget: 800, OnMiss: Repeat, Records: 16})
	away := false
	s.lag = func() (int64, bool) { return 100, !away }
	s.work = func(b *Block) {
		for i := range b.Out[0] {
			b.Out[0][i] = 1
		}
	}
	d := s.r.Driver()
	device := cycle(0, 1, 4) // one buffer, as a device has
	play := func() bool {
		device.Begin, device.Entry = s.now, s.now
		return d.Exchange(device)
	}
	if play() {
		t.Fatal("the first cycle was missed")
	}
	away = true
	for range 3 {
		if !play() {
			t.Fatal("a cycle without a worker was not missed")
		}
	}
	s.work = func(b *Block) {
		for i := range b.Out[0] {
			b.Out[0][i] = 9
		}
	}
	s.due = 0
	s.look()
	if !slices.Equal(device.Out[0], []float32{1, 1, 1, 1}) {
		t.Errorf("the device's buffer holds %v after a late result", device.Out[0])
	}
	away = false
	s.lag = func() (int64, bool) { return 100, true }
	if play() || s.b.Flags&Gap == 0 || s.b.Frame != 16 {
		t.Errorf("the block after the stall: frame %d, flags %b", s.b.Frame, s.b.Flags)
	}
}

// TestOversize: a cycle longer than was agreed is a miss and not an overflow.
func TestOversize(t *testing.T) {
	s := newScript(t, Config{In: 1, Out: 1, MaxFrames: 4, Period: 1000, Budget: 800, Records: 16})
	s.lag = func() (int64, bool) { return 1, true }
	s.work = func(*Block) {}
	c := cycle(1, 1, 5)
	c.Begin = s.now
	if !s.r.Driver().Exchange(c) {
		t.Error("not missed")
	}
	served := false
	s.r.Driver().Inline(c, s.p, &s.b, func() { served = true })
	if served || s.r.Counters().Misses != 2 {
		t.Errorf("served %v, %+v", served, s.r.Counters())
	}
}

// TestDiscard: a block that no worker took before the driver came to rest is not
// served when it starts again.
func TestDiscard(t *testing.T) {
	s := newScript(t, Config{Out: 1, MaxFrames: 4, Period: 1000, Budget: 800, Records: 16})
	p := s.p
	s.p = nil // no worker serves
	d, c := s.r.Driver(), cycle(0, 1, 4)
	s.r.now = func() int64 { s.now += 100; return s.now }
	for range 2 {
		c.Begin = s.now
		if !d.Exchange(c) {
			t.Fatal("served")
		}
	}
	p.Discard()
	if at, ok := p.Posted(s.now); ok {
		t.Errorf("a block posted at %d is left", at)
	}
	if !d.await(atomics.Load32(&s.r.posted), s.now) {
		t.Error("the block is not the driver's again")
	}
}

func TestUnrecorded(t *testing.T) {
	s := newScript(t, Config{Out: 1, MaxFrames: 4, Period: 1000, Budget: 800, Records: 4})
	s.lag = func() (int64, bool) { return 1, true }
	s.work = func(*Block) {}
	d := s.r.Driver()
	for range 7 {
		c := cycle(0, 1, 4)
		c.Begin = s.now
		d.Exchange(c)
	}
	n := 0
	s.r.Drain(func(*Record) { n++ })
	if n != 4 || s.r.Counters().Unrecorded != 3 {
		t.Errorf("%d records, %d unrecorded", n, s.r.Counters().Unrecorded)
	}
}

// TestTwoThreads runs the real waits: futexes, and bells as on other systems.
func TestTwoThreads(t *testing.T) {
	start := time.Now()
	now := func() int64 { return monotonic(start) }
	for _, portable := range []bool{false, true} {
		r := newRegion(t, Config{
			In: 1, Out: 1, MaxFrames: 8, Period: int64(time.Second), Budget: int64(10 * time.Second), Records: 16,
			Now: now, Portable: portable,
		})
		const cycles = 200
		var wg sync.WaitGroup
		wg.Go(func() {
			p, b := r.Worker(), Block{}
			for served := 0; served < cycles; {
				if _, ok := p.Posted(now() + int64(time.Second)); !ok {
					continue
				}
				p.Accept(&b)
				for i := range b.Out[0] {
					b.Out[0][i] = -b.In[0][i]
				}
				p.Done()
				served++
			}
		})
		d, c := r.Driver(), cycle(1, 1, 8)
		for k := range cycles {
			for i := range c.In[0] {
				c.In[0][i] = float32(k*8 + i)
			}
			c.Begin = now()
			if d.Exchange(c) {
				t.Errorf("portable %v: cycle %d missed ten seconds", portable, k)
			}
			if c.Out[0][7] != -float32(k*8+7) {
				t.Fatalf("portable %v: cycle %d plays %v", portable, k, c.Out[0])
			}
		}
		wg.Wait()
	}
}

func TestAllocatesNothing(t *testing.T) {
	s := newScript(t, Config{In: 1, Out: 2, MaxFrames: 8, Period: 1000, Budget: 800, OnMiss: Fade, Records: 16})
	turn := 0
	s.lag = func() (int64, bool) { turn++; return int64(turn % 3 * 700), true }
	s.work = func(*Block) {}
	d, c := s.r.Driver(), cycle(1, 2, 8)
	if n := testing.AllocsPerRun(200, func() {
		c.Begin = s.now
		d.Exchange(c)
	}); n != 0 {
		t.Errorf("%v allocations a cycle", n)
	}
}
