package evt

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/wcet/internal/number"
)

// WriteText writes the result for a reader: the fit, the objections to it, and the
// bound.
func (r *Result) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "samples        %s", number.Grouped(r.N))
	if !math.IsNaN(r.ExtremalIndex) {
		fmt.Fprintf(&b, ", extremal index %.2f", r.ExtremalIndex)
	}
	if r.Resolution > 0 {
		fmt.Fprintf(&b, ", timer step %.4g", r.Resolution)
	} else {
		b.WriteString(", no timer step found")
	}
	fmt.Fprintf(&b, "\n")
	if g := r.GPD; g != nil {
		fmt.Fprintf(&b, "tail           %d exceedances of %.6g, %s likelihood\n", g.Exceedances, g.Threshold, r.Likelihood)
		fmt.Fprintf(&b, "               scale %.6g, shape %.4f (95%%: %.4f to %.4f), nll %.6g\n", g.Scale, g.Shape, g.ShapeCI[0], g.ShapeCI[1], g.NLL)
		writeSpecial(&b, "an exponential tail", g.Exponential)
	}
	if g := r.GEV; g != nil {
		fmt.Fprintf(&b, "block maxima   %d of blocks of %d\n", g.Maxima, g.Block)
		fmt.Fprintf(&b, "               loc %.6g, scale %.6g, shape %.4f (95%%: %.4f to %.4f), nll %.6g\n", g.Loc, g.Scale, g.Shape, g.ShapeCI[0], g.ShapeCI[1], g.NLL)
		writeSpecial(&b, "a Gumbel distribution", g.Gumbel)
	}
	for i, name := range slices.Sorted(maps.Keys(r.Hypotheses)) {
		label := ""
		if i == 0 {
			label = "hypotheses"
		}
		h := r.Hypotheses[name]
		verdict := "holds"
		if h.Reject {
			verdict = "REJECTED"
		}
		fmt.Fprintf(&b, "%-14s %-15s %-8s  stat %.4g, p %.3g\n", label, name, verdict, h.Stat, h.P)
	}
	verdict := "supported"
	if !r.Bound.Supported {
		verdict = "UNSUPPORTED"
	}
	fmt.Fprintf(&b, "bound          exceeded with p = %.3g: estimate %s, upper limit %s (%s) %s\n", r.Bound.P, number.Short(r.Bound.Value), number.Short(r.Bound.Upper), r.Bound.Method, verdict)
	for _, reason := range r.Bound.Reasons {
		fmt.Fprintf(&b, "               - %s\n", reason)
	}
	fmt.Fprintf(&b, "rarest mode    a slow mode of less than %.3g of the samples is not in this bound: the run may not have met it\n", r.RarestMode)
	_, err := io.WriteString(w, b.String())
	return err
}

// writeSpecial says whether the case of shape 0 may be used, and why not.
func writeSpecial(b *strings.Builder, what string, c *SpecialCase) {
	if c == nil {
		return
	}
	test := "not rejected"
	if c.Test.Reject {
		test = "REJECTED"
	}
	use := "not allowed as a bound, the shape may exceed 0"
	if c.Allowed {
		use = fmt.Sprintf("allowed as a bound, upper limit %s", number.Short(c.Upper))
	}
	fmt.Fprintf(b, "               %s is %s (likelihood ratio %.4g, p %.3g); %s\n", what, test, c.Test.Stat, c.Test.P, use)
}
