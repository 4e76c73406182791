package core

// Retain says what becomes of a frame's value when the frame ends.
type Retain uint8

const (
	Discard Retain = iota
	ToPool
	ToHeap
	ToScratch
)

// Importance ranks values where memory is scarce: the more important ones go
// first.
type Importance uint8

const (
	Low Importance = iota
	Normal
	High
	Critical
)

// Retention is what a [Promoted] value asks for.
type Retention[T any] struct {
	To         Retain
	Importance Importance
	Pool       *Pool[T] // for ToPool
	Scratch    *Scratch // for ToScratch
}
