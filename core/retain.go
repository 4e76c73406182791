package core

// Retain says where a frame's value goes when the frame ends.
type Retain uint8

const (
	// Discard drops the value with the frame.
	Discard Retain = iota
	// ToPool copies it to a box of Retention.Pool.
	ToPool
	// ToHeap copies it to a box of the lane's heap.
	ToHeap
	// ToScratch copies it to Retention.Scratch.
	ToScratch
)

func (r Retain) String() string { return nameOf(r, "Discard", "ToPool", "ToHeap", "ToScratch") }

// Importance ranks values where memory is scarce: the more important ones are
// served first.
type Importance uint8

const (
	Low Importance = iota
	Normal
	High
	Critical
)

func (i Importance) String() string { return nameOf(i, "Low", "Normal", "High", "Critical") }

// Retention is what [Type.Keep] asks for.
type Retention[T any] struct {
	To         Retain
	Importance Importance
	Pool       *Pool[T] // for ToPool
	Scratch    *Scratch // for ToScratch
}
