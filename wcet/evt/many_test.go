package evt

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/memkit-go/memkit/wcet/internal/stat"
)

// withLimits makes everything beyond a few values "many", for the length of a test.
func withLimits(t *testing.T, top, halves int) {
	t.Helper()
	oldTop, oldHalves := stat.KeptTop, stat.HalvesCompared
	stat.KeptTop, stat.HalvesCompared = top, halves
	t.Cleanup(func() { stat.KeptTop, stat.HalvesCompared = oldTop, oldHalves })
}

// A sample too large to be sorted gives the very fit of one that is.
func TestFitOfManyIsTheSame(t *testing.T) {
	x := sampleOf(60_000, func(rng *rand.Rand, _ int) float64 { return math.Round(1e6 * rng.ExpFloat64()) })
	text := func() string {
		text, err := json.Marshal(mustFit(t, x, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := text()
	withLimits(t, 4096, 1<<20)
	if got := text(); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	// Halves of which only a part is compared still differ when they do.
	withLimits(t, 4096, 4096)
	for i := range x[:len(x)/2] {
		x[i] *= 1.5
	}
	if _, p := stat.KSHalves(x); p > 1e-6 {
		t.Errorf("half of the values are half as large again: p = %v", p)
	}
}
