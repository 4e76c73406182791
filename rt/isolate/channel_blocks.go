package isolate

import "github.com/memkit-go/memkit/rt/ring"

// Blocks carries elements of T in blocks and in place, one writer to one reader:
// a [ring.Stream]. Audio samples, bytes of a log.
type Blocks[T any] struct{ declaration }

// NewBlocks declares a stream for at least capacity elements, rounded up to a
// power of two. The name is 1 to 63 bytes and the only one of its kind in an
// isolate. T must hold no Go pointers; [Start] checks that.
func NewBlocks[T any](name string, capacity int) *Blocks[T] {
	return &Blocks[T]{declare[T](kindBlocks, name, capacity, ring.StreamSize[T](capacity), func(region []byte) error {
		_, err := ring.CreateStream[T](region, capacity)
		return err
	})}
}

// Writer claims the writing end for s. Errors as for [Queue.Producer].
func (b *Blocks[T]) Writer(s Side) (*ring.StreamWriter[T], error) {
	return attach(&b.declaration, s, ring.AttachStream[T], (*ring.Stream[T]).Writer)
}

// Reader claims the reading end for s. Errors as for [Queue.Producer].
func (b *Blocks[T]) Reader(s Side) (*ring.StreamReader[T], error) {
	return attach(&b.declaration, s, ring.AttachStream[T], (*ring.Stream[T]).Reader)
}
