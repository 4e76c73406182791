package tlsf

import "fmt"

// RangesConfig says what a [Ranges] divides.
type RangesConfig struct {
	// Size of the space. A rest shorter than a granule stays unused.
	Size uint64
	// Granule is the unit of offsets and sizes, a power of two: the least
	// alignment that every use needs, 256 for most device memory. 0 means 16.
	Granule uint64
	// MaxRanges is how many ranges can be live at once. Each takes 64 bytes of
	// Go memory.
	MaxRanges int
	// Policy is GoodFit unless set.
	Policy Policy
}

func (c *RangesConfig) validate() error {
	if c.Granule == 0 {
		c.Granule = unitSize
	}
	switch {
	case c.Granule&(c.Granule-1) != 0:
		return fmt.Errorf("tlsf: RangesConfig.Granule %d: must be a power of two; give the least alignment of all uses, e.g. 256", c.Granule)
	case c.Size < c.Granule:
		return fmt.Errorf("tlsf: RangesConfig.Size %d: must hold a granule of %d", c.Size, c.Granule)
	case c.Size/c.Granule > maxGranules:
		return fmt.Errorf("tlsf: RangesConfig.Size %d: more than 2³⁰ granules of %d; use a larger Granule", c.Size, c.Granule)
	case c.MaxRanges <= 0 || c.MaxRanges > maxRanges:
		return fmt.Errorf("tlsf: RangesConfig.MaxRanges %d: must be 1 to %d; give the ranges that are live at once", c.MaxRanges, maxRanges)
	case c.Policy > HalfFit:
		return fmt.Errorf("tlsf: RangesConfig.Policy %d: must be GoodFit or HalfFit", c.Policy)
	}
	return nil
}

const (
	maxGranules = 1 << 30
	maxRanges   = 1 << 28
)
