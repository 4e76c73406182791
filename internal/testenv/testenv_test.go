package testenv

import "testing"

func TestSkipInRaceRun(t *testing.T) {
	var skipped bool
	t.Run("probe", func(t *testing.T) {
		defer func() { skipped = t.Skipped() }()
		SkipInRaceRun(t)
	})
	if want := raceEnabled && testing.Short(); skipped != want {
		t.Errorf("skipped: %t, want %t", skipped, want)
	}
}
