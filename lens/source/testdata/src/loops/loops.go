package loops // want package:"memlense summaries"

import (
	"sync/atomic"
	"unicode/utf8"
)

//rt:nonblocking
func search(s []int, x int) int {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := lo + (hi-lo)/2
		if s[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

//rt:nonblocking
func searchUnsigned(s []int, x int) int {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

//rt:nonblocking
func badSearch(s []int, x int) int {
	lo, hi := 0, len(s)
	for lo < hi { // want `ML604`
		mid := lo + (hi-lo)/2
		if s[mid] < x {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

//rt:nonblocking
func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

//rt:nonblocking
func bits(x uint) (n int) {
	for x != 0 {
		x &= x - 1
		n++
	}
	return n
}

//rt:nonblocking
func digits(x uint64) (n int) {
	for ; x > 0; x /= 10 {
		n++
	}
	return n
}

//rt:nonblocking
func shifts(x int) (n int) {
	for x != 0 { // want `ML604`
		x >>= 1
		n++
	}
	return n
}

//rt:nonblocking
func down(n int) {
	for i := n; i >= 0; i-- {
	}
	for n > 0 {
		n--
	}
}

//rt:nonblocking
func downUnsigned(n uint) {
	for i := n; i >= 0; i-- { // want `ML604`
	}
}

//rt:nonblocking
func wraps() {
	for i := uint8(0); i <= 255; i++ { // want `ML604`
	}
}

//rt:nonblocking
func twoEnds(s []int) {
	for i, j := 0, len(s)-1; i < j; i, j = i+1, j-1 {
		s[i], s[j] = s[j], s[i]
	}
}

//rt:nonblocking
func eitherEnd(s []int, x int) {
	for i, j := 0, len(s); i < j; {
		if s[i] < x {
			i++
		} else {
			j--
		}
	}
}

//rt:nonblocking
func skips(n int, s []bool) {
	for i := 0; i < n; { // want `ML604`
		if s[i] {
			i++
		}
	}
}

//rt:nonblocking
func steps(n, step int) {
	for i := 0; i < n; i += step { // want `ML604`
	}
	if step <= 0 {
		return
	}
	for i := 0; i < n; i += step {
	}
}

//rt:nonblocking
func shrinks(s []byte) {
	for len(s) > 0 {
		s = s[1:]
	}
}

//rt:nonblocking
func runes(s []byte) (n int) {
	for len(s) > 0 {
		_, size := utf8.DecodeRune(s)
		s = s[size:]
		n++
	}
	return n
}

//rt:nonblocking
func mayNotShrink(s []byte, n int) {
	for len(s) > 0 { // want `ML604`
		s = s[n:]
	}
}

type node struct {
	next *node
	v    int
}

//rt:nonblocking
func list(n *node) (sum int) {
	for ; n != nil; n = n.next { // want `ML604`
		sum += n.v
	}
	return sum
}

//rt:nonblocking
func counter(n *node) (sum int) {
	for turns := 0; ; turns++ {
		if turns == 100 || n == nil {
			return sum
		}
		n = n.next
	}
}

//rt:nonblocking
func compareAndSwap(x *atomic.Int64) {
	for { // want `ML604`
		old := x.Load()
		if x.CompareAndSwap(old, old+1) {
			return
		}
	}
}

//rt:nonblocking
//rt:bound one turn for each concurrent Add
func declared(x *atomic.Int64) {
	for {
		old := x.Load()
		if x.CompareAndSwap(old, old+1) {
			return
		}
	}
}

//rt:nonblocking
func jumps(n int) {
	i := 0
again: // a loop of goto
	if i == -1 { // want `ML604`
		return
	}
	if n > 3 {
		i++
	}
	goto again
}

//rt:nonblocking
func nested(a [][]float64) (sum float64) {
	for i := 0; i < len(a); i++ {
		for j := 0; j < len(a[i]); j++ {
			sum += a[i][j]
		}
	}
	return sum
}

//rt:nonblocking
func grows(s []int) int {
	for i := 0; i < len(s); i++ { // want `ML604`
		s = append(s, i)
	}
	return len(s)
}

//rt:nonblocking
func floats() (n int) {
	for x := 0.0; x < 1; x += 0.125 {
		n++
	}
	return n
}

//rt:nonblocking
func converges(x float64) float64 {
	y := x
	for y*y-x > 1e-9 { // want `ML604`
		y = (y + x/y) / 2
	}
	return y
}

//rt:nonblocking
func ranges(n int, s string, m []int, c [4]int) {
	for range n {
	}
	for range s {
	}
	for range m {
	}
	for range c {
	}
}
