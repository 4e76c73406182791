package audio

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/audio/resampler"
)

// Input is a device for the input alone, as [Config] has them for both directions.
type Input struct {
	// Backend, HostAPI and Device name it, as the fields of Config do. Backend Offline
	// is none.
	Backend Backend
	HostAPI string
	Device  string
	// Rate in frames a second and Frames a block; zero means the device's own.
	Rate   float64
	Frames int
}

// wrong says why the settings are none, if they are.
func (i Input) wrong() string {
	switch {
	case i.Rate != 0 && !isRate(i.Rate):
		return "has no sample rate"
	case i.Frames < 0 || i.Frames > maxFrames:
		return "has no block size"
	}
	return ""
}

// input is the input device of a stream: a stream of its own, whose Processor writes
// to a bridge from which the other's reads.
type input struct {
	*local
	bridged *bridged

	silence silence // of the goroutine that looks after the stream
	stalled atomic.Bool
}

// openInput opens the input device that c names and returns it, the Config without it,
// and the Processor for the output device.
func openInput(c Config, p Processor, sys *system) (*input, Config, Processor, error) {
	from := *c.Input
	b := &bridged{Processor: p, channels: c.In}
	one := c
	one.Input, one.Out = nil, 0
	one.Backend, one.HostAPI, one.Device, one.Rate, one.Frames = from.Backend, from.HostAPI, from.Device, from.Rate, from.Frames
	if one.Backend == Sim {
		fill(&one.Rate, defaultRate)
		fill(&one.Frames, defaultFrames)
	}
	if one.Name != "" {
		one.Name += "-in"
	}
	l, err := openLocal(one, &feeder{b}, sys)
	if err != nil {
		return nil, c, nil, &inputError{err}
	}
	c.Input, c.In = nil, 0
	return &input{local: l, bridged: b}, c, b, nil
}

// maintain looks after the device, and notices one that has stopped calling.
func (i *input) maintain() {
	i.local.maintain()
	if i.local.condition().State == Lost {
		i.silence = silence{} // of a device that is there
		i.stalled.Store(false)
		return
	}
	i.stalled.Store(i.silence.look(i.local.cycles()) > i.patience())
}

// fit makes a bridge for the devices' present settings, where that has changed. One
// that runs is replaced: both sides take the next one with their next block.
func (i *input) fit(rate float64, frames int) error {
	return i.bridged.fit(resampler.Config{
		InRate: int(i.local.spec().Rate), InFrames: i.local.frames(),
		OutRate: int(rate), OutFrames: frames, Channels: i.bridged.channels,
	})
}

// begin makes a new bridge and starts the device.
func (i *input) begin(rate float64, frames int) error {
	if err := errors.Join(i.bridged.forget(), i.fit(rate, frames)); err != nil {
		return err
	}
	i.silence = silence{}
	i.stalled.Store(false)
	return i.local.start()
}

// addTo adds the input device's part to the counts and the latency.
func (i *input) addTo(s *Stats) {
	var in Stats
	i.count(&in)
	s.XrunsIn += in.XrunsIn
	s.BadIn += in.BadIn
	s.DenormalIn += in.DenormalIn
	s.Reconnects += in.Reconnects
	s.Latency.Input = in.Latency.Input + i.bridged.delay()
}

// bridged is a Processor whose input comes from another device.
type bridged struct {
	Processor // the user's
	channels  int
	block     Block // that it is given
	in        [][]float32

	to atomic.Pointer[resampler.Bridge]

	mu    sync.Mutex // of what follows
	shape resampler.Config
	made  []*resampler.Bridge
}

func (b *bridged) fit(shape resampler.Config) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if shape == b.shape || shape.InRate == 0 { // or no device is there yet
		return nil
	}
	next, err := resampler.New(shape)
	if err != nil {
		return errkind.Wrapf(err, "resampler", "audio: joining the input device")
	}
	b.shape, b.made = shape, append(b.made, next)
	b.to.Store(next)
	return nil
}

// forget drops all bridges. Both devices are at rest.
func (b *bridged) forget() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.to.Store(nil)
	b.shape = resampler.Config{}
	return b.drop()
}

// drop closes the bridges.
func (b *bridged) drop() error {
	var errs []error
	for _, m := range b.made {
		errs = append(errs, m.Close())
	}
	b.made = nil
	return errors.Join(errs...)
}

// delay is the bridge's in frames of the output device.
func (b *bridged) delay() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.made) == 0 {
		return 0
	}
	frames := b.made[len(b.made)-1].Delay()
	return int(frames*float64(b.shape.OutRate)/float64(b.shape.InRate) + 0.5)
}

// Prepare implements Processor.
func (b *bridged) Prepare(s Spec) error {
	s.In = b.channels
	b.in = buffers(s.In, s.MaxFrames)
	b.block.In = make([][]float32, s.In)
	return b.Processor.Prepare(s)
}

// LatencyFrames implements LatencyReporter.
func (b *bridged) LatencyFrames() int {
	if r, ok := b.Processor.(LatencyReporter); ok {
		return r.LatencyFrames()
	}
	return 0
}

// Process gives the Processor the input device's sound, silence where there is none.
//
// Cost: O(frames) and Process. Allocates: no. Blocks: as Process does. Caller: the engine.
//
//rt:nonallocating
func (b *bridged) Process(block *Block) {
	in := b.block.In
	b.block = *block
	b.block.In = in
	for i := range in {
		in[i] = b.in[i][:block.N]
		clear(in[i])
	}
	if from := b.to.Load(); from == nil || !from.Read(in, block.begin) {
		b.block.Flags |= Xrun
	}
	b.Processor.Process(&b.block)
}

// feeder is the Processor of the input device.
type feeder struct{ *bridged }

func (f *feeder) Prepare(Spec) error { return nil }
func (f *feeder) Reset()             {}

// Process hands the block on.
//
// Cost: O(frames). Allocates: no. Blocks: no. Caller: the engine.
//
//rt:nonblocking
//rt:nonallocating
func (f *feeder) Process(block *Block) {
	if to := f.to.Load(); to != nil {
		to.Write(block.In, block.begin)
	}
}
