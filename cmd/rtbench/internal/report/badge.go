package report

import "github.com/memkit-go/memkit/wcet"

// badge is a verdict in words, a sign and a class: never colour alone.
type badge struct{ Word, Sign, Class string }

var badges = map[string]badge{
	string(wcet.Pass):         {"PASS", "✓", "pass"},
	string(wcet.Fail):         {"FAIL", "✕", "fail"},
	string(wcet.Inconclusive): {"INCONCLUSIVE", "?", "open"},
	string(wcet.Unsupported):  {"UNSUPPORTED", "⊘", "open"},
	noLimit:                   {noLimit, "·", "none"},
	notMeasured:               {notMeasured, "–", "none"},
	"":                        {"MEASURED", "·", "none"},
}

func newBadge(verdict string) badge {
	b, ok := badges[verdict]
	if !ok {
		return badge{verdict, "?", "open"}
	}
	return b
}
