package rt

import (
	"fmt"
	"math"
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// DisciplinedConfig shapes a [Disciplined] clock. Only Period must be set.
type DisciplinedConfig struct {
	// Period of the clock that is followed, as this machine measures it; the servo
	// makes up for the difference.
	Period time.Duration
	// Offset is how long after the other clock's moment an activation is due, or, when
	// it is negative, before. Less than a period.
	Offset time.Duration
	// MaxSlew bounds by how much a period is lengthened or shortened, in parts per
	// million. 0 means 5,000: half of a period, the most that the phase can be wrong,
	// is made up for in 100 periods.
	MaxSlew float64
	// LockWithin is how far the mean of the references may be from where it is expected
	// for the clock to be in phase. 0 means a fiftieth of the period.
	LockWithin time.Duration
}

// Disciplined is a clock of a loop that keeps in phase with the clock of another machine: a robot's
// controller, a bus master, a camera. It tells the loop when to begin, and the step
// tells it when the other clock's moments were:
//
//	d, err := rt.NewDisciplined(rt.DisciplinedConfig{Period: time.Millisecond})
//	loop, err := rt.NewLoop(rt.LoopConfig{Period: time.Millisecond, Trigger: d.Wait})
//	loop.Run(ctx, func(t *rt.Tick) error {
//		d.Reference(t, packet.At) // on the clock of rt.Now
//
// The servo is proportional and integral and critically damped, with a time constant of
// 40 periods that grows to 320 once it is locked, and moves an activation by no more than MaxSlew: an activation is never
// repeated nor left out in order to correct the phase. The phase is followed around
// the period, so that noise where it is half a period away does not turn the servo
// back and forth, and a single reference that is far off does not move the clock.
//
// Wait and Reference belong to the loop's thread; Stats may be called from any
// goroutine.
type Disciplined struct {
	sys            *machine.System
	period, offset int64
	slew, within   float64

	due     int64
	ran     bool       // the activation at due has begun
	correct float64    // of the next period
	rest    float64    // the fraction of a nanosecond that is still to be corrected
	errors  [3]float64 // the last ones, followed around the period, as of now
	median  float64    // of errors: one late reference does not move the clock
	mean    float64    // of the median, over 16 references
	gain    float64    // the proportional one
	rate    float64    // the integrator: by how much a period differs, in ns
	known   bool       // there has been a reference
	recent  uint64     // after which of the last 64 references the mean was in phase
	steady  int        // references since the lock
	silent  int        // activations since the last one
	begun   int64      // when the search for the phase began

	locked, lockNs, unlocks, rejected, references, jumps atomic.Int64
	phaseBits, rateBits                                  atomic.Uint64
}

const (
	// widest is the servo's proportional gain while it searches: a time constant of 40
	// periods. When it has been locked for as long as the rest of the error takes to
	// pass, the gain narrows to an eighth, by half a percent a period, so that noise
	// moves the clock less.
	widest    = 0.05
	settled   = 512
	narrowest = widest / 8
	narrowing = 0.995
	// lockAt and unlockAt are how many of the last 64 references must be in phase to
	// lock, and to stay so: apart, so that noise does not toggle.
	lockAt, unlockAt = 60, 32
	// holdover is after how many activations without a reference the clock is not
	// locked any more: at 50 ppm uncorrected it would be 5% of a period away.
	holdover = 1000
	// absurd is how many periods from its activation a reference may be; farther ones
	// are of a clock that was set, or no times at all.
	absurd = 1000
)

// NewDisciplined checks the config. Errors: *ConfigError.
func NewDisciplined(c DisciplinedConfig) (*Disciplined, error) {
	return newDisciplined(c, &machine.Host)
}

func newDisciplined(c DisciplinedConfig, s *machine.System) (*Disciplined, error) {
	wrong := func(field string, value any, reason, remedy string) (*Disciplined, error) {
		return nil, configError("DisciplinedConfig."+field, fmt.Sprint(value), reason, remedy)
	}
	if c.MaxSlew == 0 {
		c.MaxSlew = 5000
	}
	if c.LockWithin == 0 {
		c.LockWithin = c.Period / 50
	}
	switch {
	case c.Period < shortestPeriod:
		return wrong("Period", c.Period, "is shorter than a wake-up costs", fmt.Sprintf("give at least %v", shortestPeriod))
	case c.Offset <= -c.Period || c.Offset >= c.Period:
		return wrong("Offset", c.Offset, "is a period or more", "give a part of the period")
	case !(c.MaxSlew > 0 && c.MaxSlew <= 100_000):
		return wrong("MaxSlew", c.MaxSlew, "must be above 0 and at most 100,000 ppm", "give e.g. 5000, or 0 for that")
	case c.LockWithin < 0 || c.LockWithin > c.Period/4:
		return wrong("LockWithin", c.LockWithin, "must be at most a quarter of the period", "give e.g. 20*time.Microsecond, or 0 for a fiftieth of the period")
	}
	return &Disciplined{
		sys: s, period: int64(c.Period), offset: int64(c.Offset),
		slew: float64(c.Period) * c.MaxSlew / 1e6, within: float64(c.LockWithin), gain: widest,
	}, nil
}

// Wait is the loop's [Trigger]. An activation whose time has passed when the step before
// it ends is skipped.
func (d *Disciplined) Wait(until int64) (due int64, ok bool) {
	now := d.sys.Now()
	switch {
	case d.due == 0:
		d.due, d.begun = now+d.period, now
	case d.ran:
		d.advance()
	}
	if now > d.due {
		due, d.ran = d.due, true
		return due, false
	}
	if end := min(until, d.due); d.sys.SleepRaw(end) != 0 || end != d.due {
		return 0, false
	}
	d.ran = true
	return d.due, true
}

// advance sets the next activation, one corrected period on.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (d *Disciplined) advance() {
	exact := d.correct + d.rest
	whole := math.Round(exact)
	d.rest = exact - whole
	d.due += d.period + int64(whole)
	for i := range d.errors {
		d.errors[i] -= whole
	}
	d.median -= whole
	d.mean -= whole
	d.correct = d.rate // without a reference the rate is held
	d.ran = false
	if d.silent++; d.silent == holdover {
		d.unlock()
	}
}

