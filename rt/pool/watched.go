package pool

import "github.com/memkit-go/memkit/internal/debug"

// watched guards what debug and sanitized builds add to an operation.
const watched = debug.Enabled || debug.Sanitized
