package ark

import (
	"errors"

	"github.com/mlange-42/ark/ecs"

	"github.com/memkit-go/memkit/core"
)

// Memory is the resource by which systems reach their memory.
type Memory struct {
	lane  *core.Lane
	frame *core.Frame
}

// ErrInstalled: the world has a Memory already.
var ErrInstalled = errors.New("ark: the world has a Memory already")

// Install makes a lane the world's memory.
func Install(w *ecs.World, l *core.Lane) (*Memory, error) {
	r := ecs.NewResource[Memory](w)
	if r.Has() {
		return nil, ErrInstalled
	}
	m := &Memory{lane: l}
	r.Add(m)
	return m, nil
}

// Lane returns the world's lane.
func (m *Memory) Lane() *core.Lane { return m.lane }

// Frame returns the frame of the running update, or [core.ErrNotInFrame].
func (m *Memory) Frame() (*core.Frame, error) {
	if m.frame == nil {
		return nil, core.ErrNotInFrame
	}
	return m.frame, nil
}
