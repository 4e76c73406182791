package shadow

import (
	"math/rand/v2"
	"os"
	"testing"
)

// Drivers are a package's drivers by the name of what they drive.
type Drivers map[string]func(*testing.T, *Source)

// Fuzz lets the fuzzer decide, from seeds of 0 to 1000 bytes.
func (d Drivers) Fuzz(f *testing.F, name string) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 10, 100, 1000} {
		seed := make([]byte, n)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { d[name](t, &Source{data: data}) })
}

// Soak runs each driver for n random bytes, or for 10⁸ when MEMKIT_SOAK is set.
func (d Drivers) Soak(t *testing.T, n int) {
	if os.Getenv("MEMKIT_SOAK") != "" {
		n = 100_000_000
	}
	for name, drive := range d {
		t.Run(name, func(t *testing.T) {
			drive(t, &Source{random: rand.New(rand.NewPCG(3, uint64(len(name)))), left: n})
		})
	}
}
