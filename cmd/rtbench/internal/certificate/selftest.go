package certificate

import "github.com/memkit-go/memkit/wcet/selftest"

const (
	// leastCaught and mostFalseAlarms are what a sound gate keeps; missing them by
	// chance is excused.
	leastCaught     = 0.99
	mostFalseAlarms = 0.01
	// mostWrongPass and mostWrongFail bound the errors of repeated looks.
	mostWrongPass, mostWrongFail = 0.05, 0.01
)

// SelfTest are both error rates of the gate, each with its 95% interval (Clopper &
// Pearson).
type SelfTest struct {
	// Version of the program that was tested.
	Version string `json:"version"`
	Seed    uint64 `json:"seed"`
	selftest.Result
	Sound bool `json:"sound"`
}

// NewSelfTest judges the error rates.
func NewSelfTest(version string, seed uint64, r selftest.Result) *SelfTest {
	return &SelfTest{Version: version, Seed: seed, Result: r, Sound: Sound(r)}
}

// Sound reports whether the error rates are what the verdicts promise, as far as
// the runs can tell.
func Sound(r selftest.Result) bool {
	for _, d := range r.Detect {
		if d.CI[1] < leastCaught {
			return false
		}
	}
	if s := r.Sequential; s != nil && (s.PassCI[0] > mostWrongPass || s.FailCI[0] > mostWrongFail) {
		return false
	}
	return r.FalseAlarms.CI[0] <= mostFalseAlarms
}
