package ark

import (
	"errors"
	"maps"
	"testing"

	"github.com/mlange-42/ark/ecs"

	"github.com/memkit-go/memkit/core"
)

type position struct{ X, Y float64 }
type velocity struct{ X, Y float64 }

var positions = core.MustType[position]()

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func setUp(t *testing.T) (*ecs.World, *Memory) {
	t.Helper()
	a := must(core.New(core.Config{NoLock: true}))
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	w := ecs.NewWorld()
	return &w, must(Install(&w, must(a.Lane())))
}

func TestInstall(t *testing.T) {
	w, m := setUp(t)
	if _, err := Install(w, m.Lane()); err != ErrInstalled {
		t.Error(err)
	}
	if ecs.GetResource[Memory](w) != m {
		t.Error("the resource is not what was installed")
	}
	if _, err := m.Frame(); err != core.ErrNotInFrame {
		t.Error(err)
	}
}

// TestAFrameOverManyEntities: 10,000 entities, frame memory through the resource,
// and nothing of it allocates.
func TestAFrameOverManyEntities(t *testing.T) {
	w, m := setUp(t)
	ecs.NewMap2[position, velocity](w).NewBatch(10_000, &position{}, &velocity{1, 2})
	moving := ecs.NewFilter2[position, velocity](w)
	memory := ecs.NewResource[Memory](w)
	move := System{"move", func(*ecs.World, *core.Frame) error {
		for q := moving.Query(); q.Next(); {
			p, v := q.Get()
			p.X, p.Y = p.X+v.X, p.Y+v.Y
		}
		return nil
	}}
	gather := System{"gather", func(_ *ecs.World, f *core.Frame) error {
		if same, err := memory.Get().Frame(); err != nil || same != f {
			t.Error("the resource has another frame")
		}
		list, err := core.NewVec(f, positions, 10_000)
		if err != nil {
			return err
		}
		for q := moving.Query(); q.Next(); {
			p, _ := q.Get()
			if err := list.Push(*p); err != nil {
				q.Close()
				return err
			}
		}
		return nil
	}}
	s := must(NewSystems(w, m, move, gather))
	if n := testing.AllocsPerRun(20, func() {
		if _, err := s.Update(); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("an update allocates %v times", n)
	}
	if summary := must(s.Update()); summary.Bytes != 160_000 {
		t.Errorf("%+v", summary)
	}
	phases := map[string]int{}
	for p := range m.Lane().Frame().Phases() {
		phases[p.Name] = p.Bytes
	}
	if want := map[string]int{"move": 0, "gather": 160_000}; !maps.Equal(phases, want) {
		t.Errorf("bytes by system %v, want %v", phases, want)
	}
}

func TestSystemsStopAtAnError(t *testing.T) {
	w, m := setUp(t)
	failure := errors.New("failure")
	ran := 0
	ok := System{"ok", func(*ecs.World, *core.Frame) error { ran++; return nil }}
	bad := System{"bad", func(*ecs.World, *core.Frame) error { return failure }}
	s := must(NewSystems(w, m, ok, bad, ok))
	for range 2 { // the frame ended all the same
		if _, err := s.Update(); !errors.Is(err, failure) {
			t.Error(err)
		}
	}
	if ran != 2 {
		t.Errorf("%d systems ran", ran)
	}
	if _, err := NewSystems(w, m, System{Name: "nil"}); err == nil {
		t.Error("a nil system is accepted")
	}
	f := must(m.Lane().Begin())
	if _, err := s.Update(); err != core.ErrInFrame {
		t.Error(err)
	}
	must(f.End())
}

func TestStore(t *testing.T) {
	w, m := setUp(t)
	s := NewStore(w, must(core.NewPool(m.Lane(), positions, 3)))
	e, p, err := s.Spawn()
	if err != nil {
		t.Fatal(err)
	}
	p.X = 4
	ecs.NewMap[velocity](w).Add(e, &velocity{}) // moves the entity
	if again := must(s.Get(e)); again != p || again.X != 4 {
		t.Error("the value moved with its entity")
	}
	plain := w.NewEntity()
	must(s.Attach(plain))
	if _, err := s.Attach(plain); err != ErrNoComponent {
		t.Error(err)
	}
	must(0, s.Detach(plain))
	if _, err := s.Get(plain); err != ErrNoComponent {
		t.Error(err)
	}
	must(0, s.Despawn(e))
	for _, err := range []error{s.Despawn(e), s.Detach(e)} {
		if err != ErrNoComponent {
			t.Error(err)
		}
	}
	for range 3 {
		s.Spawn()
	}
	if _, _, err := s.Spawn(); !errors.Is(err, core.ErrExhausted) {
		t.Error(err)
	}
	must(0, s.Close())
}
