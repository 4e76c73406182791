package rt

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/testenv"
	"github.com/memkit-go/memkit/rt/internal/machine"
)

// master is another machine's clock, on a virtual one of this machine.
type master struct {
	now    int64
	start  float64 // its first moment, number base
	base   int64
	period float64
}

func (m *master) system() *machine.System {
	return &machine.System{
		Now:      func() int64 { return m.now },
		SleepRaw: func(until int64) syscall.Errno { m.now = max(m.now, until); return 0 },
	}
}

// last is the master's last moment before t, and its number.
func (m *master) last(t int64) (at int64, number int64) {
	n := math.Floor((float64(t) - m.start) / m.period)
	return int64(math.Round(m.start + n*m.period)), m.base + int64(n)
}

const ms = int64(time.Millisecond)

func follow(t *testing.T, phase, ppm float64, c DisciplinedConfig) (*master, *Disciplined) {
	t.Helper()
	m := &master{now: 5_000_000_000, period: float64(ms) * (1 + ppm/1e6)}
	m.start = float64(m.now) + phase - 100*m.period
	c.Period = time.Millisecond
	d, err := newDisciplined(c, m.system())
	if err != nil {
		t.Fatal(err)
	}
	return m, d
}

// run goes through n activations, each of which has the reference that see makes of the
// master's last moment, and returns how far each was from the master's nearest.
func (m *master) run(t *testing.T, d *Disciplined, n int, see func(k int, at int64) int64) []float64 {
	t.Helper()
	errs := make([]float64, 0, n)
	for k := 0; k < n; {
		due, ok := d.Wait(m.now + 10*ms)
		if !ok {
			t.Fatalf("activation %d at %d did not come", k, due)
		}
		tick := Tick{Index: int64(k), Intended: due, Now: m.now}
		at, _ := m.last(due)
		e := math.Remainder(float64(due)-m.start, m.period)
		errs = append(errs, e)
		if at = see(k, at); at != math.MinInt64 {
			d.Reference(&tick, at)
		}
		m.now += 50_000
		k++
	}
	return errs
}

func exact(_ int, at int64) int64 { return at }

func largestError(errs []float64) (most float64) {
	for _, e := range errs {
		most = max(most, math.Abs(e))
	}
	return most
}

// TestDisciplinedLocks: from any phase, also half a period away where it wraps, a drift
// of 50 ppm either way is locked to within a second, and the phase error is then at
// most a microsecond.
func TestDisciplinedLocks(t *testing.T) {
	testenv.SkipInRaceRun(t)
	for _, ppm := range []float64{50, -50, 0, 200} {
		for phase := 0.0; phase < 1e6; phase += 1e6 / 16 {
			m, d := follow(t, phase, ppm, DisciplinedConfig{})
			errs := m.run(t, d, 3000, exact)
			s := d.Stats()
			if !s.Locked || s.LockTime > time.Second || s.Unlocks != 0 {
				t.Errorf("phase %g, %g ppm: %v", phase, ppm, s)
			}
			if e := largestError(errs[1000:]); e > 1000 {
				t.Errorf("phase %g, %g ppm: phase error %g ns after a second", phase, ppm, e)
			}
			if math.Abs(s.Drift-ppm) > 1 {
				t.Errorf("phase %g, %g ppm: %v", phase, ppm, s)
			}
		}
	}
}

// TestDisciplinedOffset: an activation comes by the offset after the other clock's moment.
func TestDisciplinedOffset(t *testing.T) {
	for _, offset := range []time.Duration{200 * time.Microsecond, -300 * time.Microsecond} {
		m, d := follow(t, 400_000, 50, DisciplinedConfig{Offset: offset})
		errs := m.run(t, d, 2000, exact)
		if e := errs[1999] - float64(offset); math.Abs(e) > 1000 {
			t.Errorf("offset %v: an activation is %g ns away from it", offset, e)
		}
	}
}

