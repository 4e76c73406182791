package ark_test

import (
	"fmt"

	"github.com/mlange-42/ark/ecs"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/core/ark"
)

func Example() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lane, _ := a.Lane()
	world := ecs.NewWorld()
	memory, _ := ark.Install(&world, lane)
	numbers := core.MustType[float64]()
	systems, _ := ark.NewSystems(&world, memory, ark.System{
		Name: "noise",
		Run: func(_ *ecs.World, f *core.Frame) error {
			_, err := numbers.Make(f, 100)
			return err
		},
	})
	summary, err := systems.Update()
	fmt.Println(summary.Bytes, err, a.Close())
	// Output: 800 <nil> <nil>
}

// A store keeps components at addresses that stay when their entity changes.
func ExampleStore() {
	a, err := core.New(core.Config{NoLock: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lane, _ := a.Lane()
	pool, _ := core.NewPool(lane, core.MustType[float64](), 100)
	world := ecs.NewWorld()
	masses := ark.NewStore(&world, pool)
	e, mass, _ := masses.Spawn()
	*mass = 2.5
	again, _ := masses.Get(e)
	fmt.Println(*again)
	fmt.Println(masses.Despawn(e), a.Close())
	// Output:
	// 2.5
	// <nil> <nil>
}
