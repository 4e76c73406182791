package main

import (
	"errors"

	"github.com/memkit-go/memkit/core"
)

type vec3 struct{ X, Y, Z float32 }

type contact struct {
	A, B  int32
	Depth float32
}

type entity struct{ Position, Velocity vec3 }

type texture [64 << 10]byte

var (
	vectors  = core.MustType[vec3]()
	contacts = core.MustType[contact]()
	entity3d = core.MustType[entity]()
	textures = core.MustType[texture]()
)

type game struct {
	a        *core.Allocator
	lane     *core.Lane
	pool     *core.Pool[entity]
	entities []core.Box[entity]
	texture  core.Box[texture]

	physics        core.Tag
	update, render core.Phase
	last           core.FrameSummary
}

func newGame(a *core.Allocator) (*game, error) {
	g := &game{a: a}
	var err error
	if g.physics, err = a.Tag("physics", core.Budget{Hard: 64 << 10}); err != nil {
		return nil, err
	}
	if g.update, err = a.Phase("update"); err != nil {
		return nil, err
	}
	if g.render, err = a.Phase("render"); err != nil {
		return nil, err
	}
	if g.lane, err = a.Lane(); err != nil {
		return nil, err
	}
	if g.pool, err = core.NewPool(g.lane, entity3d, 1000); err != nil {
		return nil, err
	}
	for i := range 100 {
		b, err := g.pool.New() // lives until it is closed
		if err != nil {
			return nil, err
		}
		b.Ptr().Velocity = vec3{X: float32(i)}
		g.entities = append(g.entities, b)
	}
	g.texture, err = textures.Box(g.lane.Heap())
	return g, err
}

// step is one frame.
func (g *game) step() error {
	f, err := g.lane.Begin()
	if err != nil {
		return err
	}
	err = errors.Join(g.simulate(f), g.draw(f))
	g.last, _ = f.End()
	return err
}

func (g *game) simulate(f *core.Frame) error {
	defer f.Phase(g.update).End()
	for _, e := range g.entities {
		p := e.Ptr()
		p.Position.X += p.Velocity.X / 60
	}
	defer f.Push(g.physics).End()
	return f.With(core.Physics, func() error {
		touching, err := core.NewVec(f, contacts, len(g.entities))
		if err != nil {
			return err
		}
		for i := 1; i < len(g.entities); i++ {
			gap := g.entities[i].Ptr().Position.X - g.entities[i-1].Ptr().Position.X
			if gap < 0.5 {
				if err := touching.Push(contact{int32(i - 1), int32(i), 0.5 - gap}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (g *game) draw(f *core.Frame) error {
	defer f.Phase(g.render).End()
	positions, err := vectors.Make(f, len(g.entities))
	if err != nil {
		return err
	}
	for i, e := range g.entities {
		positions.Slice()[i] = e.Ptr().Position
	}
	return nil
}

func (g *game) close() error {
	var failed error
	for _, e := range g.entities {
		failed = errors.Join(failed, e.Close())
	}
	return errors.Join(failed, g.texture.Close(), g.a.Close())
}
