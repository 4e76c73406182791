package lens_test

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/lens"
)

func ExampleCheck() {
	r, err := lens.Check(context.Background(), lens.Config{Patterns: []string{"./testdata/synth"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range r.Findings {
		fmt.Println(f)
	}
	// Output:
	// testdata/synth/synth.go:21:11: error: sync.Mutex.Lock takes a lock (ML603)
}

func ExampleTimings() {
	var t lens.Timings
	_, err := lens.Check(context.Background(), lens.Config{Patterns: []string{"./testdata/synth"}, SourceOnly: true, Timings: &t})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range t.Phases {
		fmt.Println(p.Name)
	}
	// Output:
	// load
	// SSA form
	// contracts
}
