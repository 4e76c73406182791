// Command effects has a function for each effect and, beside it, the like without it.
// A comment "want CODE" is at the line of an effect.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

func main() {
	for _, f := range judged {
		fmt.Println(f)
	}
}

// judged keeps the functions in the executable.
var judged = []any{
	escapingVariable, stackVariable, bigSlice, constantSlice, variableSlice, appending, appendingWithin,
	boxing, boxingPointer, boxingConstant, concatenating, convertingToBytes, comparingBytes, closureEscapes, closureStays,
	variadic, newPointer, mapLiteral, formatting, parsing, builder, methodValue, generic[int], generic[string], genericClean[int],
	panicsWithText, panicsByHelper, wrapsError, pooled,
	receives, sends, tries, selects, sleeps, waitsGroup, waitsCond, now, systemCall, prints,
	locks, triesLock, readLocks, once, syncMap, atomically,
	starts, growsMap, readsMap, iteratesMap, deletesFromMap,
	recursive, mutualA, loops, recursiveClosure,
	deferOnce, deferInLoop, deferCapturing,
	reflecting, typeOf, assembled, callsParameter, callsInterface, callsGlobal, callsKnown, callsStored, sortsByClosure,
	(*device).method, device.value, twoLevels, throughStandard, divides, indexes, copies, assertsType, switches,
	overridden, iterator, selectsDefault, stringer, allocatesInCallback, deepChain,
}

type device struct {
	buffer []float64
	count  int
	lock   sync.Mutex
	table  map[int]int
	hook   func(int) int
}

var (
	sink   any
	bytes  []byte
	text   string
	ints   []int
	global = func(i int) int { return i }
	lock   sync.Mutex
	rw     sync.RWMutex
	only   sync.Once
	shared sync.Map
	pool   sync.Pool
	group  sync.WaitGroup
	cond   = sync.NewCond(&lock)
	number atomic.Int64
	events chan int
	table  map[string]int
	writer interface{ Write([]byte) (int, error) }
)

// Allocation.

func escapingVariable() *int {
	x := 1 // want ML601
	return &x
}

func stackVariable(n int) int {
	x := n
	p := &x
	*p += 2
	return x
}

func bigSlice() []byte { return make([]byte, 1<<20) } // want ML601

func constantSlice(n int) byte {
	b := make([]byte, 64)
	b[n&63] = 1
	return b[3]
}

// The compiler says of this that it does not escape; from 33 bytes on it allocates.
func variableSlice(n int) int {
	b := make([]byte, n) // want ML601
	for i := range b {
		b[i] = byte(i)
	}
	return len(b)
}

func appending(v int) { ints = append(ints, v) } // want ML601

func appendingWithin(d *device, v float64) bool {
	n := len(d.buffer)
	if n == cap(d.buffer) {
		return false
	}
	d.buffer = d.buffer[:n+1]
	d.buffer[n] = v
	return true
}

func boxing(n int) { sink = n } // want ML601

func boxingPointer(d *device) { sink = d }

func boxingConstant() { sink = 7 }

func concatenating(a, b string) { text = a + b } // want ML601

func convertingToBytes(s string) { bytes = []byte(s) } // want ML601

func comparingBytes(b []byte) bool { return string(b) == "stop" }

func closureEscapes(n int) func() int { return func() int { return n } } // want ML601

func closureStays(n int) int {
	f := func(k int) int { return n + k }
	return f(1) + f(2)
}

func sum(values ...int) (s int) {
	for _, v := range values {
		s += v
	}
	return s
}

func variadic(a, b int) int { return sum(a, b) }

func newPointer() *device { return new(device) } // want ML601

func mapLiteral() map[int]int { return map[int]int{1: 2} } // want ML601 ML605

func formatting(n int) string { return fmt.Sprintf("%d", n) } // want ML601 ML602 ML603 ML610 ML612 ML613

func parsing(s string) (int, error) { return strconv.Atoi(s) } // want ML601

func builder(b *strings.Builder, s string) { b.WriteString(s) } // want ML601

func methodValue(d *device) func() int { return d.method } // want ML601

func generic[T any](v T) *T { return &v } // want ML601

func genericClean[T ~int](v T) T { return v + 1 }

func panicsWithText(n int) int {
	if n < 0 {
		panic(fmt.Sprintf("negative: %d", n))
	}
	return n
}

func fail(n int) { panic("bad: " + strconv.Itoa(n)) }

func panicsByHelper(n int) int {
	if n < 0 {
		fail(n)
	}
	return n
}

var errFull = errors.New("full")

func wrapsError(full bool) error {
	if full {
		return errFull
	}
	return nil
}

func pooled() any { return pool.Get() } // want ML601 ML602 ML603 ML610

// Blocking.

func receives() int { return <-events } // want ML602

func sends(n int) { events <- n } // want ML602

