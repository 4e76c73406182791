package jackd

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/internal/jackshm"
)

func startServer(t *testing.T) *Server {
	t.Helper()
	if err := Installed(); err != nil {
		t.Skip(err)
	}
	s, err := Start(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestServerStartsAndEnds(t *testing.T) {
	s := startServer(t)
	if env := s.Env(); len(env) != 1 || !strings.HasPrefix(env[0], "JACK_DEFAULT_SERVER=memkit-") {
		t.Errorf("Env %q does not name a server of our own", env)
	}
	if _, err := s.RealTime(); err != nil {
		t.Error(err)
	}
	if _, err := s.Restart(t.Context()); err == nil {
		t.Error("Restart of a running server succeeded")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is still there: %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("Stop of a server that has ended: %v", err)
	}
}

// TestKilledServerRestarts: a crash leaves a socket behind, which must not pass
// for the new server's.
func TestKilledServerRestarts(t *testing.T) {
	s := startServer(t)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socketOf(s.Name())); err == nil {
		t.Error("the socket of the killed server is still there")
	}
	again, err := s.Restart(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again.Name() != s.Name() {
		t.Errorf("name %q, was %q", again.Name(), s.Name())
	}
	if _, err := os.Stat(socketOf(again.Name())); err != nil {
		t.Error(err)
	}
	if err := again.Stop(); err != nil {
		t.Error(err)
	}
}

// TestKilledServersTakeNoPlace: JACK has room for eight on a machine, and counts a
// killed one among them until Stop.
func TestKilledServersTakeNoPlace(t *testing.T) {
	s := startServer(t)
	registered := func() bool {
		return slices.ContainsFunc(inspectRegistry().Servers, func(r jackshm.Registration) bool { return r.Name == s.Name() })
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if !registered() {
		t.Error("the killed server is not registered: then Stop need not start another in its place")
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if registered() {
		t.Errorf("%s is still registered", s.Name())
	}
}
