package wcet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/memkit-go/memkit/wcet/internal/number"
)

// reasonsShown is how many reasons an explanation spells out; [Bound] has all.
const reasonsShown = 2

// checkCase is a check on its way to a verdict.
type checkCase struct {
	Check
	// failP is the p-value of "the truth is within the limit".
	failP float64
	// lowerAt gives the lower limit at an error rate; nil for exact counts.
	lowerAt func(alpha float64) float64
	// failed is set by Holm's procedure, or by an exact count.
	failed bool
	// undecided is the verdict when the check neither passes nor fails.
	undecided Verdict
	// reasons replace the usual explanation of an undecided check.
	reasons []string
	// unit of the limits, for the explanation.
	unit string
	// counted marks an exact count.
	counted bool
	// subject opens the explanation.
	subject string
	// remedy ends the explanation of an undecided check.
	remedy string
	// note ends every explanation.
	note string
	// blocked keeps an upper limit within the budget from passing.
	blocked bool
}

// holm marks the checks that fail at a family-wise error and gives each its lower
// limit at the level it was judged at. postponed checks of the family are yet to
// come.
func holm(cases []*checkCase, postponed int, family float64) {
	statistical := slices.DeleteFunc(slices.Clone(cases), func(c *checkCase) bool { return c.lowerAt == nil })
	slices.SortStableFunc(statistical, func(a, b *checkCase) int { return cmp.Compare(a.failP, b.failP) })
	rejecting := true
	level := 0.0
	for i, c := range statistical {
		if rejecting {
			level = family / float64(len(statistical)+postponed-i)
			rejecting = c.failP <= level
		}
		c.failed = rejecting
		c.Lower = c.lowerAt(level)
	}
}

// conclude gives the verdict and its explanation.
func (c *checkCase) conclude() Check {
	switch {
	case c.failed:
		c.Verdict = Fail
		lower, limit := number.Apart(c.Lower, c.Limit, c.unit)
		c.Why = fmt.Sprintf("%s: the lower limit %s lies beyond the budget %s", c.subject, lower, limit)
	case !c.blocked && c.Upper <= c.Limit:
		c.Verdict = Pass
		upper, limit := number.Apart(c.Upper, c.Limit, c.unit)
		c.Why = fmt.Sprintf("%s: the upper limit %s lies within the budget %s", c.subject, upper, limit)
	default:
		c.Verdict = c.undecided
		c.Why = c.explainUndecided()
	}
	if c.Verdict == Pass || c.Verdict == Fail {
		c.Needed = 0
	}
	if c.note != "" {
		c.Why += "; " + c.note
	}
	if c.counted {
		c.Why = fmt.Sprintf("counted %s, budget %s", number.Whole(c.Estimate), number.Whole(c.Limit))
	}
	return c.Check
}

func (c *checkCase) explainUndecided() string {
	if n := len(c.reasons); n > reasonsShown {
		return fmt.Sprintf("%s: %s; and %d more reasons", c.subject, strings.Join(c.reasons[:reasonsShown], "; "), n-reasonsShown)
	} else if n > 0 {
		return c.subject + ": " + strings.Join(c.reasons, "; ")
	}
	text := c.subject + ": "
	switch upper, limit := number.Apart(c.Upper, c.Limit, c.unit); {
	case math.IsNaN(c.Upper):
		text += "the samples cannot bound it"
	case c.Lower < c.Limit:
		text += fmt.Sprintf("the budget %s lies between the limits %s and %s", limit, number.Quantity(c.Lower, c.unit), upper)
	default:
		// The lower limit lies beyond it too, not surely enough for a FAIL.
		text += fmt.Sprintf("the budget %s lies below the upper limit %s", limit, upper)
	}
	switch {
	case c.remedy != "":
		text += "; " + c.remedy
	case c.Needed > 0:
		text += fmt.Sprintf("; about %s more samples decide it", number.Grouped(c.Needed))
	default:
		text += "; the estimate is too close to the budget for samples to decide"
	}
	return text
}
