package ark

import (
	"errors"
	"fmt"

	"github.com/mlange-42/ark/ecs"

	"github.com/memkit-go/memkit/core"
)

// System is one step of an update. Its allocations are accounted under a phase of
// its name.
type System struct {
	Name string
	Run  func(*ecs.World, *core.Frame) error
}

// Systems run in order within one frame.
type Systems struct {
	world  *ecs.World
	memory *Memory
	list   []System
	phases []core.Phase
}

// NewSystems names the phases; it is for set-up.
func NewSystems(w *ecs.World, m *Memory, list ...System) (*Systems, error) {
	s := &Systems{world: w, memory: m, list: list}
	for i, x := range list {
		if x.Run == nil {
			return nil, fmt.Errorf("ark: system %d, %q: Run is nil", i, x.Name)
		}
		p, err := m.lane.Allocator().Phase(x.Name)
		if err != nil {
			return nil, err
		}
		s.phases = append(s.phases, p)
	}
	return s, nil
}

// Update begins a frame, runs the systems, and ends the frame. The first error of
// a system skips those after it.
func (s *Systems) Update() (core.FrameSummary, error) {
	f, err := s.memory.lane.Begin()
	if err != nil {
		return core.FrameSummary{}, err
	}
	s.memory.frame = f
	err = s.run(f)
	s.memory.frame = nil
	summary, ended := f.End()
	if err == nil {
		err = ended
	} else if ended != nil {
		err = errors.Join(err, ended)
	}
	return summary, err
}

func (s *Systems) run(f *core.Frame) error {
	for i := range s.list {
		scope := f.Phase(s.phases[i])
		err := s.list[i].Run(s.world, f)
		scope.End()
		if err != nil {
			return err
		}
	}
	return nil
}
