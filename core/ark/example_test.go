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
