package a // want package:"memlense summaries"

import "sync"

var (
	mu   sync.Mutex
	sink []int
)

//rt:nonblocking
//rt:nonallocating
func broken(n int) {
	mu.Lock()              // want "ML603"
	sink = append(sink, n) // want "ML601"
}

//rt:nonblocking
//rt:nonallocating
func kept(n int) int { return n + 1 }
