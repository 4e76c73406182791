package rt_test

import (
	"fmt"

	"github.com/memkit-go/memkit/rt"
)

// An impulse response that is exchanged while the audio callback uses it.
func ExampleHandover() {
	type response struct{ name string } // and its taps
	rooms := rt.NewHandover(&response{name: "hall"}, func(r *response) {
		fmt.Println("released", r.name) // a pool takes it back, say
	})
	step := func() { fmt.Println("playing in", rooms.Current().name) }

	step()
	rooms.Publish(&response{name: "church"})
	rooms.Publish(&response{name: "plate"}) // church was never heard
	step()
	rooms.Collect()
	rooms.Close() // when the loop has ended
	// Output:
	// playing in hall
	// released church
	// playing in plate
	// released hall
	// released plate
}
