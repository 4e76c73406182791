// Command ecs runs an ark world of 10,000 entities on memkit: each update is a
// frame, each system a phase of it, and health lies in a pool.
//
//	go run ./examples/ecs
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/mlange-42/ark/ecs"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/core/ark"
)

type position struct{ X, Y float64 }
type velocity struct{ X, Y float64 }
type health struct{ Points int32 }

var (
	positions = core.MustType[position]()
	healths   = core.MustType[health]()
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer) error {
	a, err := core.New(core.Config{Name: "ecs"})
	if err != nil {
		return err
	}
	return errors.Join(simulate(out, a), a.Close())
}

func simulate(out io.Writer, a *core.Allocator) error {
	lane, err := a.Lane()
	if err != nil {
		return err
	}
	world := ecs.NewWorld()
	memory, err := ark.Install(&world, lane)
	if err != nil {
		return err
	}
	ecs.NewMap2[position, velocity](&world).NewBatch(10_000, &position{}, &velocity{1, 1})
	pool, err := core.NewPool(lane, healths, 100)
	if err != nil {
		return err
	}
	heroes := ark.NewStore(&world, pool)
	hero, points, err := heroes.Spawn()
	if err != nil {
		return err
	}
	points.Points = 100

	systems, err := ark.NewSystems(&world, memory, move(&world), cull(&world))
	if err != nil {
		return err
	}
	var s core.FrameSummary
	for range 30 {
		if s, err = systems.Update(); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "frame %d: %d bytes in %d allocations\n", s.Frame, s.Bytes, s.Allocs)
	for p := range lane.Frame().Phases() {
		fmt.Fprintf(out, "  system %-8s %7d bytes\n", p.Name, p.Bytes)
	}
	return heroes.Despawn(hero)
}

func move(w *ecs.World) ark.System {
	all := ecs.NewFilter2[position, velocity](w)
	return ark.System{Name: "move", Run: func(*ecs.World, *core.Frame) error {
		for q := all.Query(); q.Next(); {
			p, v := q.Get()
			p.X, p.Y = p.X+v.X, p.Y+v.Y
		}
		return nil
	}}
}

// cull gathers the visible entities in frame memory.
func cull(w *ecs.World) ark.System {
	all := ecs.NewFilter1[position](w)
	return ark.System{Name: "cull", Run: func(_ *ecs.World, f *core.Frame) error {
		visible, err := core.NewVec(f, positions, 10_000)
		if err != nil {
			return err
		}
		for q := all.Query(); q.Next(); {
			if err := visible.Push(*q.Get()); err != nil {
				q.Close()
				return err
			}
		}
		return nil
	}}
}
