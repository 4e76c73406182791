package audio

import (
	"math"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/targets"
)

// Smoothing is how a [Param] goes from one value to the next. The zero value is a
// straight line of 10 ms.
type Smoothing struct {
	// Curve is Linear or OnePole.
	Curve Curve
	// Time is how long a Linear change takes, and for OnePole the time constant,
	// after which 63% of the way is done. Zero means 10 ms, below which a change
	// of gain is heard as a click; negative means at once.
	Time time.Duration
}

// Curve of a change.
type Curve uint8

const (
	// Linear reaches the target exactly, in Time.
	Linear Curve = iota
	// OnePole slows down as it comes near, and is there when the rest is below
	// 10⁻⁵ of full scale, −100 dB.
	OnePole
)

const defaultSmoothing = 10 * time.Millisecond

// Param is a value that any goroutine sets and a Processor follows, sample by
// sample. Set and Target may be called from anywhere; the rest belongs to the
// Processor.
type Param struct {
	target targets.Word

	low, high float32
	smoothing Smoothing
	shared    bool // isolates follow it
	number    int  // among the shared ones

	// Owned by the Processor. In float32 a slow change would stop short: the step
	// of a sample is then less than half of the last bit.
	value  float64
	goal   float64
	step   float64 // a sample, of Linear
	left   int     // samples to go, of Linear
	length int     // of a Linear change in samples
	factor float64 // of OnePole: share of the way left after a sample
}

// NewParam makes a parameter between low and high that begins at value, or at low where
// that is NaN.
func NewParam(low, high, value float32, s Smoothing) *Param {
	if s.Time == 0 {
		s.Time = defaultSmoothing
	}
	p := &Param{low: low, high: high, smoothing: s}
	p.store(low)
	p.store(value)
	p.Prepare(defaultRate)
	return p
}

// Set is what the value goes to, limited to low and high; NaN changes nothing. Several
// threads may set one parameter at the same time, real-time ones too.
//
// Cost: O(1), of a shared parameter O(isolates). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (p *Param) Set(v float32) {
	p.store(v)
	if p.shared {
		shared.cells.Pass(p.number, &p.target)
	}
}

// store sets the target in this process.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (p *Param) store(v float32) {
	if v == v {
		p.target.Set(min(max(v, p.low), p.high))
	}
}

// Target is the value that was set last.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (p *Param) Target() float32 { return p.target.Value() }

// Prepare sets the rate in frames a second and jumps to the target. Call it in
// Processor.Prepare.
func (p *Param) Prepare(rate float64) {
	samples := max(0, p.smoothing.Time.Seconds()*rate)
	p.length = int(math.Round(samples))
	p.factor = 0
	if samples > 0 {
		p.factor = math.Exp(-1 / samples)
	}
	p.Reset()
}

// Reset jumps to the target. Call it in Processor.Reset.
func (p *Param) Reset() {
	p.goal = float64(p.Target())
	p.value, p.left, p.step = p.goal, 0, 0
}

// near is when a OnePole has arrived, as a share of high − low.
const near = 1e-5

// Next is the value for the next sample. A new target is seen at once and
// approached from wherever the value is.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the Processor.
//
//rt:nonblocking
//rt:nonallocating
func (p *Param) Next() float32 {
	if t := float64(p.Target()); t != p.goal {
		p.aim(t)
	}
	p.advance()
	return float32(p.value)
}

// Fill writes the values for the next len(dst) samples and reports whether any
// differs from the first. The target is looked at once, so a block is smooth
// whenever it was set.
//
// Cost: O(len). Allocates: no. Blocks: no. Caller: the Processor.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound len(dst)
func (p *Param) Fill(dst []float32) (moving bool) {
	if t := float64(p.Target()); t != p.goal {
		p.aim(t)
	}
	moving = p.value != p.goal
	for i := range dst {
		p.advance()
		dst[i] = float32(p.value)
	}
	return moving
}

// aim begins a change.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the Processor.
//
//rt:nonblocking
//rt:nonallocating
func (p *Param) aim(target float64) {
	p.goal = target
	p.left = p.length
	if p.left > 0 {
		p.step = (p.goal - p.value) / float64(p.left)
	}
}

// advance moves the value by one sample.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the Processor.
//
//rt:nonblocking
//rt:nonallocating
func (p *Param) advance() {
	switch {
	case p.value == p.goal:
	case p.smoothing.Curve == OnePole && p.factor > 0:
		rest := (p.value - p.goal) * p.factor
		p.value = p.goal + rest
		if max(rest, -rest) <= near*float64(p.high-p.low) {
			p.value = p.goal
		}
	case p.smoothing.Curve == Linear && p.left > 1:
		p.left--
		p.value += p.step
	default:
		p.left = 0
		p.value = p.goal
	}
}
