//go:build !cgo || !linux

package peer

import (
	"context"
	"fmt"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/alloctrace"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
)

var errNoC = fmt.Errorf("%w: needs a build with cgo on Linux (CGO_ENABLED=1 and a C compiler)", bench.ErrUnavailable)

// MallocTrace needs cgo.
func MallocTrace(Malloc, *alloctrace.Trace, sampler.Plan) (sampler.Samples, error) {
	return sampler.Samples{}, errNoC
}

// MallocPair needs cgo.
func MallocPair(Malloc, int, sampler.Plan) (sampler.Samples, error) {
	return sampler.Samples{}, errNoC
}

// Bump needs cgo.
func Bump(int, sampler.Plan) (sampler.Samples, error) { return sampler.Samples{}, errNoC }

// QueueRoundTrip needs cgo.
func QueueRoundTrip(context.Context, int, sampler.Plan) (sampler.Samples, error) {
	return sampler.Samples{}, errNoC
}

// QueueThroughput needs cgo.
func QueueThroughput(context.Context, int, sampler.Plan) (sampler.Samples, error) {
	return sampler.Samples{}, errNoC
}

// Reference needs cgo.
type Reference struct{}

// StartReference needs cgo.
func StartReference(ReferenceConfig) (*Reference, error) { return nil, errNoC }

// Stop has nothing to end.
func (*Reference) Stop() ReferenceReport { return ReferenceReport{} }
