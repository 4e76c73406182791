package async

import "iter"

// Stream is a sequence of values that may take time to come. It ends after an error,
// which is yielded with a zero value. It runs on the goroutine that ranges over it,
// and ends with the loop.
type Stream[T any] = iter.Seq2[T, error]
