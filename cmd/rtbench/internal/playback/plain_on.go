//go:build portaudio && cgo && linux

package playback

import (
	"runtime/metrics"
	"sync/atomic"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/internal/audiodemo"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio"
)

// plain plays as a program of today does.
type plain struct {
	*peer.PlainAudio
	synth  audiodemo.Synth
	block  audio.Block
	execs  []int64
	blocks atomic.Int64
	objects
}

func newPlain(j Job) (player, error) {
	p := &plain{execs: make([]int64, 2*j.blocks())}
	if err := p.synth.Prepare(audio.Spec{Rate: float64(j.Rate), MaxFrames: j.Frames, Out: 2}); err != nil {
		return nil, err
	}
	var err error
	p.PlainAudio, err = peer.OpenPlainAudio(float64(j.Rate), j.Frames, 2*j.blocks(), p.process)
	if err != nil {
		return nil, err
	}
	p.objects.init()
	return p, nil
}

func (p *plain) process(out [][]float32) {
	b, start := &p.block, rt.Now()
	b.Out, b.N = out, len(out[0])
	p.synth.Process(b)
	b.Frame += int64(b.N)
	if i := p.blocks.Load(); i < int64(len(p.execs)) {
		p.execs[i] = rt.Now() - start
		p.blocks.Store(i + 1)
	}
}

func (p *plain) start() error { return p.Start() }

func (p *plain) counts() (allocs, blocks uint64) { return p.read(), uint64(p.blocks.Load()) }

func (p *plain) exec() (p50, p99 int64) { return quantiles(p.execs[:p.blocks.Load()]) }

func (p *plain) stop(to *Played) error {
	if err := p.Stop(); err != nil {
		return err
	}
	frame := int64(0)
	for _, c := range p.Cycles() {
		to.Cycles = append(to.Cycles, Cycle{Frame: frame, N: c.N, Number: c.Number, Begin: c.Begin, Entry: c.Entry, End: c.End, Xrun: c.Xrun})
		frame += int64(c.N)
	}
	to.Granted = "the server's thread"
	return p.Close()
}

// objects counts what the process allocates.
type objects struct {
	samples [2]metrics.Sample
}

func (o *objects) init() {
	o.samples[0].Name, o.samples[1].Name = "/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"
	o.read() // the first reading allocates
}

func (o *objects) read() uint64 {
	metrics.Read(o.samples[:])
	return o.samples[0].Value.Uint64() + o.samples[1].Value.Uint64()
}
