package wcet

// Verdict answers one budget, or a whole certificate.
type Verdict string

const (
	// Pass: every upper confidence limit lies within its budget.
	Pass Verdict = "PASS"
	// Fail: some lower confidence limit lies beyond its budget at a
	// family-wise error of 1% (Holm), or an exact count does.
	Fail Verdict = "FAIL"
	// Inconclusive: neither; [Evaluation.Needed] says how many samples decide.
	Inconclusive Verdict = "INCONCLUSIVE"
	// Unsupported: the evidence's nature (dependence, drift, mixture, shape)
	// forbids the claim, whatever the number of samples.
	Unsupported Verdict = "UNSUPPORTED"
)
