package blackbox_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/blackbox"
	"github.com/memkit-go/memkit/rt/ring"
)

// The values around a trip in a file. In a program whose loop is in an isolate, the ring
// is an isolate.Queue of blackbox.Sample, and the Box is in the parent.
func Example() {
	const samples = 256
	memory, err := arena.New(arena.Config{Size: ring.SPSCSize[blackbox.Sample](samples)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer memory.Close()
	queue, _ := ring.CreateSPSC[blackbox.Sample](memory.Bytes(), samples)
	out, _ := queue.Producer()
	in, _ := queue.Consumer()

	dir, err := os.MkdirTemp("", "blackbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	box, err := blackbox.New(blackbox.Config{
		Dir: dir, Rate: 1000, Before: 5 * time.Second, After: time.Millisecond,
		Channels: []blackbox.Channel{{Name: "axis", Fields: []string{"position", "torque"}}},
	}, in)
	if err != nil {
		fmt.Println(err)
		return
	}
	recorder := blackbox.NewRecorder(out) // in the step:
	recorder.Log(1, rt.Now(), 0.25, 1.5)

	box.Trip(rt.Now(), "axis 1 beyond its limit") // on an ordinary goroutine
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // in a program the box runs on
	if err := box.Run(ctx); err != nil {
		fmt.Println(err)
	}
	s := box.Stats()
	fmt.Println(s.Samples, "sample,", s.Files, "file,", filepath.Ext(s.Last))
	// Output: 1 sample, 1 file, .mcap
}
