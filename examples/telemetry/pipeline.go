package main

import (
	"errors"

	"github.com/memkit-go/memkit/core"
)

type packet struct {
	Source  int32
	Level   int32
	Payload [56]byte
}

type alarm struct{ Frame, Source, Level int32 }

var (
	packets = core.MustType[packet]()
	alarms  = core.MustType[alarm]()
)

type pipeline struct {
	a      *core.Allocator
	lane   *core.Lane
	parse  core.Tag
	detect core.Tag
	kept   *core.Pool[alarm]
	claims []core.Promoted[alarm]
	alarms []core.Box[alarm]
}

func newPipeline(a *core.Allocator) (*pipeline, error) {
	p := &pipeline{a: a}
	var err error
	if p.parse, err = a.Tag("parse", core.Budget{Soft: 8 << 10, Hard: 12 << 10}); err != nil {
		return nil, err
	}
	if p.detect, err = a.Tag("detect", core.Budget{Hard: 8 << 10}); err != nil {
		return nil, err
	}
	if p.lane, err = a.Lane(); err != nil {
		return nil, err
	}
	p.kept, err = core.NewPool(p.lane, alarms, 6)
	return p, err
}

// frame handles the packets of one period and returns how many were lost.
func (p *pipeline) frame(number, n int) (core.FrameSummary, int, error) {
	f, err := p.lane.Begin()
	if err != nil {
		return core.FrameSummary{}, 0, err
	}
	lost, err := p.receive(f, number, n)
	s, ended := f.End()
	if err = errors.Join(err, ended); err != nil {
		return s, lost, err
	}
	return s, lost, p.collect()
}

// receive parses packets, each in memory of its own, and raises alarms. What the
// budget refuses is lost and counted; other failures end the pipeline.
func (p *pipeline) receive(f *core.Frame, number, n int) (lost int, err error) {
	defer f.Push(p.parse).End()
	for i := range n {
		r, err := packets.New(f)
		if errors.Is(err, core.ErrBudget) {
			lost++
			continue
		}
		if err != nil {
			return lost, err
		}
		*r.Ptr() = packet{Source: int32(i), Level: int32(i*7+number) % 100}
		if err := p.check(f, number, r.Ptr()); err != nil {
			return lost, err
		}
	}
	return lost, nil
}

// check raises an alarm that is to outlive the frame.
func (p *pipeline) check(f *core.Frame, number int, k *packet) error {
	if k.Level < 97 {
		return nil
	}
	defer f.Push(p.detect).End()
	r, err := alarms.New(f)
	if err != nil {
		return err
	}
	*r.Ptr() = alarm{int32(number), k.Source, k.Level}
	importance := core.Normal
	if k.Level == 99 {
		importance = core.Critical
	}
	claim, err := alarms.Keep(f, r, core.Retention[alarm]{To: core.ToPool, Pool: p.kept, Importance: importance})
	if err == nil {
		p.claims = append(p.claims, claim)
	}
	return err
}

// collect takes the promoted alarms. Those for which the pool had no room are lost,
// and the frame's summary counts them.
func (p *pipeline) collect() error {
	for _, c := range p.claims {
		b, err := c.Take()
		switch {
		case err == nil:
			p.alarms = append(p.alarms, b)
		case !errors.Is(err, core.ErrExhausted):
			return err
		}
	}
	p.claims = p.claims[:0]
	return nil
}

func (p *pipeline) close() error {
	var failed error
	for _, b := range p.alarms {
		failed = errors.Join(failed, b.Close())
	}
	return errors.Join(failed, p.a.Close())
}
