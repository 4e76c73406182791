package report

import (
	"fmt"
	"strings"

	"github.com/memkit-go/memkit/wcet"
)

// noProfile is the reason of a benchmark whose limits are other machines'.
const noProfile = "no absolute limit for this machine: none of the budget file's profiles matches it; add one"

// sentence says what the verdict means, in one sentence.
func sentence(rows []row, unmatched []string) string {
	var kept, broken, open []string
	limits := 0
	for _, r := range rows {
		switch r.verdict() {
		case string(wcet.Pass):
			kept = append(kept, r.bench.Name)
		case string(wcet.Fail):
			broken = append(broken, r.bench.Name)
		case notMeasured, noLimit:
		default:
			open = append(open, r.bench.Name)
		}
		if r.bench.Evaluation != nil {
			limits += len(r.bench.Evaluation.Checks)
		}
	}
	budgets := len(kept) + len(broken) + len(open)
	switch {
	case len(rows) == 0:
		return "No benchmark was measured, so there is nothing to certify."
	case budgets == 0 && len(unmatched) > 0:
		return fmt.Sprintf("%s measured; no profile of the budget file matches this machine, so nothing is certified.", plural(len(rows), "benchmark"))
	case budgets == 0:
		return fmt.Sprintf("%s measured; no budget sets a limit, so nothing is certified.", plural(len(rows), "benchmark"))
	case len(broken) > 0:
		return fmt.Sprintf("%s over budget: %s.%s", plural(len(broken), "benchmark"), list(broken), also(open))
	case len(open) > 0:
		return fmt.Sprintf("No budget is broken, but this evidence cannot certify %s of %s: %s.",
			count(len(open)), plural(budgets, "benchmark"), list(open))
	case len(unmatched) > 0:
		return fmt.Sprintf("%s of %s hold, but no profile of the budget file limits this machine's %s.",
			plural(limits, "limit"), plural(len(kept), "benchmark"), list(unmatched))
	default:
		return fmt.Sprintf("%s of %s hold with the stated confidence.", plural(limits, "limit"), plural(len(kept), "benchmark"))
	}
}

// also adds what stays undecided when a limit is broken.
func also(open []string) string {
	if len(open) == 0 {
		return ""
	}
	return fmt.Sprintf(" This evidence cannot certify %s.", list(open))
}

// list names at most four of names.
func list(names []string) string {
	const most = 4
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "s"):
		return count(n) + " " + noun + "es"
	default:
		return count(n) + " " + noun + "s"
	}
}
