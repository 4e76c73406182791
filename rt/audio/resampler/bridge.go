package resampler

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/ring"
)

// Bridge carries sound from one device to another, see the package's doc.
type Bridge struct {
	config Config
	memory *arena.Arena

	// The first device's side.
	in       clock
	samples  *ring.StreamWriter[float32]
	publish  *ring.LatestWriter[edge]
	overruns atomic.Uint64

	// The second device's side.
	out      clock
	source   *ring.StreamReader[float32]
	newest   *ring.LatestReader[edge]
	kernel   *kernel
	loop     loop
	step     float64     // nominal input frames for an output frame
	target   float64     // input frames between the devices
	history  [][]float32 // a channel each: input frames from base on
	filled   int         // frames in history
	position float64     // of the next output frame, in frames of history
	taken    uint64      // frames taken from the stream, which end history
	playing  bool
	within   float64 // s for which the level has been at the target
	stats    Stats
}

// edge is where the first device's clock stood at its latest block.
type edge struct {
	Count        uint64
	Time, Period float64
	Continuous   bool
}

// New makes a Bridge, with its memory locked where that is allowed.
func New(c Config) (*Bridge, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	step := float64(c.InRate) / float64(c.OutRate)
	need := int(math.Ceil(float64(c.OutFrames)*step*(1+limit))) + 1 // input frames for a block
	target := float64(c.InFrames + need + taps/2 + c.Margin)
	capacity := ceilPow2((int(target)*2 + 2*c.InFrames) * c.Channels)

	streamBytes, edgeBytes := ring.StreamSize[float32](capacity), ring.LatestSize[edge]()
	split := (streamBytes + 63) &^ 63
	memory, err := arena.New(arena.Config{Name: "resampler", Size: split + edgeBytes})
	if err != nil {
		return nil, errkind.Wrapf(err, "arena", "resampler")
	}
	b := &Bridge{
		config: c, memory: memory,
		in: clock{nominal: 1 / float64(c.InRate)}, out: clock{nominal: 1 / float64(c.OutRate)},
		kernel: newKernel(step), loop: loop{rate: float64(c.InRate)},
		step: step, target: target,
	}
	b.stats = Stats{Ratio: step, Target: target}
	// The history holds the taps before the position, and what a block needs.
	frames := taps + need + 2
	b.history = make([][]float32, c.Channels)
	for i := range b.history {
		b.history[i] = make([]float32, frames)
	}
	region := memory.Bytes()
	if err := errors.Join(b.openStream(region[:streamBytes], capacity), b.openEdge(region[split:split+edgeBytes])); err != nil {
		return nil, errors.Join(fmt.Errorf("resampler: %w", err), memory.Close())
	}
	return b, nil
}

func (b *Bridge) openStream(region []byte, capacity int) error {
	s, err := ring.CreateStream[float32](region, capacity)
	if err != nil {
		return err
	}
	if b.samples, err = s.Writer(); err != nil {
		return err
	}
	b.source, err = s.Reader()
	return err
}

func (b *Bridge) openEdge(region []byte) error {
	l, err := ring.CreateLatest[edge](region)
	if err != nil {
		return err
	}
	if b.publish, err = l.Writer(); err != nil {
		return err
	}
	b.newest, err = l.Reader()
	return err
}

// Delay is from Write to Read once the Bridge is locked, in frames of the first device.
func (b *Bridge) Delay() float64 { return b.target + taps/2 }

// Close gives the memory back. Both devices must have stopped.
func (b *Bridge) Close() error { return b.memory.Close() }

// Write takes a block of the first device, one slice a channel, and the time at
// which it was complete, in nanoseconds of a steady clock that both devices share.
// It returns false when the block does not fit and is lost, or when its shape is not
// that of the Config.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the first device's thread.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound frames times channels
func (b *Bridge) Write(block [][]float32, at int64) bool {
	if len(block) != b.config.Channels {
		return false
	}
	frames := len(block[0])
	if frames > b.config.InFrames {
		return false
	}
	first, second := b.samples.Reserve(frames * len(block))
	whole := len(first)+len(second) == frames*len(block)
	for c, channel := range block {
		if len(channel) != frames {
			return false
		}
		if !whole {
			continue
		}
		for i, v := range channel {
			if v-v != 0 {
				v = 0 // not finite: it would spoil 64 samples
			}
			if at := i*len(block) + c; at < len(first) {
				first[at] = v
			} else {
				second[at-len(first)] = v
			}
		}
	}
	if !whole {
		b.overruns.Add(1)
		return false
	}
	b.samples.Commit(frames * len(block))
	continuous := b.in.update(frames, float64(at)/1e9)
	b.publish.Store(edge{b.in.count, b.in.time, b.in.period, continuous})
	return true
}