// recordedJitter is the wake latencies of a loop, in ns: a Strict loop of 1 kHz next to
// four busy goroutines (2-core virtual machine), 4,000 ticks.
func recordedJitter(t *testing.T) []int64 {
	t.Helper()
	f, err := os.Open("testdata/wake-jitter.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []int64
	for s := bufio.NewScanner(f); s.Scan(); {
		if s.Text() == "" || s.Text()[0] == '#' {
			continue
		}
		v, err := strconv.ParseInt(s.Text(), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) < 1000 {
		t.Fatalf("%d latencies", len(all))
	}
	return all
}

// spread is the distance of the 1st and the 99th percentile, and the standard deviation.
func spread(v []float64) (p98, deviation float64) {
	s := slices.Sorted(slices.Values(v))
	mean := 0.0
	for _, x := range s {
		mean += x / float64(len(s))
	}
	for _, x := range s {
		deviation += (x - mean) * (x - mean) / float64(len(s))
	}
	return s[len(s)*99/100] - s[len(s)/100], math.Sqrt(deviation)
}

// TestDisciplinedJitter: fed with references that are late by recorded wake latencies,
// the activations spread by no more than 1.2 times as much, and the lock holds.
func TestDisciplinedJitter(t *testing.T) {
	jitter := recordedJitter(t)
	m, d := follow(t, 499_000, 50, DisciplinedConfig{})
	fed := make([]float64, 0, 30_000)
	errs := m.run(t, d, 30_000, func(k int, at int64) int64 {
		j := jitter[k*7919%len(jitter)]
		fed = append(fed, float64(j))
		return at + j
	})
	outP, outD := spread(errs[1000:])
	inP, inD := spread(fed[1000:])
	if outP > 1.2*inP || outD > 1.2*inD {
		t.Errorf("activations spread by %.0f ns (deviation %.0f), references by %.0f (%.0f)", outP, outD, inP, inD)
	}
	if s := d.Stats(); !s.Locked || s.Unlocks != 0 || s.LockTime > time.Second {
		t.Errorf("%v", s)
	}
}

// TestDisciplinedCountsTicks: in 1e6 activations with drift that wanders and noise, each
// period of the master has one: none is lost, none comes twice.
func TestDisciplinedCountsTicks(t *testing.T) {
	testenv.SkipInRaceRun(t)
	r := rand.New(rand.NewPCG(3, 4))
	m, d := follow(t, 500_000, 50, DisciplinedConfig{Offset: 500 * time.Microsecond})
	before := int64(math.MinInt64)
	const n = 1_000_000
	for k := range n {
		due, ok := d.Wait(m.now + 10*ms)
		if !ok {
			t.Fatalf("activation %d at %d did not come", k, due)
		}
		at, number := m.last(due)
		if k > 1000 && number != before+1 {
			t.Fatalf("activation %d is in the master's period %d, the one before in %d", k, number, before)
		}
		before = number
		d.Reference(&Tick{Intended: due}, at+int64(r.ExpFloat64()*20_000))
		m.now += 50_000
		if k%1000 == 0 { // the drift changes, between two moments
			n := math.Floor((float64(m.now) - m.start) / m.period)
			m.start += n * m.period
			m.base += int64(n)
			m.period = float64(ms) * (1 + (r.Float64()*200-100)/1e6)
		}
	}
	if s := d.Stats(); s.References != n || s.Rejected != 0 {
		t.Errorf("%v", s)
	}
}

// TestDisciplinedHalfAPeriod: noise around the place where the phase wraps does not
// turn the servo back and forth.
func TestDisciplinedHalfAPeriod(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m, d := follow(t, 500_000, 0, DisciplinedConfig{})
	m.run(t, d, 1000, func(_ int, at int64) int64 { return at + int64(r.NormFloat64()*10_000) })
	if s := d.Stats(); !s.Locked || s.LockTime > 400*time.Millisecond {
		t.Errorf("%v", s)
	}
}

// TestDisciplinedSlew: no period differs by more than MaxSlew.
func TestDisciplinedSlew(t *testing.T) {
	for _, phase := range []float64{300_000, 700_000} {
		m, d := follow(t, phase, 0, DisciplinedConfig{MaxSlew: 100})
		before := int64(0)
		for k := range 8000 {
			due, ok := d.Wait(m.now + 10*ms)
			if !ok {
				t.Fatal("an activation did not come")
			}
			if change := due - before - ms; before != 0 && max(change, -change) > 101 {
				t.Fatalf("phase %g: period %d is longer by %d ns", phase, k, change)
			}
			before = due
			at, _ := m.last(due)
			d.Reference(&Tick{Intended: due}, at)
			m.now += 50_000
		}
		if s := d.Stats(); !s.Locked || math.Abs(float64(s.Phase)) > 1000 {
			t.Errorf("phase %g: %v", phase, s)
		}
	}
}

// TestDisciplinedFractions: a drift of a third of a nanosecond a period adds up while
// no reference comes.
func TestDisciplinedFractions(t *testing.T) {
	for _, ppm := range []float64{1. / 3, -1. / 3} {
		m, d := follow(t, 0, ppm, DisciplinedConfig{})
		m.run(t, d, 20_000, exact)
		errs := m.run(t, d, 900, func(int, int64) int64 { return math.MinInt64 })
		if e := largestError(errs); e > 50 {
			t.Errorf("%g ppm: %g ns away after 900 silent periods, in which the other clock moves by 300", ppm, e)
		}
	}
}

// TestDisciplinedFaults: a clock that steps, times that are none, and silence.
func TestDisciplinedFaults(t *testing.T) {
	m, d := follow(t, 0, 50, DisciplinedConfig{})
	m.run(t, d, 1000, exact)
	for _, at := range []int64{0, -1, math.MinInt64, math.MaxInt64, m.now + 3600e9, 1} {
		d.Reference(&Tick{Intended: m.now}, at)
	}
	if s := d.Stats(); s.Rejected != 6 || !s.Locked {
		t.Errorf("times that are none: %v", s)
	}
	if e := largestError(m.run(t, d, 100, exact)); e > 1000 {
		t.Errorf("times that are none moved the phase by %g ns", e)
	}
	// It steps by 0.4 periods: the lock is lost, found again, and no activation with it.
	m.start += 400_000
	errs := m.run(t, d, 2000, exact)
	if s := d.Stats(); s.Unlocks != 1 || s.Jumps != 2 || !s.Locked || s.LockTime > time.Second {
		t.Errorf("after a step: %v", s)
	}
	if e := largestError(errs[1000:]); e > 1000 {
		t.Errorf("after a step: %g ns", e)
	}
	// Silence: the rate is held, and after a second the clock says that it is alone.
	errs = m.run(t, d, 900, func(int, int64) int64 { return math.MinInt64 })
	if e := largestError(errs); e > 2000 || !d.Stats().Locked {
		t.Errorf("900 silent periods: %g ns, %v", e, d.Stats())
	}
	m.run(t, d, 200, func(int, int64) int64 { return math.MinInt64 })
	if s := d.Stats(); s.Locked || s.Unlocks != 2 {
		t.Errorf("1,100 silent periods: %v", s)
	}
	// The references before the silence do not count for the next lock.
	m.run(t, d, lockAt-1, exact)
	if s := d.Stats(); s.Locked {
		t.Errorf("%d references after the silence: %v", lockAt-1, s)
	}
	m.run(t, d, 100, exact)
	if s := d.Stats(); !s.Locked || s.Unlocks != 2 || s.LockTime > 200*time.Millisecond {
		t.Errorf("locked again: %v", s)
	}
}

// TestDisciplinedOverrun: the activations that a long step lets pass are reported lost,
// each once, and the phase is kept.
func TestDisciplinedOverrun(t *testing.T) {
	m, d := follow(t, 0, 0, DisciplinedConfig{})
	first, ok := d.Wait(m.now + 10*ms)
	if !ok {
		t.Fatal("no activation")
	}
	m.now += 3*ms + 1
	var got []string
	for range 4 {
		due, ok := d.Wait(m.now + 10*ms)
		got = append(got, fmt.Sprint((due-first)/ms, ok))
	}
	if want := []string{"1 false", "2 false", "3 false", "4 true"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if due, ok := d.Wait(m.now + ms/2); due != 0 || ok || m.now != first+4*ms+ms/2 {
		t.Errorf("a wait that the loop limits: %d, %v, at %d", due, ok, m.now-first)
	}
}

func TestDisciplinedConfig(t *testing.T) {
	for field, c := range map[string]DisciplinedConfig{
		"DisciplinedConfig.Period":     {},
		"DisciplinedConfig.Offset":     {Period: time.Millisecond, Offset: time.Millisecond},
		"DisciplinedConfig.MaxSlew":    {Period: time.Millisecond, MaxSlew: math.NaN()},
		"DisciplinedConfig.LockWithin": {Period: time.Millisecond, LockWithin: time.Millisecond},
	} {
		_, err := NewDisciplined(c)
		wantConfigError(t, err, field)
	}
}

func TestDisciplinedAllocates(t *testing.T) {
	m, d := follow(t, 0, 50, DisciplinedConfig{})
	tick := new(Tick)
	if n := testing.AllocsPerRun(100, func() {
		due, _ := d.Wait(m.now + 10*ms)
		tick.Intended = due
		d.Reference(tick, due)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
