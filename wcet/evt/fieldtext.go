package evt

import (
	"fmt"

	"github.com/memkit-go/memkit/internal/fieldtext"
)

// String names the settings that are not zero.
func (o Options) String() string { return fieldtext.Of(o, "defaults") }

// String is the number of values and the bound.
func (r Result) String() string { return fmt.Sprintf("%d values: %v", r.N, r.Bound) }

// String is the distribution and the number of maxima.
func (g GEVResult) String() string {
	return fmt.Sprintf("GEV of %d maxima of blocks of %d: location %.4g, scale %.4g, shape %.3g (95%%: %.3g to %.3g)",
		g.Maxima, g.Block, g.Loc, g.Scale, g.Shape, g.ShapeCI[0], g.ShapeCI[1])
}

// String is the distribution and the number of exceedances.
func (g GPDResult) String() string {
	return fmt.Sprintf("GPD of %d values above %.4g: scale %.4g, shape %.3g (95%%: %.3g to %.3g)",
		g.Exceedances, g.Threshold, g.Scale, g.Shape, g.ShapeCI[0], g.ShapeCI[1])
}
