// Package verdicts has functions for which source and executable differ, and some for
// which they agree.
package verdicts

import "fmt"

type pair struct{ a, b int }

//go:noinline
func (p *pair) sum() int { return p.a + p.b }

// Boxes converts to an interface, which the compiler undoes.
//
//rt:nonallocating
func Boxes(x int) int {
	var v any = x
	if y, ok := v.(int); ok {
		return y
	}
	return 0
}

type source interface{ next() int }

type counter struct{ n int }

func (c *counter) next() int { c.n++; return c.n }

// Devirtualised makes an object for an interface, which stays on the stack.
//
//rt:nonallocating
func Devirtualised() int {
	var s source = &counter{}
	return drain(s)
}

func drain(s source) (sum int) {
	for range 3 {
		sum += s.next()
	}
	return sum
}

// Variable is judged by its size: 32 bytes stay on the stack, 33 do not.
//
//rt:nonallocating
func Variable(n int) int {
	b := make([]byte, n) // finding ML601
	return len(b)
}

// Converts is generic, and allocates for most types.
//
//rt:nonallocating
func Converts[T any](x T) any {
	return x // finding ML601
}

// Formats has an allocation below a call.
//
//rt:nonallocating
func Formats(p *pair) string {
	return fmt.Sprint(p.a) // finding ML601 // finding ML613
}

// Permitted allocates with permission.
//
//rt:nonallocating
//rt:allow ML601 reason="for the test"
func Permitted() *pair { return &pair{} }

// Superfluous has a permission that only the source needs.
//
//rt:nonallocating
//rt:allow ML601 reason="for the test" // finding ML618
func Superfluous(x int) int {
	var v any = x
	if y, ok := v.(int); ok {
		return y
	}
	return 0
}

// Trusts calls a function with a contract of its own.
//
//rt:nonallocating
func Trusts(p *pair) int { return Boxes(p.sum()) }

// Ring is generic; nothing here makes one.
type Ring[T any] struct {
	slots []T
	n     int
}

// Push appends.
//
//rt:nonblocking
//rt:nonallocating
func (r *Ring[T]) Push(v T) {
	r.slots = append(r.slots, v) // finding ML601
}

// Pop takes the last.
//
//rt:nonblocking
//rt:nonallocating
func (r *Ring[T]) Pop() (v T) {
	if len(r.slots) > 0 {
		v = r.slots[len(r.slots)-1]
		r.slots = r.slots[:len(r.slots)-1]
	}
	return v
}
