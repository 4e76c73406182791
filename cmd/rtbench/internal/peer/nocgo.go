//go:build !cgo || !linux

package peer

import (
	"fmt"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite/sampler"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/suite/trace"
)

var errNoC = fmt.Errorf("%w: needs a build with cgo on Linux (CGO_ENABLED=1 and a C compiler)", bench.ErrUnavailable)

// MallocTrace needs cgo.
func MallocTrace(*trace.Trace, sampler.Plan) (sampler.Samples, error) {
	return sampler.Samples{}, errNoC
}

// MallocPair needs cgo.
func MallocPair(int, sampler.Plan) (sampler.Samples, error) {
	return sampler.Samples{}, errNoC
}

// Twin needs cgo.
type Twin struct{}

// StartTwin needs cgo.
func StartTwin(TwinConfig) (*Twin, error) { return nil, errNoC }

// Stop has nothing to end.
func (*Twin) Stop() TwinReport { return TwinReport{} }
