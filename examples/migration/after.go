package main

import (
	"errors"
	"runtime"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/ring"
)

var (
	numbers = core.MustType[float64]()
	jobs    = core.MustType[job]()
)

// after does the same on two lanes: the slice lies in frame memory, the job in a
// pool, and a ring carries it to the other thread.
func after() (core.FrameSummary, float64, error) {
	a, err := core.New(core.Config{Name: "migration", Lanes: 2})
	if err != nil {
		return core.FrameSummary{}, 0, err
	}
	s, total, err := work(a)
	return s, total, errors.Join(err, a.Close())
}

func work(a *core.Allocator) (s core.FrameSummary, total float64, err error) {
	lane, err := a.Lane()
	if err != nil {
		return s, 0, err
	}
	recycled, err := core.NewPool(lane, jobs, 4) // was: sync.Pool
	if err != nil {
		return s, 0, err
	}
	region, err := arena.New(arena.Config{Size: ring.SPSCSize[core.Transfer[job]](4)})
	if err != nil {
		return s, 0, err
	}
	defer region.Close()
	results, err := ring.CreateSPSC[core.Transfer[job]](region.Bytes(), 4) // was: chan *job
	if err != nil {
		return s, 0, err
	}

	f, err := lane.Begin()
	if err != nil {
		return s, 0, err
	}
	sent, err := sum(f, recycled)
	s, _ = f.End() // data is gone, the job is not
	if err != nil {
		return s, 0, err
	}
	send, err := results.Producer()
	if err != nil {
		return s, 0, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		total, err = receive(a, results)
	}()
	send.Push(sent)
	<-done
	return s, total, err
}

func sum(f *core.Frame, recycled *core.Pool[job]) (core.Transfer[job], error) {
	data, err := numbers.Make(f, 100) // was: make([]float64, 100)
	if err != nil {
		return 0, err
	}
	for i := range data.Slice() {
		data.Slice()[i] = float64(i)
	}
	j, err := recycled.New() // was: recycled.Get().(*job)
	if err != nil {
		return 0, err
	}
	for _, x := range data.Slice() {
		j.Ptr().Weight += x
	}
	return j.Send()
}

// receive is the other thread.
func receive(a *core.Allocator, results *ring.SPSC[core.Transfer[job]]) (float64, error) {
	lane, err := a.Lane()
	if err != nil {
		return 0, err
	}
	in, err := results.Consumer()
	if err != nil {
		return 0, err
	}
	for {
		t, ok := in.Pop()
		if !ok {
			runtime.Gosched()
			continue
		}
		j, err := t.Accept(lane)
		if err != nil {
			return 0, err
		}
		total := j.Ptr().Weight
		return total, j.Close() // was: recycled.Put(done); goes home by itself
	}
}