// Read fills a block for the second device, one slice a channel, at the time at
// which the device asks for it. Until the first device has delivered enough, and
// when it is late, the block is silent. It returns false for a block that is silent,
// in part or in whole, or whose shape is not that of the Config.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the second device's thread.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound frames times channels times 64 taps
func (b *Bridge) Read(block [][]float32, at int64) bool {
	if len(block) != b.config.Channels {
		return false
	}
	frames := len(block[0])
	if frames == 0 || frames > b.config.OutFrames {
		return false
	}
	for _, channel := range block {
		if len(channel) != frames {
			return false
		}
	}
	newest, _ := b.newest.View()
	continuous := b.out.update(frames, float64(at)/1e9)
	if newest.Count == 0 {
		silence(block)
		return false
	}
	// The first device's frames up to now, between its blocks too.
	written := float64(newest.Count) + (b.out.time-newest.Time)/newest.Period
	if !b.playing {
		return b.start(block, written)
	}
	level := written - (float64(b.taken) - float64(b.filled) + b.position)
	miss := level - b.target
	if math.Abs(miss) > max(float64(b.config.InFrames), b.target/2) {
		b.stats.Jumps++
		b.playing = false
		b.loop.restart()
		return b.start(block, written)
	}
	if !continuous || !newest.Continuous {
		miss = 0 // a time that jumped says nothing of the level
	}
	seconds := float64(frames) / float64(b.config.OutRate)
	ratio := b.step * b.loop.update(miss, seconds)
	b.report(ratio, level, miss, seconds)
	return b.play(block, ratio)
}

// start begins at the target's distance from now, once there are enough frames.
func (b *Bridge) start(block [][]float32, written float64) bool {
	silence(block)
	position := written - b.target
	if position < taps || written < b.target {
		return false
	}
	// Frames before the first tap are not needed any more.
	skip := int64(position) - taps/2 + 1 - int64(b.taken)
	if skip < 0 {
		// Frames that are gone: the level falls to its place by itself.
		skip = 0
	}
	first, second := b.source.Peek(int(skip) * len(block))
	n := (len(first) + len(second)) / len(block)
	b.source.Release(n * len(block))
	b.taken += uint64(n)
	b.filled = 0
	b.position = position - float64(b.taken)
	b.playing = n == int(skip) && b.position >= taps/2-1
	if !b.playing {
		return false
	}
	return b.play(block, b.step*(1+b.loop.integral))
}

// play interpolates a block.
func (b *Bridge) play(block [][]float32, ratio float64) bool {
	frames := len(block[0])
	at := func(i int) float64 { return b.position + float64(i)*ratio }
	b.fill(block, int(at(frames-1))+taps/2+1)
	can := frames
	for can > 0 && int(at(can-1))+taps/2+1 > b.filled {
		can--
	}
	if can < frames {
		b.stats.Underruns++
	}
	for c, channel := range block {
		history := b.history[c]
		for i := range channel[:can] {
			p := at(i)
			whole := int(p)
			channel[i] = b.kernel.at(history[whole-taps/2+1:], p-float64(whole))
		}
		clear(channel[can:])
	}
	b.position += float64(frames) * ratio
	b.drop()
	return can == frames
}

// fill takes frames from the first device until the history has so many, or as many
// as there are.
func (b *Bridge) fill(block [][]float32, want int) {
	channels := len(block)
	want = min(want, len(b.history[0]))
	n := want - b.filled
	if n <= 0 {
		return
	}
	first, second := b.source.Peek(n * channels)
	n = (len(first) + len(second)) / channels
	for c := range channels {
		to := b.history[c][b.filled : b.filled+n]
		for i := range to {
			if at := i*channels + c; at < len(first) {
				to[i] = first[at]
			} else {
				to[i] = second[at-len(first)]
			}
		}
	}
	b.source.Release(n * channels)
	b.filled += n
	b.taken += uint64(n)
}

// drop forgets the frames before the first tap of the next output frame.
func (b *Bridge) drop() {
	done := min(int(b.position)-taps/2+1, b.filled)
	if done <= 0 {
		return
	}
	for _, history := range b.history {
		copy(history, history[done:b.filled])
	}
	b.filled -= done
	b.position -= float64(done)
}

func (b *Bridge) report(ratio, level, miss, seconds float64) {
	s := &b.stats
	s.Ratio = ratio
	s.PartsPerMillion = (ratio/b.step - 1) * 1e6
	s.Level = level
	b.within += seconds
	if math.Abs(miss) > 0.25 {
		b.within = 0
	}
	s.Locked = b.within >= 1
}

// Stats returns the counters.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the second device's thread.
//
//rt:nonblocking
//rt:nonallocating
func (b *Bridge) Stats() Stats {
	s := b.stats
	s.Overruns = b.overruns.Load()
	return s
}

func silence(block [][]float32) {
	for _, channel := range block {
		clear(channel)
	}
}

func ceilPow2(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}
