package ark

import (
	"errors"

	"github.com/mlange-42/ark/ecs"

	"github.com/memkit-go/memkit/core"
)

// Allocated is a component whose value lies in a pool, at an address that stays
// when the entity moves between archetypes.
type Allocated[T any] struct{ Box core.Box[T] }

// ErrNoComponent: the entity is dead, or has no such component.
var ErrNoComponent = errors.New("ark: the entity has no such component")

// Store keeps the Allocated[T] components of a world.
type Store[T any] struct {
	world *ecs.World
	pool  *core.Pool[T]
	parts *ecs.Map[Allocated[T]]
	all   *ecs.Filter1[Allocated[T]]
}

// NewStore makes a store over a pool of the world's lane.
func NewStore[T any](w *ecs.World, p *core.Pool[T]) *Store[T] {
	return &Store[T]{w, p, ecs.NewMap[Allocated[T]](w), ecs.NewFilter1[Allocated[T]](w)}
}

// Spawn makes an entity with a zeroed T. It fails as the pool does.
func (s *Store[T]) Spawn() (ecs.Entity, *T, error) {
	b, err := s.pool.New()
	if err != nil {
		return ecs.Entity{}, nil, err
	}
	return s.parts.NewEntity(&Allocated[T]{b}), b.Ptr(), nil
}

// Attach gives an entity a zeroed T. An entity that has one, or is dead, is
// refused with [ErrNoComponent].
func (s *Store[T]) Attach(e ecs.Entity) (*T, error) {
	if !s.world.Alive(e) || s.parts.Has(e) {
		return nil, ErrNoComponent
	}
	b, err := s.pool.New()
	if err != nil {
		return nil, err
	}
	s.parts.Add(e, &Allocated[T]{b})
	return b.Ptr(), nil
}

// Get returns an entity's value.
func (s *Store[T]) Get(e ecs.Entity) (*T, error) {
	if !s.world.Alive(e) || !s.parts.Has(e) {
		return nil, ErrNoComponent
	}
	return s.parts.Get(e).Box.Get()
}

// Detach removes the component and frees its value.
func (s *Store[T]) Detach(e ecs.Entity) error {
	if !s.world.Alive(e) || !s.parts.Has(e) {
		return ErrNoComponent
	}
	err := s.parts.Get(e).Box.Close()
	s.parts.Remove(e)
	return err
}

// Despawn removes the entity and frees its value.
func (s *Store[T]) Despawn(e ecs.Entity) error {
	if !s.world.Alive(e) || !s.parts.Has(e) {
		return ErrNoComponent
	}
	err := s.parts.Get(e).Box.Close()
	s.world.RemoveEntity(e)
	return err
}

// Close frees all values. The components stay and are stale.
func (s *Store[T]) Close() error {
	var failed error
	for q := s.all.Query(); q.Next(); {
		if err := q.Get().Box.Close(); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
