//go:build portaudio && cgo && linux && !portaudio_go

package padevice

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/jackd"
	"github.com/memkit-go/memkit/internal/jackd/jackdtest"
	"github.com/memkit-go/memkit/internal/pipewired"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// What follows needs the client of its own that the callback in C has.

// TestPeriod: a block size that is not the server's is refused.
func TestPeriod(t *testing.T) {
	jackdtest.Start(t)
	s, err := (&Backend{jack: true}).Open(backend.Request{OutDevice: system(t), Out: 2, Frames: 256})
	if err == nil {
		t.Errorf("granted %+v", s.Info())
		s.Close()
	} else if want := "Config.Frames 0 or 64"; !strings.Contains(err.Error(), want) {
		t.Errorf("error %q does not say %q", err, want)
	}
}

const survivor = "MEMKIT_TEST_SURVIVOR"

// TestServerKilled: a stream whose server is killed says so, stops and closes, and
// nothing hangs; each time in a fresh process, because PortAudio has no second life in
// one.
func TestServerKilled(t *testing.T) { serversKilled(t, 2) }

// TestSoakServerKilled is the same twenty times.
func TestSoakServerKilled(t *testing.T) {
	if os.Getenv("MEMKIT_SOAK") == "" {
		t.Skip("kills twenty servers; MEMKIT_SOAK=1 (make soak) runs it, TestServerKilled two")
	}
	serversKilled(t, 20)
}

func serversKilled(t *testing.T, times int) {
	if err := jackd.Installed(); err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := jackd.Start(t.Context(), jackd.Config{})
	for i := range times {
		if err != nil {
			t.Fatal(err)
		}
		crash(t, self, s, i)
		s, err = s.Restart(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// TestPipeWireKilled is the same through PipeWire's libjack.
func TestPipeWireKilled(t *testing.T) {
	if err := pipewired.Installed(); err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		s, err := pipewired.Start(t.Context(), pipewired.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Stop() })
		crash(t, self, s, i)
	}
}

// crash kills a server under a stream of another process.
func crash(t *testing.T, self string, s interface {
	Env() []string
	Kill() error
}, i int) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, self, "-test.run=^TestSurvivor$", "-test.v")
	child.Env = append(append(os.Environ(), survivor+"=1"), s.Env()...)
	var words strings.Builder
	child.Stderr = &words
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	// The child prints a line once blocks flow.
	buffer := make([]byte, 4096)
	for heard := ""; !strings.Contains(heard, "blocks flow"); {
		n, err := out.Read(buffer)
		heard += string(buffer[:n])
		if err != nil {
			t.Fatalf("crash %d: %v\n%s\n%s", i, err, heard, words.String())
		}
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	rest := new(strings.Builder)
	for {
		n, err := out.Read(buffer)
		rest.Write(buffer[:n])
		if err != nil {
			break
		}
	}
	if err := child.Wait(); err != nil {
		t.Fatalf("crash %d: the stream's process: %v\n%s\n%s", i, err, rest, words.String())
	}
}

// TestSurvivor is the process under which TestServerKilled kills the server.
func TestSurvivor(t *testing.T) {
	if os.Getenv(survivor) == "" {
		t.Skip("a part of TestServerKilled")
	}
	d := system(t)
	s, err := (&Backend{jack: true}).Open(backend.Request{InDevice: d, OutDevice: d, In: 2, Out: 2})
	if err != nil {
		t.Fatal(err)
	}
	e := startEngine(t, s.Info())
	if err := s.Bind(backend.Sink{Region: e.region, Now: rt.Now}); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, e.many, "blocks")
	os.Stdout.WriteString("blocks flow\n")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for s.Err() == nil {
			<-look.C
		}
	}()
	within(t, gone, "the report")
	if err := s.Err(); !errors.Is(err, backend.ErrGone) {
		t.Errorf("Err: %v", err)
	}
	if err := s.Stop(); !errors.Is(err, backend.ErrGone) {
		t.Errorf("Stop: %v", err)
	}
	if err := s.Close(); !errors.Is(err, backend.ErrGone) {
		t.Errorf("Close: %v", err)
	}
	if _, err := (&Backend{jack: true}).Open(backend.Request{OutDevice: d, Out: 2}); !errors.Is(err, backend.ErrGone) {
		t.Errorf("Open afterwards: %v", err)
	}
}
