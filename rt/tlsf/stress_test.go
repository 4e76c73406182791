package tlsf

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

var policies = []Policy{GoodFit, HalfFit}

// TestStress drives heaps that are roomy, tight and hopelessly small with
// random operations, checking every invariant after each.
func TestStress(t *testing.T) {
	steps := 20_000
	if testing.Short() {
		steps = 2_000
	}
	for _, p := range policies {
		for _, c := range []struct {
			bytes   int
			maxSize float64
			live    int
		}{{1 << 20, 4096, 100}, {64 << 10, 4096, 40}, {64 << 10, 30_000, 10}, {8 << 10, 300, 30}} {
			t.Run(fmt.Sprintf("%v/%d/%g", p, c.bytes, c.maxSize), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(uint64(c.bytes), uint64(p)))
				s := newShadow(t, newHeap(t, c.bytes, Config{Policy: p, RemoteQueue: 4}))
				for range steps {
					s.step(r, c.maxSize, c.live)
					if r.IntN(2) == 0 { // Check settles the parked block; leave it half of the time
						s.check()
					}
				}
				s.checkContent()
				s.check()
			})
		}
	}
}
