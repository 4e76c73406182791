package evt

import (
	"os"
	"testing"
)

// soak reports whether the long forms of tests are asked for (make soak).
func soak() bool { return os.Getenv("MEMKIT_SOAK") != "" }

// TestSoakEstimators runs the tests that have a long form.
func TestSoakEstimators(t *testing.T) {
	if !soak() {
		t.Skip("set MEMKIT_SOAK=1: a thousand samples in place of dozens")
	}
	t.Run("GEV is no worse than the truth", TestGEVIsNoWorseThanTheTruth)
	t.Run("GEV limits are on the profile", TestGEVLimitsAreOnTheProfile)
	t.Run("GEV thinned limits", TestGEVThinnedLimits)
	t.Run("extreme values", TestFitEndsOnExtremeValues)
}
