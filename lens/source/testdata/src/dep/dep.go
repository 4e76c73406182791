// Package dep is imported by a package with contracts.
package dep

import "time"

// Wait blocks three calls down.
func Wait() { wait() }

func wait() { deeper() }

func deeper() { time.Sleep(1) }

// Apply calls its argument.
func Apply(f func(int) int, x int) int { return f(x) }

// Through passes its argument on.
func Through(f func(int) int, x int) int { return Apply(f, x) }

// Fill keeps nothing of its argument.
func Fill(p *[8]int) {
	for i := range p {
		p[i] = i
	}
}

var kept *[8]int

// Keep keeps its argument.
func Keep(p *[8]int) { kept = p }

// Step is a func type with a contract.
//
//rt:nonblocking
//rt:nonallocating
type Step func()

// Device has a contract on one method.
type Device interface {
	//rt:nonblocking
	Read(p []byte) int
	Close()
}

// Fast has a contract.
//
//rt:nonblocking
//rt:nonallocating
func Fast() {}

// Setup is off the real-time path.
//
//rt:cold
func Setup() { time.Sleep(1) }

// List is generic.
type List[T any] struct{ items []T }

// Add grows the list.
func (l *List[T]) Add(v T) { l.items = append(l.items, v) }

// Len does not.
func (l *List[T]) Len() int { return len(l.items) }
