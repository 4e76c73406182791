package jackdtest

import "github.com/memkit-go/memkit/internal/jackd"

// Private gives this test program JACK files of its own, where it may, so that tests of
// other packages and the user's servers cannot meet those that it kills. Call it in
// TestMain.
func Private() {
	_ = jackd.Private() // else they are shared
}
