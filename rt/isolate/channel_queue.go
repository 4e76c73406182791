package isolate

import "github.com/memkit-go/memkit/rt/ring"

// Queue carries messages of T, one producer to one consumer, in order: a
// [ring.SPSC].
type Queue[T any] struct{ declaration }

// NewQueue declares a queue for at least capacity messages, rounded up to a
// power of two. The name is 1 to 63 bytes and the only one of its kind in an
// isolate. T must hold no Go pointers; [Start] checks that.
func NewQueue[T any](name string, capacity int) *Queue[T] {
	return &Queue[T]{declare[T](kindQueue, name, capacity, ring.SPSCSize[T](capacity), func(region []byte) error {
		_, err := ring.CreateSPSC[T](region, capacity)
		return err
	})}
}

// Producer claims the sending end for s. Errors: *ConfigError for a channel that
// is not the isolate's, [ring.ErrHeld], *[ring.LayoutError].
func (q *Queue[T]) Producer(s Side) (*ring.Producer[T], error) {
	return attach(&q.declaration, s, ring.AttachSPSC[T], (*ring.SPSC[T]).Producer)
}

// Consumer claims the receiving end for s. Errors as for Producer.
func (q *Queue[T]) Consumer(s Side) (*ring.Consumer[T], error) {
	return attach(&q.declaration, s, ring.AttachSPSC[T], (*ring.SPSC[T]).Consumer)
}
