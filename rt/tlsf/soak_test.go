package tlsf

import (
	"math/rand/v2"
	"os"
	"testing"
)

// TestSoak drives both policies with 10⁸ random operations; make soak runs it.
func TestSoak(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("takes some minutes; set MEMKIT_SOAK=1 to run it")
	}
	const operations = 100_000_000
	for i, p := range policies {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(i), 99))
			s := newShadow(t, newHeap(t, 1<<20, Config{Policy: p}))
			for n := range operations / len(policies) {
				s.step(r, 3000, 200)
				if n%10_000 == 0 {
					s.check()
				}
				if n%5_000_000 == 0 {
					s.reset()
				}
			}
			s.checkContent()
			s.check()
		})
	}
}
