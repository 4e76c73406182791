package peer

import (
	"context"
	"errors"

	"github.com/vkngwrapper/arsenal/memutils/metadata"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
)

// VkngwrapperPair allocates and frees one range of size at a multiple of align with
// the TLSF of vkngwrapper's memutils, a port of the Vulkan Memory Allocator's, in a
// space in which the ranges of live are allocated.
func VkngwrapperPair(ctx context.Context, space, size, align int, live []int, plan sampler.Plan) (sampler.Samples, error) {
	m := vkngwrapper{size: size, align: uint(align), tlsf: metadata.NewTLSFBlockMetadata(1, noGranularity{})}
	m.tlsf.Init(space)
	for _, n := range live {
		if _, err := m.alloc(n); err != nil {
			return sampler.Samples{}, err
		}
	}
	s, err := plan.Run(ctx, sampler.Subject{
		Batch: func() {
			for range plan.Ops {
				m.pair()
			}
		},
		Latency: func(dst []int64) {
			for i := range dst {
				t := rt.Now()
				m.pair()
				dst[i] = rt.Now() - t
			}
		},
	})
	return s, errors.Join(err, m.err)
}

// vkngwrapper is the allocator and the first error of any call.
type vkngwrapper struct {
	tlsf  *metadata.TLSFBlockMetadata
	size  int
	align uint
	err   error
}

func (m *vkngwrapper) alloc(size int) (metadata.BlockAllocationHandle, error) {
	ok, r, err := m.tlsf.CreateAllocationRequest(size, m.align, false, 1, metadata.AllocationStrategyMinTime, 0)
	if err == nil && !ok {
		err = errors.New("peer: vkngwrapper has no room left")
	}
	if err == nil {
		err = m.tlsf.Alloc(r, 1, nil)
	}
	return r.BlockAllocationHandle, err
}

func (m *vkngwrapper) pair() {
	h, err := m.alloc(m.size)
	if err == nil {
		err = m.tlsf.Free(h)
	}
	if err != nil && m.err == nil {
		m.err = err
	}
}

// noGranularity is a device whose buffers and images need no distance.
type noGranularity struct{}

func (noGranularity) AllocRegions(uint32, int, int)           {}
func (noGranularity) FreeRegions(int, int)                    {}
func (noGranularity) Clear()                                  {}
func (noGranularity) StartValidation() any                    { return nil }
func (noGranularity) Validate(any, int, int) error            { return nil }
func (noGranularity) FinishValidation(any) error              { return nil }
func (noGranularity) AllocationsConflict(uint32, uint32) bool { return false }
func (noGranularity) RoundUpAllocRequest(_ uint32, size int, align uint) (int, uint) {
	return size, align
}
func (noGranularity) CheckConflictAndAlignUp(offset, _, _, _ int, _ uint32) (int, bool) {
	return offset, false
}
