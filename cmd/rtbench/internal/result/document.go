package result

// Document is what a command found.
type Document struct {
	// Data is what JSON holds.
	Data any
	// Text prints the same for a reader.
	Text func(*Page) error
	// Title names the run and Verdict sums its checks up, for formats that show
	// verdicts.
	Title, Verdict string
	// Checks are the limits with their verdicts.
	Checks []Check
}

// Check is one limit and its verdict.
type Check struct {
	// Bench and Metric name the limited quantity.
	Bench, Metric string
	// Estimate, Upper and Limit are figures with their units, empty where there are
	// none.
	Estimate, Upper, Limit string
	// Verdict is PASS, FAIL, INCONCLUSIVE or UNSUPPORTED, and Why its reason.
	Verdict, Why string
}

// Verdicts that formats distinguish; every other one is undecided.
const (
	pass = "PASS"
	fail = "FAIL"
)
