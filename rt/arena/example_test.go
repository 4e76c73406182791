package arena_test

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/arena"
)

func Example() {
	a, err := arena.New(arena.Config{Size: 1 << 20, Name: "samples"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.Close()

	b := a.Bytes() // all of it resident: no access faults from here on
	b[0] = 1
	fmt.Println(len(b))
	// Output: 1048576
}

func ExamplePointerFree() {
	type message struct {
		Pitch float32
		Name  string
	}
	fmt.Println(arena.PointerFree[[4]float32]())
	fmt.Println(arena.PointerFree[message]())
	// Output:
	// <nil>
	// arena: arena_test.message.Name is a string, which holds a Go pointer the garbage collector would not see; use indices, offsets or fixed-size arrays
}
