package fixed_test

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt/fixed"
)

func ExampleVec() {
	active, err := fixed.NewVec[string](2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, voice := range []string{"bass", "lead", "pad"} {
		if back, err := active.Push(voice); err != nil {
			fmt.Println(err, back)
		}
	}
	fmt.Println(active.Slice())
	// Output:
	// fixed: the container is full; remove an item, or make it with more capacity pad
	// [bass lead]
}

func ExampleQueue() {
	pending, _ := fixed.NewQueue[int](3)
	for i := range 4 {
		if pending.Len() == pending.Cap() {
			oldest, _ := pending.Pop()
			fmt.Println("dropped", oldest)
		}
		pending.Push(i)
	}
	for v := range pending.All() {
		fmt.Println(v)
	}
	// Output:
	// dropped 0
	// 1
	// 2
	// 3
}

func ExampleMap() {
	gains, err := fixed.NewMap[string, float64](2, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	gains.Put("left", 0.5)
	gains.Put("right", 0.7)
	_, err = gains.Put("centre", 1)
	fmt.Println(errors.Is(err, fixed.ErrFull))
	gains.Delete("left")
	gains.Put("centre", 1)
	fmt.Println(gains.Get("centre"))
	fmt.Println(gains.Get("left"))
	// Output:
	// true
	// 1 true
	// 0 false
}

// Values can be changed in place, without copying them out and in again.
func ExampleMap_Place() {
	type meter struct{ Peak, Blocks int }
	meters, err := fixed.NewMap[string, meter](16, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, level := range []int{3, 9, 5} {
		m, err := meters.Place("left")
		if err != nil {
			fmt.Println(err)
			return
		}
		m.Peak = max(m.Peak, level)
		m.Blocks++
	}
	fmt.Println(*meters.At("left"), meters.At("right") == nil)
	// Output: {9 3} true
}
