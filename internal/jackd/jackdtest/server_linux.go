package jackdtest

import (
	"testing"

	"github.com/memkit-go/memkit/internal/jackd"
)

// Start starts a server that this process's clients go to and that ends with the
// test. It skips, with the remedy, where JACK is not installed.
func Start(t *testing.T) *jackd.Server {
	t.Helper()
	if err := jackd.Installed(); err != nil {
		t.Skip(err)
	}
	s, err := jackd.Start(t.Context(), jackd.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server's words:\n%s", s.Output())
		}
	})
	t.Setenv("JACK_DEFAULT_SERVER", s.Name())
	return s
}