func tries(n int) bool {
	select {
	case events <- n:
		return true
	default:
		return false
	}
}

func selects(other chan int) int {
	select { // want ML602
	case n := <-events:
		return n
	case n := <-other:
		return n
	}
}

func selectsDefault(other chan int) int {
	select { // want ML602
	case n := <-events:
		return n
	case n := <-other:
		return n
	default:
		return 0
	}
}

func sleeps() { time.Sleep(1) } // want ML602

func waitsGroup() { group.Wait() } // want ML602

func waitsCond() { cond.Wait() } // want ML602

func now() int64 { return time.Now().UnixNano() }

func systemCall() int { return os.Getpid() } // want ML602

func prints(n int) { println(n) } // want ML602

// Locks.

func locks(d *device) {
	d.lock.Lock() // want ML603
	d.count++
	d.lock.Unlock()
}

func triesLock(d *device) {
	if d.lock.TryLock() {
		d.count++
		d.lock.Unlock()
	}
}

func readLocks() { rw.RLock() } // want ML603

func once() { only.Do(nothing) } // want ML603

func nothing() {}

func syncMap() any {
	v, _ := shared.Load(1) // want ML603
	return v
}

func atomically() int64 { return number.Add(1) }

// Goroutines and maps.

func starts() { go nothing() } // want ML607

func growsMap(k string) { table[k]++ } // want ML605

func readsMap(k string) int { return table[k] }

func iteratesMap() (s int) {
	for _, v := range table { // want ML605
		s += v
	}
	return s
}

func deletesFromMap(k string) { delete(table, k) }

// Recursion.

func recursive(n int) int {
	if n == 0 {
		return 0
	}
	return 1 + recursive(n-1) // want ML606
}

//go:noinline
func mutualA(n int) int {
	if n == 0 {
		return 0
	}
	return mutualB(n - 1)
}

//go:noinline
func mutualB(n int) int { return mutualA(n) } // want ML606

func loops(n int) (s int) {
	for i := range n {
		s += i
	}
	return s
}

func recursiveClosure(n int) int {
	var f func(int) int
	f = func(k int) int {
		if k == 0 {
			return 0
		}
		return f(k-1) + 1
	}
	return f(n) // want ML610
}

// Deferred calls.

func deferOnce(d *device) {
	d.lock.TryLock()
	defer d.lock.Unlock()
	d.count++
}

func deferCapturing(d *device, n int) {
	defer func() { d.count -= n }()
	d.count += n
}

func deferInLoop(n int) {
	for range n {
		defer nothing() // want ML612
	}
}

// What cannot be seen.

func reflecting(v any) int { return reflect.ValueOf(v).NumField() } // want ML613

func typeOf(v any) bool { return reflect.TypeOf(v) == reflect.TypeOf(0) }

func add(a, b int) int

func assembled(a int) int { return add(a, 1) } // want ML611

func callsParameter(f func(int) int) int { return f(1) } // want ML610

func callsInterface(p []byte) (int, error) { return writer.Write(p) } // want ML610

func callsGlobal() int { return global(1) } // want ML610

//go:noinline
func known(n int) int { return n * 3 }

func callsKnown(n int) int {
	f := known
	if n > 3 {
		f = other
	}
	return f(n)
}

//go:noinline
func other(n int) int { return n * 7 }

func callsStored(d *device) int { return d.hook(1) } // want ML610

func sortsByClosure(a []int) {
	sort.Slice(a, func(i, j int) bool { return a[i] < a[j] }) // want ML601 ML610 ML613
}

// Call chains.

//go:noinline
func (d *device) method() int { return d.count + d.value() }

//go:noinline
func (d device) value() int { return len(d.buffer) } //nolint:govet // copied on purpose

//go:noinline
func allocating() *int { return new(int) } // want ML601

func twoLevels() *int { return allocating() }

func throughStandard(a []int) []int { return slices.Clone(a) } // want ML601

//go:noinline
func deepChain() *int { return twoLevels() }

func divides(a, b int) int { return a / b }

func indexes(a []int, i int) int { return a[i] }

func copies(a, b []int) int { return copy(a, b) }

func assertsType(v any) int {
	if n, ok := v.(int); ok {
		return n
	}
	return 0
}

func switches(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case fmt.Stringer:
		return 2
	}
	return 0
}

func overridden(x float64) float64 { return math.Sqrt(math.Abs(x)) + math.Floor(x) + math.FMA(x, x, x) }

func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func iterator(n int) (s int) {
	for i := range count(n) {
		s += i
	}
	return s
}

func stringer(s fmt.Stringer) string { return s.String() } // want ML610

func allocatesInCallback(a []int) int {
	i, _ := slices.BinarySearchFunc(a, 3, func(x, y int) int { // want ML610
		sink = x
		return x - y
	})
	return i
}

var _ unsafe.Pointer
