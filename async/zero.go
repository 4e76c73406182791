package async

import "context"

// zeroChunk is how many bytes are zeroed between two looks at the context: about
// 2 µs' worth.
const zeroChunk = 64 << 10

// zero clears b in chunks, and stops when ctx ends.
func zero(ctx context.Context, b []byte) error {
	for len(b) > zeroChunk {
		clear(b[:zeroChunk])
		b = b[zeroChunk:]
		if ctx.Err() != nil {
			return cause(ctx)
		}
	}
	clear(b)
	return nil
}