// Reference says when a moment of the other clock was, on the clock of [Now]: any moment of
// its that is whole periods away from the others. Call it in a step, at most once, with the
// step's tick. A time that cannot be one is counted and left out.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (d *Disciplined) Reference(t *Tick, at int64) {
	apart := at - t.Intended
	if at <= 0 || apart > absurd*d.period || apart < -absurd*d.period {
		d.rejected.Add(1)
		return
	}
	d.references.Add(1)
	d.silent = 0
	d.enter(float64(apart + d.offset))
	if d.steady++; d.locked.Load() == 0 {
		d.steady = 0
	} else if d.steady > settled {
		d.gain = max(d.gain*narrowing, narrowest)
	}
	integral := d.gain * d.gain / 4 // critical damping
	wanted := d.gain*d.median + d.rate + integral*d.median
	d.correct = min(max(wanted, -d.slew), d.slew)
	if wanted == d.correct { // else the integrator would wind up
		d.rate += integral * d.median
	}
	d.phaseBits.Store(math.Float64bits(d.median))
	d.rateBits.Store(math.Float64bits(d.rate))
	d.updateLock(math.Abs(d.mean) <= d.within)
}

// enter takes the error of a reference, which is known around the period only: it is
// the one next to the median.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (d *Disciplined) enter(e float64) {
	if !d.known {
		d.known = true
		e = d.around(e)
		d.errors = [3]float64{e, e, e}
		d.median, d.mean = e, e
		return
	}
	step := d.around(e - d.median)
	if math.Abs(step) > float64(d.period)/4 {
		d.jumps.Add(1)
	}
	d.errors[0], d.errors[1], d.errors[2] = d.errors[1], d.errors[2], d.median+step
	before := d.median
	d.median = max(min(d.errors[0], d.errors[1]), min(max(d.errors[0], d.errors[1]), d.errors[2]))
	if math.Abs(d.median-before) > float64(d.period)/4 {
		d.mean = d.median // the clock has stepped
	}
	d.mean += (d.median - d.mean) / 16
	if far := d.median - d.around(d.median); math.Abs(d.median) > 0.75*float64(d.period) {
		d.median -= far
		d.mean -= far
		for i := range d.errors {
			d.errors[i] -= far
		}
	}
}

// around is e on the way around the period: within half of it.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (d *Disciplined) around(e float64) float64 {
	p := float64(d.period)
	return e - p*math.Round(e/p)
}

// updateLock enters a reference into the lock indicator.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (d *Disciplined) updateLock(inPhase bool) {
	d.recent <<= 1
	if inPhase {
		d.recent |= 1
	}
	n := bits.OnesCount64(d.recent)
	switch {
	case d.locked.Load() == 0 && n >= lockAt:
		d.locked.Store(1)
		d.lockNs.Store(d.sys.Now() - d.begun)
	case d.locked.Load() != 0 && n < unlockAt:
		d.unlock()
	}
}

// unlock begins the search for the phase anew.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
func (d *Disciplined) unlock() {
	if d.locked.Swap(0) != 0 {
		d.unlocks.Add(1)
		d.begun, d.recent, d.gain = d.sys.Now(), 0, widest
	}
}

// DisciplinedStats says how a [Disciplined] clock follows the other one.
type DisciplinedStats struct {
	// Locked: after at least 60 of the last 64 references the clock was in phase, and has not since
	// been out of phase after more than half.
	Locked bool
	// LockTime is how long the last search for the phase took, from the first
	// activation or the loss of the lock on.
	LockTime time.Duration
	// Unlocks counts losses of the lock.
	Unlocks int64
	// Phase is by how much the last activation was early against the last reference
	// and the offset, negative when it was late.
	Phase time.Duration
	// Drift is by how much the other clock's period is longer than Period, in parts
	// per million.
	Drift float64
	// References counts the times that were used, Rejected those that could not be
	// one, Jumps those that were more than a quarter of a period from the median of the
	// three before: a clock that was set, or a late packet.
	References, Rejected, Jumps int64
}

// Stats is a snapshot. Its fields may be one activation apart.
func (d *Disciplined) Stats() DisciplinedStats {
	return DisciplinedStats{
		Locked: d.locked.Load() != 0, LockTime: time.Duration(d.lockNs.Load()), Unlocks: d.unlocks.Load(),
		Phase:      time.Duration(math.Float64frombits(d.phaseBits.Load())),
		Drift:      math.Float64frombits(d.rateBits.Load()) / float64(d.period) * 1e6,
		References: d.references.Load(), Rejected: d.rejected.Load(), Jumps: d.jumps.Load(),
	}
}

// String is "locked after 312ms, phase 120ns, drift 50.0 ppm, 1000 references".
func (s DisciplinedStats) String() string {
	state := "not locked"
	if s.Locked {
		state = fmt.Sprintf("locked after %v", s.LockTime)
	}
	return fmt.Sprintf("%s, phase %v, drift %.1f ppm, %d references, %d rejected, %d jumps, %d losses of the lock",
		state, s.Phase, s.Drift, s.References, s.Rejected, s.Jumps, s.Unlocks)
}
