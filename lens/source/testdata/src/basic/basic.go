package basic // want package:"memlense summaries"

import (
	"fmt"
	"sync"
	"time"
)

type T struct{ a, b int }

var sink *T

//rt:nonallocating
func allocates() {
	sink = &T{} // want `ML601`
}

//rt:nonallocating
func staysOnStack() int {
	t := &T{1, 2}
	return t.a
}

//rt:nonallocating
func grows(s []int) []int {
	return append(s, 1) // want `ML601: append may grow`
}

//rt:nonallocating
func boxed(x int) any {
	return x // want `ML601: a int is converted to any`
}

//rt:nonblocking
func sends(c chan int) {
	c <- 1 // want `ML602: the send on a channel blocks`
}

//rt:nonblocking
func sleeps() {
	time.Sleep(1) // want `ML602: time.Sleep blocks`
}

//rt:nonblocking
//rt:nonallocating
func prints(x int) {
	fmt.Println(x) // want `ML602: fmt.Println blocks; also ML601, ML613` `ML601`
}

var mu sync.Mutex

//rt:nonblocking
func locks() {
	mu.Lock()         // want `ML603: sync.Mutex.Lock takes a lock`
	defer mu.Unlock() // waits for no one
}

//rt:nonblocking
func spins(ready *bool) {
	for !*ready { // want `ML604`
	}
}

//rt:nonblocking
func counts(s []float64) (sum float64) {
	for i := 0; i < len(s); i++ {
		sum += s[i]
	}
	for _, v := range s {
		sum += v
	}
	for range 3 {
		sum++
	}
	return sum
}

//rt:nonallocating
func mapGrows(m map[int]int) {
	m[1] = 2 // want `ML605: the assignment to a map may grow it`
	delete(m, 1)
}

//rt:nonblocking
func mapRanges(m map[int]int) (n int) {
	for range m { // want `ML605`
		n++
	}
	return m[3]
}

//rt:nonblocking
func recurs(n int) int {
	if n == 0 {
		return 0
	}
	return recurs(n-1) + 1 // want `ML606: basic.recurs calls itself`
}

//rt:nonallocating
func starts() {
	go sleeps() // want `ML607`
}

//rt:nonblocking
func dynamicCall(f func()) {
	f() // want `ML610`
}

//rt:nonblocking
func staticClosure() int {
	f := func() int { return 1 }
	return f()
}

//rt:nonblocking
func defersInLoop(n int) {
	for range n {
		defer counts(nil) // want `ML612`
	}
}

func helper() {
	time.Sleep(1) // want `ML602: time.Sleep blocks \(called from basic.callsHelper\)`
}

//rt:nonblocking
func callsHelper() { helper() }

//rt:nonblocking
//rt:allow ML602 reason="a test"
func allowed() { time.Sleep(1) }

//rt:nonblocking
func allowedLine() {
	time.Sleep(1) //rt:allow ML602 reason="a test"
	time.Sleep(1) // want `ML602`
}

//rt:nonblocking
//rt:allow ML603 reason="a test" // want `ML618`
func stale() {}

// rt:nonblocking // want `ML617`
func misspelled() {}

//rt:nonblocking
func panics(x int) {
	if x < 0 {
		panic(fmt.Sprintf("negative: %d", x))
	}
}

type Step func(int)

// Bounded is a func type with a contract.
//
//rt:nonblocking
type Bounded func(int)

func plain(int) {} // want `ML614: basic.plain becomes a basic.Bounded`

//rt:nonblocking
func proper(int) {}

func convert() []Bounded {
	return []Bounded{plain, proper, func(int) { time.Sleep(1) }} // want `ML602`
}

//rt:nonblocking
func callsBounded(f Bounded) { f(1) }

// Processor has a method with a contract.
type Processor interface {
	//rt:nonblocking
	Process(x []float64)
}

type gain struct{}

func (gain) Process([]float64) {} // want `ML614: basic.gain.Process implements basic.Processor.Process`

type mute struct{}

//rt:nonblocking
func (mute) Process([]float64) {}

func processors() []Processor { return []Processor{gain{}, mute{}} }

//rt:nonblocking
func callsProcessor(p Processor) { p.Process(nil) }
