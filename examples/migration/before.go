package main

import "sync"

type job struct{ Weight float64 }

// before is plain Go: every call allocates, and the collector cleans up.
func before() float64 {
	recycled := sync.Pool{New: func() any { return new(job) }}
	results := make(chan *job, 4)

	data := make([]float64, 100)
	for i := range data {
		data[i] = float64(i)
	}
	j := recycled.Get().(*job)
	for _, x := range data {
		j.Weight += x
	}
	go func() { results <- j }()
	done := <-results
	total := done.Weight
	recycled.Put(done)
	return total
}
