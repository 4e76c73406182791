package jackd

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
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

// TestKilledServersTakeNoPlace: JACK has room for eight on a machine.
func TestKilledServersTakeNoPlace(t *testing.T) {
	for range 9 {
		s := startServer(t)
		if err := s.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}
