package isolate

import "github.com/memkit-go/memkit/rt/ring"

// Cell holds the newest value of T, from one writer to one reader: a
// [ring.Latest]. Parameters go in through one, a state estimate comes out.
//
// An isolate that claims both ends of a cell keeps a value of its own in it that
// survives a crash, whole as it was last published.
type Cell[T any] struct{ declaration }

// NewCell declares a cell. The name is 1 to 63 bytes and the only one of its
// kind in an isolate. T must hold no Go pointers; [Start] checks that.
func NewCell[T any](name string) *Cell[T] {
	return &Cell[T]{declare[T](kindCell, name, 1, ring.LatestSize[T](), func(region []byte) error {
		_, err := ring.CreateLatest[T](region)
		return err
	})}
}

// Writer claims the writing end for s. Errors as for [Queue.Producer].
func (c *Cell[T]) Writer(s Side) (*ring.LatestWriter[T], error) {
	return attach(&c.declaration, s, ring.AttachLatest[T], (*ring.Latest[T]).Writer)
}

// Reader claims the reading end for s. Errors as for [Queue.Producer].
func (c *Cell[T]) Reader(s Side) (*ring.LatestReader[T], error) {
	return attach(&c.declaration, s, ring.AttachLatest[T], (*ring.Latest[T]).Reader)
}
