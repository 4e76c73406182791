package ring_test

import (
	"errors"
	"fmt"

	"github.com/memkit-go/memkit/rt/ring"
)

type note struct {
	Key      uint8
	Velocity float32
}

// Regions come from an arena in a real program, a shared one when the other side
// is another process.

func ExampleSPSC() {
	region := make([]byte, ring.SPSCSize[note](64))
	queue, err := ring.CreateSPSC[note](region, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _ := queue.Producer() // in the control goroutine
	in, _ := queue.Consumer()  // in the audio thread
	out.Push(note{Key: 69, Velocity: 0.8})
	fmt.Println(in.Pop())
	fmt.Println(in.Pop())
	out.Close()
	fmt.Println(in.Err())
	// Output:
	// {69 0.8} true
	// {0 0} false
	// ring: peer closed its side
}

// A batch costs a message a third of what one at a time does.
func ExampleProducer_PushBatch() {
	region := make([]byte, ring.SPSCSize[note](64))
	queue, err := ring.CreateSPSC[note](region, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _ := queue.Producer()
	in, _ := queue.Consumer()
	chord := []note{{Key: 60}, {Key: 64}, {Key: 67}}
	fmt.Println(out.PushBatch(chord), in.Len())

	var batch [16]note // reused from tick to tick
	for _, n := range batch[:in.PopBatch(batch[:])] {
		fmt.Println(n.Key)
	}
	// Output:
	// 3 3
	// 60
	// 64
	// 67
}

// A large message is written and read where it lies.
func ExampleProducer_Stage() {
	type frame struct{ Samples [512]float32 }
	region := make([]byte, ring.SPSCSize[frame](8))
	queue, err := ring.CreateSPSC[frame](region, 8)
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _ := queue.Producer()
	in, _ := queue.Consumer()
	if f := out.Stage(); f != nil { // nil when the ring is full
		f.Samples[0] = 0.5
		out.Publish()
	}
	if f := in.Peek(); f != nil {
		fmt.Println(f.Samples[0])
		in.Release()
	}
	// Output: 0.5
}

func ExampleStream() {
	region := make([]byte, ring.StreamSize[float32](1024))
	stream, err := ring.CreateStream[float32](region, 1024)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, _ := stream.Writer()
	r, _ := stream.Reader()
	first, second := w.Reserve(64) // second is empty unless the ring wraps here
	for i := range first {
		first[i] = float32(i)
	}
	w.Commit(len(first) + len(second))
	first, _ = r.Peek(256)
	fmt.Println(len(first), first[63])
	r.Release(len(first))
	// Output: 64 63
}

func ExampleLatest() {
	type gains struct{ P, I, D float64 }
	region := make([]byte, ring.LatestSize[gains]())
	latest, err := ring.CreateLatest[gains](region)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, _ := latest.Writer()
	r, _ := latest.Reader()
	w.Store(gains{P: 1})
	w.Store(gains{P: 2})
	fmt.Println(r.Load())
	fmt.Println(r.Load())
	// Output:
	// {2 0 0} true
	// {2 0 0} false
}

func ExampleBroadcast() {
	region := make([]byte, ring.BroadcastSize[note](64))
	notes, err := ring.CreateBroadcast[note](region, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	w, _ := notes.Writer() // in the control loop
	log, display := notes.Reader(), notes.Reader()
	w.Push(note{Key: 69, Velocity: 0.8})
	fmt.Println(log.Pop())
	fmt.Println(display.Pop())
	fmt.Println(display.Pop())
	// Output:
	// {69 0.8} true
	// {69 0.8} true
	// {0 0} false
}

func ExampleMPMC() {
	region := make([]byte, ring.MPMCSize[int](2))
	queue, err := ring.CreateMPMC[int](region, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(queue.Push(1), queue.Push(2), queue.Push(3))
	fmt.Println(queue.Pop())
	// Output:
	// true true false
	// 1 true
}

// A region made for one type is not mistaken for another's.
func ExampleAttachSPSC() {
	region := make([]byte, ring.SPSCSize[note](64))
	ring.CreateSPSC[note](region, 64)
	_, err := ring.AttachSPSC[struct{ Velocity, Key float32 }](region)
	var layout *ring.LayoutError
	fmt.Println(errors.As(err, &layout), layout.What)
	// Output: true element layout
}
